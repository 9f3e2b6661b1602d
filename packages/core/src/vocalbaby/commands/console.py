"""The console on which tables are printed."""

import sys
from typing import TYPE_CHECKING, Final, TextIO

if TYPE_CHECKING:
    from rich.console import Console

__all__ = ["console"]

#: Width at which no line is folded.
UNFOLDED: Final = 10_000


def console(stream: TextIO | None = None) -> "Console":
    """Create a console of the terminal's width; files and pipes get lines without folding."""
    from rich.console import Console

    file = stream or sys.stdout
    return Console(file=file) if file.isatty() else Console(file=file, width=UNFOLDED)
