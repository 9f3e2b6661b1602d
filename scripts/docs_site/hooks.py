"""Hooks of MkDocs: generated pages, links out of docs/, the version, and notebooks."""

import json
import re
import subprocess
import sys
from pathlib import Path
from typing import Any, Final

from mkdocs.config.defaults import MkDocsConfig
from mkdocs.structure.files import File, Files
from mkdocs.structure.pages import Page

from scripts.docs_site import configuration, decisions, python_packages, reference_index
from scripts.docs_site.links import RepositoryLinks
from scripts.docs_site.notebooks import convert

__all__ = ["on_config", "on_files", "on_page_markdown"]

ROOT: Final = Path(__file__).resolve().parents[2]
#: Pages of the repository that are outside of docs/.
ELSEWHERE: Final = {"CHANGELOG.md": "changelog.md", "CONTRIBUTING.md": "contributing.md"}
#: Start of the path of a page -> its weight in the search, if that is not 1.
RANKS: Final = {
    "glossary": 2,
    "reference/": 2,
    "reference/commands/": 4,
    "reference/python/inference": 4,
    "changelog": 0.3,
    "decisions/": 0.3,
    "experiments": 0.1,
}

_links: Final = RepositoryLinks(ROOT, ELSEWHERE)


def on_config(config: MkDocsConfig) -> MkDocsConfig:
    """Show the version of the code, and rewrite links."""
    macros = (ROOT / "build-support/macros.py").read_text("utf-8")
    (version,) = re.findall(r'^VERSION = "(.+)"$', macros, re.MULTILINE)
    config.extra["version_of_code"] = version
    config.markdown_extensions.append(_links)  # type: ignore[arg-type] # Markdown takes instances
    return config


def on_files(files: Files, config: MkDocsConfig) -> Files:
    """Add the pages that are generated, and those of the repository that are outside of docs/."""
    for file in [file for file in files if file.src_uri.endswith(".ipynb")]:
        files.remove(file)
        path = Path(str(file.abs_src_path))
        for uri, content in convert(path, file.src_uri).items():
            files.append(File.generated(config, uri, content=content))
    for name, uri in ELSEWHERE.items():
        files.append(File.generated(config, uri, abs_src_path=str(ROOT / name)))
    written = (reference_index, configuration, decisions, python_packages)
    pages = {uri: text for module in written for uri, text in module.pages().items()}
    for uri, text in (pages | _from_the_code()).items():
        files.append(File.generated(config, uri, content=text))
    config.nav = _expanded(config.nav or [], files)
    return files


def on_page_markdown(markdown: str, /, *, page: Page, config: MkDocsConfig, files: Files) -> str:
    """Remember the page whose links are rewritten next; set its rank and its edit link."""
    _links.start(page.file, files, config)
    for start, boost in RANKS.items():
        if page.file.src_uri.startswith(start):
            page.meta["search"] = {"boost": boost}
    if page.file.generated_by is not None:
        source = {uri: name for name, uri in ELSEWHERE.items()}.get(page.file.src_uri)
        page.edit_url = f"{config.repo_url}/edit/main/{source}" if source else None
    return markdown


def _from_the_code() -> dict[str, str]:
    """Path -> text of the pages for which the code is imported, in a process of its own."""
    command = [sys.executable, "-m", "scripts.docs_site.reference"]
    made = subprocess.run(command, cwd=ROOT, check=True, stdout=subprocess.PIPE, text=True)
    pages: dict[str, str] = json.loads(made.stdout)
    return pages


def _expanded(nav: list[Any], files: Files) -> list[Any]:
    """A navigation in which `folder/` is replaced with the pages of that folder, if it has any."""
    items: list[Any] = []
    for item in nav:
        if isinstance(item, str):
            items.append(item)
            continue
        for title, value in item.items():
            if isinstance(value, list):
                items.append({title: _expanded(value, files)})
            elif not value.endswith("/"):
                items.append(item)
            elif pages := _pages(value, files):
                items.append({title: pages})
    return items


def _pages(folder: str, files: Files) -> list[str]:
    """The pages of a folder, the index first."""
    uris = [file.src_uri for file in files.documentation_pages() if file.src_uri.startswith(folder)]
    return sorted(uris, key=lambda uri: not uri.endswith(("/index.md", "/README.md")))
