"""The pages on calibration and adaptation do what they show a reader who copies their blocks."""

from pathlib import Path

import pytest

from tests.guides.pages import follow_page


@pytest.mark.parametrize("name", ["adapting", "calibration"])
def test_a_page_does_what_it_shows(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    follow_page(Path("docs", f"{name}.md").resolve(), tmp_path, monkeypatch)
