"""The exit codes of a command, for its help."""

from typing import Final

from vocalbaby.exception.table import CLOSED_PIPE, EXIT_CODES, INTERRUPTED

__all__ = ["describe_exit_codes"]

#: Exit codes that every command can have.
_ALWAYS: Final = (0, 1, 2, INTERRUPTED, CLOSED_PIPE)


def describe_exit_codes(*codes: int) -> str:
    """Return a paragraph about exit codes, in rich markup.

    Args:
        codes: Exit codes besides those of every command.

    Raises:
        KeyError: A code is not in `vocalbaby.exception.table.EXIT_CODES`.

    Examples:
        >>> describe_exit_codes(7)  # doctest: +ELLIPSIS
        '[bold]Exit codes[/bold]  0 success; 1 internal error; 2 usage ...; 7 storage ...'
    """
    described = "; ".join(f"{code} {EXIT_CODES[code]}" for code in sorted({*_ALWAYS, *codes}))
    return f"[bold]Exit codes[/bold]  {described}."
