"""Where tables are printed."""

import sys
from typing import TYPE_CHECKING, Final, TextIO

if TYPE_CHECKING:
    from rich.console import Console

__all__ = ["console"]

UNFOLDED: Final = 10_000


def console(stream: TextIO | None = None) -> "Console":
    """A console of the terminal's width; in a file or a pipe nothing is folded."""
    from rich.console import Console

    file = stream or sys.stdout
    return Console(file=file) if file.isatty() else Console(file=file, width=UNFOLDED)
