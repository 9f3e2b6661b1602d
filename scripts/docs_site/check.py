"""Checks a built site: every link leads somewhere, and nothing is loaded from other hosts.

`python -m scripts.docs_site.check FOLDER` prints the problems, and fails if there are any.
"""

import re
import sys
from collections.abc import Iterator
from html.parser import HTMLParser
from pathlib import Path
from typing import Final
from urllib.parse import unquote, urldefrag, urlsplit

__all__ = ["problems"]

#: Attributes with the address of what a browser loads at once, by tag.
_LOADED: Final = {
    "audio": "src",
    "embed": "src",
    "iframe": "src",
    "img": "src",
    "link": "href",
    "object": "data",
    "script": "src",
    "source": "src",
    "video": "src",
}
#: Links that a browser does not load.
_NOT_LOADED: Final = frozenset({"canonical", "next", "prev"})


class _Page(HTMLParser):
    """Anchors, links and loaded addresses of a page."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.anchors: set[str] = set()
        self.links: list[str] = []
        self.loaded: list[str] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        values = {name: value or "" for name, value in attrs}
        self.anchors |= {values[name] for name in ("id", "name") if name in values}
        if tag == "a" and "href" in values:
            self.links.append(values["href"])
        address = values.get(_LOADED.get(tag, ""))
        if address and values.get("rel") not in _NOT_LOADED:
            self.loaded.append(address)
        self.loaded += re.findall(r"url\(['\"]?([^'\")]+)", values.get("style", ""))


def problems(site: Path) -> Iterator[str]:
    """What is wrong with a built site, in sentences.

    Args:
        site: Folder of the site.
    """
    pages = {path: _Page(path.read_text("utf-8")) for path in sorted(site.rglob("*.html"))}
    for path, page in pages.items():
        name = path.relative_to(site)
        for address in page.loaded:
            if _is_elsewhere(address):
                yield f"{name} loads {address}."
        for address in dict.fromkeys(page.links + page.loaded):
            if not (_is_elsewhere(address) or _leads_somewhere(address, path, site, pages)):
                yield f"{name} links to {address}, which does not exist."
    for path in sorted(site.rglob("*.css")):
        for address in re.findall(r"url\(['\"]?([^'\")]+)", path.read_text("utf-8")):
            if _is_elsewhere(address):
                yield f"{path.relative_to(site)} loads {address}."


def _is_elsewhere(address: str) -> bool:
    parts = urlsplit(address)
    return bool(parts.netloc) or parts.scheme not in {"", "data"}


def _leads_somewhere(address: str, path: Path, site: Path, pages: dict[Path, _Page]) -> bool:
    if address.startswith("data:"):
        return True
    file, fragment = urldefrag(address)
    file = unquote(urlsplit(file).path)
    target = path
    if file.startswith("/"):  # only 404.html has such links; they begin with the site's path
        return True
    if file:
        target = (path.parent / file).resolve()
        target = target / "index.html" if target.is_dir() else target
    if not target.is_relative_to(site.resolve()) or not target.is_file():
        return False
    return not fragment or target not in pages or unquote(fragment) in pages[target].anchors


if __name__ == "__main__":
    found = list(problems(Path(sys.argv[1]).resolve()))
    for problem in found:
        print(problem)
    sys.exit(f"{len(found)} problems" if found else 0)
