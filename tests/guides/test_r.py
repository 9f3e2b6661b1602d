"""The how-to guides with blocks in R, which need R."""

from pathlib import Path

import pytest

from tests.guides.pages import follow_page

PAGES = [
    page
    for page in sorted(Path("docs/how-to").resolve().glob("*.md"))
    if "```r\n" in page.read_text(encoding="utf-8")
]


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)
def test_a_page_does_what_it_shows(
    page: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    follow_page(page, tmp_path, monkeypatch)
