"""The pages on calibration and adaptation do what they show a reader who copies their blocks."""

from pathlib import Path

import pytest

from tests.guides.blocks import steps
from tests.guides.pages import follow


@pytest.mark.parametrize("name", ["adapting", "calibration"])
def test_a_page_does_what_it_shows(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    follow(steps(Path("docs", f"{name}.md").read_text(encoding="utf-8")), tmp_path, monkeypatch)
