"""The page on samples does what it shows a reader who copies its blocks."""

from pathlib import Path

import pytest

from tests.guides.pages import follow_page


def test_the_page_does_what_it_shows(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    follow_page(Path("docs/sampling.md").resolve(), tmp_path, monkeypatch)
