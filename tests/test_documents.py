"""README and manual show the answers of the built-in model, and every page is linked."""

import json
import os
import re
from pathlib import Path

import pytest

from vocalbaby.bundle.files import default_bundle_path, read_bundle

PAGES = ("README.md", "docs/api.md")


@pytest.mark.parametrize("page", PAGES)
def test_pages_name_the_model_that_ships(page: str) -> None:
    named = re.findall(r"vocalbaby-[0-9a-f]{12}", Path(page).read_text(encoding="utf-8"))
    assert set(named) == {read_bundle(default_bundle_path()).manifest.version}


def test_the_readme_s_answer_is_an_answer() -> None:
    text = Path("README.md").read_text(encoding="utf-8")
    (shown,) = re.findall(r'^\{"model_version".*\]\}$', text, re.MULTILINE)
    (result,) = json.loads(shown)["results"]
    assert set(result["probabilities"]) == set(read_bundle(default_bundle_path()).manifest.classes)
    assert sum(result["probabilities"].values()) == pytest.approx(1)
    assert result["label"] == max(result["probabilities"], key=result["probabilities"].get)


def test_every_page_is_reached_from_the_readme_and_no_link_is_broken() -> None:
    found, open_ = {Path("README.md")}, [Path("README.md")]
    while open_:
        page = open_.pop()
        for link in re.findall(r"\]\((?!\w+:)([^)#]+)", page.read_text(encoding="utf-8")):
            target = Path(os.path.normpath(page.parent / link))
            if target.parts[0] != "docs" or target.suffix not in {"", ".md"}:
                continue
            assert target.exists(), f"{page} links to {link}"
            inside = target.glob("*.md") if target.is_dir() and target != Path("docs") else [target]
            new = {path for path in inside if path.suffix == ".md"} - found
            found |= new
            open_ += new
    assert set(Path("docs").rglob("*.md")) <= found
