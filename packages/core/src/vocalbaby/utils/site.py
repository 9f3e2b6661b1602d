"""Addresses of the documentation, for messages: an installation has no folder `docs`."""

from typing import Final

__all__ = ["SITE", "page_address"]

#: `site_url` of mkdocs.yml.
SITE: Final = "https://vocalbaby.github.io/vocalbaby/"


def page_address(name: str) -> str:
    """Return the address of a page.

    Args:
        name: The path of its file in `docs`, without the suffix.

    Examples:
        >>> page_address("tutorials/first-labels")
        'https://vocalbaby.github.io/vocalbaby/tutorials/first-labels/'
    """
    return f"{SITE}{name}/"
