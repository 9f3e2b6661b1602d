"""The sections of a docstring in Google style."""

import inspect
import re
from typing import Final

__all__ = ["sections"]

_HEADER: Final = re.compile(r"(Args|Attributes|Returns|Yields|Raises|Examples):")
_ITEM: Final = re.compile(r" {4}(\*{0,2}\w+)(?: \([^)]*\))?: ?(.*)")


def sections(doc: str) -> dict[str, dict[str, str]]:
    """Read the sections of a docstring.

    Args:
        doc: The docstring.

    Returns:
        Name of a section to its entries, which map a name to a text. The whole text of a
        section has the name "".

    Examples:
        >>> sections("Add.\\n\\nArgs:\\n    x: A number.\\n    y: Another\\n        one.")
        {'Args': {'': ' x: A number. y: Another one.', 'x': 'A number.', 'y': 'Another one.'}}
    """
    found: dict[str, dict[str, str]] = {}
    section, item = "", ""
    for line in inspect.cleandoc(doc).splitlines():
        if header := _HEADER.fullmatch(line):
            section, item = header[1], ""
            found[section] = {"": ""}
        elif section and line and not line.startswith(" "):
            section = ""
        elif section:
            entries = found[section]
            entries[""] += f" {line.strip()}" if line.strip() else ""
            if entry := _ITEM.fullmatch(line):
                item = entry[1]
                entries[item] = entry[2]
            elif item and line.strip():
                entries[item] += f" {line.strip()}"
    return found
