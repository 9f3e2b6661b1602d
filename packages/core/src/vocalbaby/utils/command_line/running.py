"""Running a command, and ending the process with the exit code of its outcome."""

import errno
import io
import os
import sys
from collections.abc import Sequence
from contextlib import suppress
from typing import NoReturn, TextIO

import typer

from vocalbaby.exception import ConfigError, FileError, VocalBabyError
from vocalbaby.exception.table import outcome
from vocalbaby.utils.command_line.groups import discard_output
from vocalbaby.utils.terminal import has_colours

__all__ = ["run"]


def run(app: typer.Typer, arguments: Sequence[str] | None = None) -> NoReturn:
    """Run a command and exit the process.

    A `VocalBabyError` is printed with its hint on stderr, and the process exits with the
    code that `vocalbaby.exception.table` gives it.

    Args:
        app: The command.
        arguments: Command-line arguments without the program name; ``sys.argv`` if None.
    """
    _open_streams()
    _join_words()
    if has_colours(sys.stdout):
        os.environ.pop("_TYPER_FORCE_DISABLE_TERMINAL", None)
    else:  # Typer's help would have some with NO_COLOR, and in CI
        os.environ["_TYPER_FORCE_DISABLE_TERMINAL"] = "1"
    try:
        code = app(arguments, prog_name=app.info.name, standalone_mode=False)
    except typer.TyperException as error:
        code = _render_usage(error)
    except VocalBabyError as error:
        code = _render(error)
    except OSError as error:
        code = _render(FileError.of(error))
        _flush_or_discard(sys.stdout)
    _flush_or_discard(sys.stderr)
    sys.exit(code if isinstance(code, int) else 0)


def _join_words() -> None:
    """Complete ``--format=c``, which bash divides into three words, like ``--format c``."""
    words = os.environ.get("COMP_WORDS", "").split("\n")
    at = os.environ.get("COMP_CWORD", "")
    if "=" in words and at.isdigit():
        before, rest = words[: int(at)], words[int(at) :]
        kept = [word for word in before if word != "="]
        os.environ["COMP_WORDS"] = "\n".join([*kept, *rest])
        os.environ["COMP_CWORD"] = str(len(kept))


class _Closed(io.TextIOBase):
    """Standard output of a process that was started with a closed one (``>&-``)."""

    def write(self, _text: str) -> int:
        raise OSError(errno.EBADF, "It is closed", "standard output")


def _open_streams() -> None:
    """Replace closed streams, which are None: output is an error, messages are discarded."""
    if sys.stdout is None:
        sys.stdout = _Closed()
    if sys.stderr is None:
        sys.stderr = open(os.devnull, "w", encoding="utf-8")  # noqa: PTH123, SIM115 - a stream


def _flush_or_discard(stream: TextIO) -> None:
    try:
        stream.flush()
    except OSError:  # the disk is full
        discard_output(stream)


def _render_usage(error: typer.TyperException) -> int:
    context = getattr(error, "ctx", None)
    if type(error).__name__ != "NoArgsIsHelpError":  # its help is printed already
        message = error.format_message().rstrip(".")
        end = "" if message.endswith("?") else "."
        path = context.command_path if context else ""
        hint = f"See {path} --help." if path else ""
        _print_error("Usage error", ConfigError(f"{message}{end}", hint=hint))
    return outcome(ConfigError("")).exit_code


def _render(error: VocalBabyError) -> int:
    row = outcome(error)
    _print_error(row.title, error)
    return row.exit_code


def _print_error(title: str, error: VocalBabyError) -> None:
    coloured = has_colours(sys.stderr)
    text = f"{title}: {error.message}"
    if coloured:
        text = f"{typer.style(f'{title}: ', fg='red', bold=True)}{error.message}"
    with suppress(OSError):  # standard error is a full disk; the exit code is still right
        typer.echo(text, err=True, color=coloured)
        if error.hint:
            typer.echo(error.hint, err=True, color=coloured)
