"""Links of the pages, which are written for the repository, made right for the site."""

import logging
import posixpath
from pathlib import Path
from typing import Final
from urllib.parse import urlsplit
from xml.etree.ElementTree import Element

from markdown import Markdown
from markdown.extensions import Extension
from markdown.treeprocessors import Treeprocessor
from mkdocs.config.defaults import MkDocsConfig
from mkdocs.structure.files import File, Files

__all__ = ["RepositoryLinks"]

_log: Final = logging.getLogger("mkdocs.docs_site.links")


class RepositoryLinks(Extension):
    """Rewrites the links of a page.

    A link to a file that is not in the site leads to the repository on the web, a link to a
    folder to the index of its pages, and a link to the address of the site to the page itself,
    so that MkDocs checks it. Links to what does not exist are warnings.

    Args:
        root: Folder of the repository.
        elsewhere: Page of the repository outside of docs/ -> page of the site.
    """

    def __init__(self, root: Path, elsewhere: dict[str, str]) -> None:
        super().__init__()
        self._root = root
        self._pages = elsewhere | {"README.md": "index.md"}
        self._sources = {uri: name for name, uri in elsewhere.items()}

    def start(self, file: File, files: Files, config: MkDocsConfig) -> None:
        """Rewrite the links of this page from now on."""
        self._file, self._files, self._config = file, files, config

    def extendMarkdown(self, md: Markdown) -> None:  # noqa: N802 - the name that Markdown calls
        """Run after inline patterns (priority 20) and before MkDocs checks links (0)."""
        md.treeprocessors.register(_Rewriter(self), "repository_links", 10)

    def rewritten(self, url: str) -> str:
        """The link of the site for a link of the repository."""
        scheme, host, path, _, fragment = urlsplit(url)
        end = f"#{fragment}" if fragment else ""
        site = str(self._config.site_url)
        if url.startswith(site):
            return self._page_of_site(url.removeprefix(site).partition("#")[0]) + end
        if scheme or host or not path:
            return url
        source = self._sources.get(self._file.src_uri, f"docs/{self._file.src_uri}")
        target = posixpath.normpath(posixpath.join(posixpath.dirname(source), path))
        if target in self._pages:
            return self._relative(self._pages[target]) + end
        uri = posixpath.relpath(target, "docs")
        for candidate in (uri, f"{uri}/index.md", f"{uri}/README.md"):
            file = self._files.get_file_from_path(posixpath.normpath(candidate))
            if file is not None and not file.inclusion.is_excluded():
                return self._relative(file.src_uri) + end
        if not (self._root / target).exists():
            _log.warning("%s links to %s, which does not exist", source, url)
        kind = "tree" if (self._root / target).is_dir() else "blob"
        return f"{self._config.repo_url}/{kind}/main/{target}{end}"

    def _page_of_site(self, address: str) -> str:
        for file in self._files.documentation_pages():
            if file.url in {address, f"{address}/"} or (file.url == "./" and not address):
                return self._relative(file.src_uri)
        _log.warning("%s links to %s, which the site does not have", self._file.src_uri, address)
        return address

    def _relative(self, uri: str) -> str:
        return posixpath.relpath(uri, posixpath.dirname(self._file.src_uri) or ".")


class _Rewriter(Treeprocessor):
    def __init__(self, links: RepositoryLinks) -> None:
        super().__init__()
        self._links = links

    def run(self, root: Element) -> None:
        for element in root.iter():
            for tag, key in (("a", "href"), ("img", "src")):
                if element.tag == tag and (url := element.get(key)):
                    element.set(key, self._links.rewritten(url))
