"""The clients and what they do, as a table.

    python -m tests.server.clients.matrix

Starts the service with the predictor of the tests. The exit status is 1 if a client fails.
"""

import contextlib
import json
import sys
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Final

from tests.server.clients.counting import Relay, relay
from tests.server.clients.operations import BODY_LIMIT, Answer, Operation, operations
from tests.server.clients.programs import CURL, LANGUAGES, NOT_POSSIBLE, run_curl, run_program
from tests.server.clients.python_clients import PYTHON_CLIENTS
from tests.server.conftest import Server, running_server

__all__ = ["FLAGS", "IN_CI", "NAMES", "answers", "fault", "main"]

#: Options of the service.
FLAGS: Final = ("--drain-seconds=0", f"--max-body-bytes={BODY_LIMIT}")
#: Clients that the tests of every build use, and all clients.
IN_CI: Final = (*CURL, *PYTHON_CLIENTS)
NAMES: Final = (*IN_CI, *LANGUAGES)


def answers(
    name: str, todo: Sequence[Operation], server: Server, folder: Path
) -> dict[str, Answer]:
    """Do operations with a client; returns the answers by the names of the operations."""
    with relay(server.port) as counted:
        todo = [operation for operation in todo if (name, operation.name) not in NOT_POSSIBLE]

        def base(operation: Operation) -> str:
            return counted.url if operation.times > 1 else server.url

        if name in LANGUAGES:
            found = run_program(name, todo, base, folder)
        else:
            found = {each.name: _one(name, each, base(each), folder) for each in todo}
        return _with_connections(found, todo, counted)


def _one(name: str, operation: Operation, base: str, folder: Path) -> Answer:
    if name in CURL:
        return run_curl(CURL[name], operation, base, folder)
    try:
        return PYTHON_CLIENTS[name](operation, base)
    except Exception as error:  # noqa: BLE001 - whatever the client raises
        return Answer((), b"", fault=repr(error))


def _with_connections(
    found: dict[str, Answer], todo: Sequence[Operation], counted: Relay
) -> dict[str, Answer]:
    several = {operation.name for operation in todo if operation.times > 1}
    return {
        name: replace(answer, connections=counted.connections if name in several else 1)
        for name, answer in found.items()
    }


def fault(operation: Operation, answer: Answer) -> str:
    """Return what is wrong about an answer; empty if nothing is."""
    if answer.fault:
        return answer.fault
    with contextlib.suppress(LookupError, ValueError, TypeError):
        if operation.right(answer):
            return ""
    return f"{answer.statuses}, {answer.connections} connections, {answer.body[:200]!r}"


def _rows(server: Server, folder: Path) -> Iterator[tuple[str, dict[str, str]]]:
    todo = operations(folder)
    for name in NAMES:
        found = answers(name, todo, server, folder)
        yield (
            name,
            {each.name: fault(each, found[each.name]) for each in todo if each.name in found},
        )


def say(line: str) -> None:
    """Print a line."""
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


def main() -> int:
    """Print the table; returns 1 if a client failed."""
    faults: dict[str, str] = {}
    with tempfile.TemporaryDirectory() as folder, running_server(*FLAGS) as server:
        head = [operation.name for operation in operations(Path(folder))]
        say(f"| client | {' | '.join(head)} |")
        say(f"| --- |{' --- |' * len(head)}")
        for name, row in _rows(server, Path(folder)):
            marks = ["n/a" if each not in row else "no" if row[each] else "yes" for each in head]
            say(f"| {name} | {' | '.join(marks)} |")
            faults |= {f"{name}, {each}": text for each, text in row.items() if text}
    if faults:
        say(json.dumps(faults, indent=1))
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main())
