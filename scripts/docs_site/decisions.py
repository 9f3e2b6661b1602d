"""The index of the decision records."""

import re
from pathlib import Path
from typing import Final

from scripts.docs_site.tables import table

__all__ = ["pages"]

_HEAD: Final = """\
# Decisions

Each record says what was decided, why, and which alternatives were rejected, with the figures
that decided.

"""


def pages() -> dict[str, str]:
    """Path -> text of the page."""
    rows = []
    for path in sorted(Path("docs/decisions").glob("[0-9]*.md")):
        title = path.read_text("utf-8").partition("\n")[0]
        number, name = re.fullmatch(r"# (\d+)\. (.+)", title).groups()  # type: ignore[union-attr] # every record has a number
        rows.append((number, f"[{name}]({path.name})"))
    return {"decisions/index.md": _HEAD + table(("", "decision"), rows)}
