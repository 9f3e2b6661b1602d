"""The result of a command with ``--json``: one object on standard output."""

import dataclasses
import json
import math
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Annotated, Any

import typer

from vocalbaby.exception import FileError, VocalBabyError
from vocalbaby.exception.table import outcome

__all__ = ["Json", "answer", "answering"]

#: The option of every command that reports something.
Json = Annotated[
    bool,
    typer.Option(
        "--json",
        help="Print one JSON object on standard output, instead of text. Messages and progress "
        "stay on standard error.",
    ),
]

_ANSWER: ContextVar[dict[str, Any] | None] = ContextVar("answer", default=None)


def answer(content: Mapping[str, object]) -> None:
    """Add keys to the object of the running command; nothing happens without ``--json``."""
    values = _ANSWER.get()
    if values is not None:
        values.update(content)


@contextmanager
def answering(command: str) -> Iterator[None]:
    """Print the object of a command when it ends, also if it fails.

    It has the keys ``command`` and ``error`` (null, or an object with ``code``, ``message``,
    ``hint`` and ``exit_code``), and those that the command gives to `answer`.

    Args:
        command: Name of the command, such as ``model list``.
    """
    values: dict[str, Any] = {"command": command, "error": None}
    token = _ANSWER.set(values)
    try:
        yield
    except BrokenPipeError:
        raise
    except typer.Exit:
        _print(values)
        raise
    except (VocalBabyError, OSError) as raised:
        error = FileError.of(raised) if isinstance(raised, OSError) else raised
        values["error"] = {
            "code": error.code,
            "message": error.message,
            "hint": error.hint,
            "exit_code": outcome(error).exit_code,
        }
        _print(values)
        raise
    else:
        _print(values)
    finally:
        _ANSWER.reset(token)


def _print(values: dict[str, Any]) -> None:
    typer.echo(json.dumps(_plain(values), indent=2))


def _plain(value: object) -> object:
    """Return what JSON can hold; numbers that are not finite become null."""
    if dump := getattr(value, "model_dump", None):  # of pydantic, which takes long to import
        value = dump(mode="json")
    elif dataclasses.is_dataclass(value) and not isinstance(value, type):
        value = {each.name: getattr(value, each.name) for each in dataclasses.fields(value)}
    if isinstance(value, Mapping):
        return {str(key): _plain(each) for key, each in value.items()}
    if isinstance(value, list | tuple | set | frozenset):
        return [_plain(each) for each in value]
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    return value if value is None or isinstance(value, bool | int | str) else str(value)
