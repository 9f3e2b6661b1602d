"""Whether colours and progress bars are written to a stream.

The rules are those of https://no-color.org and https://force-color.org. ``NO_COLOR`` and a dumb
terminal mean that no escape sequence is written, which excludes bars too. ``FORCE_COLOR`` gives
colours to files and pipes, but no bars, because these move the cursor.
"""

import os
import sys
from typing import TYPE_CHECKING, Final, TextIO

if TYPE_CHECKING:
    from rich.console import Console

__all__ = ["console", "has_bars", "has_colours"]

#: Width at which no line is folded.
_UNFOLDED: Final = 10_000


def _is_plain() -> bool:
    return bool(os.environ.get("NO_COLOR")) or os.environ.get("TERM") in {"dumb", "unknown"}


def _is_terminal(stream: TextIO | None) -> bool:
    try:
        return stream is not None and stream.isatty()
    except ValueError:  # it is closed
        return False


def has_colours(stream: TextIO | None) -> bool:
    """Return whether colours are written to a stream.

    Examples:
        >>> import io
        >>> has_colours(io.StringIO())
        False
    """
    return not _is_plain() and (bool(os.environ.get("FORCE_COLOR")) or _is_terminal(stream))


def has_bars(stream: TextIO | None) -> bool:
    """Return whether progress bars are drawn on a stream."""
    return not _is_plain() and _is_terminal(stream)


def console(stream: TextIO | None = None) -> "Console":
    """Create a console of the terminal's width; files and pipes get lines without folding.

    Args:
        stream: The stream; standard output if None.
    """
    from rich.console import Console  # noqa: PLC0415 - slow to import

    file = stream or sys.stdout
    coloured = has_colours(file)
    width = None if _is_terminal(file) else _UNFOLDED
    return Console(
        file=file, force_terminal=coloured, width=width, color_system="auto" if coloured else None
    )
