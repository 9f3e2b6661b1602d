"""Tries every fault at every system call of an operation.

::

    assert swept("tests.fault_injection.storing", tmp_path) == []

The module has `SCENARIOS`, a dictionary of `Scenario` objects. The sweep runs in a process of its
own, since LD_PRELOAD works from the start of a process.
"""

import errno
import importlib
import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from tests.fault_injection.faults import ALWAYS, Fault, Faults, preload

__all__ = ["Scenario", "sweep", "swept"]

#: The errors that each kind is given. Calls that a signal interrupts are repeated.
_ERRORS: Final[Mapping[str, tuple[int, ...]]] = {
    "open": (errno.EACCES, errno.EMFILE, errno.ENOSPC, errno.EIO, errno.ESTALE, errno.EINTR),
    "read": (errno.EIO, errno.ESTALE, errno.EINTR),
    "write": (errno.ENOSPC, errno.EDQUOT, errno.EIO, errno.EINTR),
    "sync": (errno.EIO, errno.ENOSPC, errno.EINTR),
    "close": (errno.EIO, errno.ENOSPC),
    "stat": (errno.EACCES, errno.EIO, errno.ESTALE),
    "lock": (errno.ENOLCK, errno.EINTR),
    "map": (errno.ENOMEM, errno.EACCES),
    "truncate": (errno.ENOSPC, errno.EIO, errno.EINTR),
    "list": (errno.EACCES, errno.EMFILE, errno.EIO),
}
_OTHERS: Final = (errno.EACCES, errno.ENOSPC, errno.EIO)
_SHORTENED: Final = ("read", "write")


@dataclass(frozen=True)
class Scenario:
    """An operation on the files of a folder, and what has to hold after it.

    Attributes:
        operate: The operation.
        state: What the operation changes, as anyone would read it; files that a reader never
            sees do not belong to it.
        errors: The errors that the operation may raise; their text has to name the folder.
        prepare: Makes what the operation needs in the empty folder.
        watched: The folder whose calls are disturbed, if it is another one.
    """

    operate: Callable[[Path], object]
    state: Callable[[Path], object]
    errors: tuple[type[Exception], ...]
    prepare: Callable[[Path], object] = lambda folder: folder
    watched: Path | None = None


def sweep(scenario: Scenario, faults: Faults, root: Path) -> list[str]:
    """Try every fault at every call of an operation.

    After each, the operation has happened completely or not at all, its error is one of the
    allowed ones and names a file, no descriptor is left open, and the next try works.

    Returns:
        What went wrong, one line each.
    """
    folder = _prepared(scenario, root, "clean")
    before = scenario.state(folder)
    with faults.armed(scenario.watched or folder):
        scenario.operate(folder)
    after, calls = scenario.state(folder), faults.calls()
    if not calls:
        return ["the operation has no calls on its folder"]
    problems = []
    for number, kind in enumerate(calls, 1):
        for fault in _faults(kind):
            for last in (number,) if fault.must_succeed() else (number, ALWAYS):
                folder = _prepared(scenario, root, f"{number}-{fault}-{last}")
                descriptors = _descriptors()
                error = None
                watched = scenario.watched or folder
                with faults.armed(watched, fault, first=number, last=last):
                    try:
                        scenario.operate(folder)
                    except Exception as raised:  # noqa: BLE001 - it is checked below
                        error = raised
                where = f"{fault} at call {number} ({kind}){'' if last == number else ' and later'}"
                if _descriptors() != descriptors:
                    problems.append(f"{where}: a descriptor is left open")
                if problem := _problem(scenario, folder, fault, error, before, after):
                    problems.append(f"{where}: {problem}")
                shutil.rmtree(folder)
    return problems


def _faults(kind: str) -> Iterator[Fault]:
    yield from (Fault("fail", error) for error in _ERRORS.get(kind, _OTHERS))
    if kind in _SHORTENED:
        yield Fault("shorten")


def _prepared(scenario: Scenario, root: Path, name: str) -> Path:
    folder = root / name
    folder.mkdir()
    scenario.prepare(folder)
    return folder


def _descriptors() -> int:
    return len([*Path("/proc/self/fd").iterdir()])


def _problem(
    scenario: Scenario,
    folder: Path,
    fault: Fault,
    error: Exception | None,
    before: object,
    after: object,
) -> str | None:
    """What is wrong after an operation with a fault."""
    state = scenario.state(folder)
    problem = None
    if error is None:
        if state != after:
            problem = f"no error, but the state is {state!r:.200}"
    elif fault.must_succeed():
        problem = f"it has to succeed, but raises {error!r}"
    elif not isinstance(error, scenario.errors):
        problem = f"an unexpected error: {error!r}"
    elif str(folder) not in str(error):
        problem = f"the error names no file: {error}"
    elif state not in (before, after):
        problem = f"the operation happened in part: {state!r:.200}"
    if problem:
        return problem
    try:
        scenario.operate(folder)
    except Exception as raised:  # noqa: BLE001 - it is reported
        return f"the next try raises {raised!r}"
    state = scenario.state(folder)
    return None if state == after else f"after the next try the state is {state!r:.200}"


def swept(module: str, folder: Path, *names: str) -> list[str]:
    """Sweep the scenarios of a module in a process of their own.

    Args:
        module: Name of the module that has the scenarios in `SCENARIOS`.
        folder: An empty folder.
        names: Their names there; all without one.

    Returns:
        What went wrong, one line each.
    """
    command = [sys.executable, "-m", __name__, module, str(folder), *names]
    environment = os.environ | preload(folder / "control")
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        return [done.stderr]
    problems: list[str] = json.loads(done.stdout)
    return problems


def _main(module: str, folder: Path, *names: str) -> None:
    scenarios: Mapping[str, Scenario] = importlib.import_module(module).SCENARIOS
    faults, problems = Faults(folder / "control"), []
    for name in names or scenarios:
        work = folder / name
        work.mkdir()
        problems += [f"{name}: {problem}" for problem in sweep(scenarios[name], faults, work)]
    sys.stdout.write(json.dumps(problems))


if __name__ == "__main__":
    _main(sys.argv[1], Path(sys.argv[2]), *sys.argv[3:])
