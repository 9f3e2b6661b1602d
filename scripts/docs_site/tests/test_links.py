"""Links that are written for the repository are right on the site, or warnings."""

import logging
from pathlib import Path

import pytest
from markdown import Markdown
from mkdocs.config.defaults import MkDocsConfig
from mkdocs.structure.files import File, Files

from scripts.docs_site.links import RepositoryLinks

REPOSITORY = "https://github.com/lab/project"


@pytest.fixture
def links(tmp_path: Path) -> RepositoryLinks:
    config = MkDocsConfig()
    config.load_dict({"site_url": "https://lab.org/project/", "repo_url": REPOSITORY})
    pages = ("index.md", "cli.md", "reference/errors.md", "decisions/index.md", "changelog.md")
    folders = str(tmp_path / "docs"), str(tmp_path / "out")
    files = Files([File(uri, *folders, use_directory_urls=True) for uri in pages])
    for path in ("configs/data.yaml", "docs/make.py"):
        (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / path).touch()
    made = RepositoryLinks(tmp_path, {"CHANGELOG.md": "changelog.md"})
    page = files.get_file_from_path("cli.md")
    assert page is not None
    made.start(page, files, config)
    return made


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("#here", "#here"),
        ("https://elsewhere.org/a", "https://elsewhere.org/a"),
        ("decisions", "decisions/index.md"),
        ("../README.md", "index.md"),
        ("../CHANGELOG.md#new", "changelog.md#new"),
        ("../configs", f"{REPOSITORY}/tree/main/configs"),
        ("../configs/data.yaml#L3", f"{REPOSITORY}/blob/main/configs/data.yaml#L3"),
        ("make.py", f"{REPOSITORY}/blob/main/docs/make.py"),
        ("https://lab.org/project/reference/errors/#codes", "reference/errors.md#codes"),
        ("https://lab.org/project/", "index.md"),
    ],
)
def test_a_link_of_the_repository(links: RepositoryLinks, url: str, expected: str) -> None:
    assert links.rewritten(url) == expected


@pytest.mark.parametrize("url", ["../no.yaml", "no.md", "https://lab.org/project/no/"])
def test_a_link_to_nothing_is_a_warning(
    links: RepositoryLinks, url: str, caplog: pytest.LogCaptureFixture
) -> None:
    links.rewritten(url)
    (record,) = caplog.records
    assert record.levelno == logging.WARNING
    assert record.name.startswith("mkdocs.")  # warnings of this logger fail a strict build


def test_code_is_left_as_it_is(links: RepositoryLinks) -> None:
    html = Markdown(extensions=[links]).convert("`[a](../configs)` [b](../configs)")
    assert html.count("tree/main/configs") == 1
    assert "<code>[a](../configs)</code>" in html
