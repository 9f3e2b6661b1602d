"""README and tutorials do what they show, for a reader who copies their blocks."""

from pathlib import Path

import pytest

from tests.guides.pages import follow_page

TUTORIALS = sorted(Path("docs/tutorials").resolve().glob("[!R]*.md"))  # without README.md
PAGES = [Path("README.md").resolve(), *TUTORIALS]


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)
def test_a_page_does_what_it_shows(
    page: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    follow_page(page, tmp_path, monkeypatch)
