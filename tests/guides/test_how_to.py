"""How-to guides do what they show, for a reader who copies their blocks."""

from pathlib import Path

import pytest

from tests.guides.pages import follow_page

GUIDES = [
    *sorted(Path("docs/how-to").resolve().glob("*.md")),
    *(Path(f"docs/{name}.md").resolve() for name in ("agreement", "archive", "comparison")),
]
PAGES = [
    page
    for page in GUIDES
    if page.name != "README.md" and "```r\n" not in page.read_text(encoding="utf-8")  # test_r.py
]


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)
def test_a_page_does_what_it_shows(
    page: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    follow_page(page, tmp_path, monkeypatch)
