"""Operations of the prediction log whose system calls fail, and what has to hold after each.

``python -m tests.prediction_log.faulty_log CONTROL FOLDER`` tries every fault at every call, in a
process that `tests.fault_injection.faults.preload` has prepared, and prints what went wrong.
"""

import errno
import json
import shutil
import sys
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Final, TypeAlias

from packages.monitoring.tests.monitoring.prediction_log.conftest import make_record
from tests.fault_injection.faults import ALWAYS, Fault, Faults
from vocalbaby.monitoring.prediction_log import Rows, read
from vocalbaby.monitoring.prediction_log.counting import NoMetrics
from vocalbaby.monitoring.prediction_log.shipper import LogShipper
from vocalbaby.monitoring.prediction_log.stores import Folder
from vocalbaby.monitoring.prediction_log.writer import Writer

__all__ = ["main"]

_FAILS: Final = {error: Fault("fail", error) for error in (errno.EIO, errno.EINTR)}
#: A second error of some kinds; all kinds are given EIO.
_OWN: Final = {
    **dict.fromkeys(("open", "list", "lock"), Fault("fail", errno.EMFILE)),
    **dict.fromkeys(("write", "sync", "truncate", "close"), Fault("fail", errno.ENOSPC)),
    **dict.fromkeys(("rename", "unlink", "mkdir", "stat"), Fault("fail", errno.EACCES)),
}
#: Kinds of calls that a signal may interrupt, or that transfer bytes.
_INTERRUPTED: Final = {"open", "read", "write", "sync", "lock", "truncate"}
_SHORTENED: Final = {"read", "write"}
_HOUR_NS: Final = 3600 * 10**9
_BEGAN_NS: Final = 1_772_361_000 * 10**9
_NOW: Final = datetime(2026, 3, 1, 14, tzinfo=UTC)


#: Arms the fault of a sweep, and says whether it stays.
Arm: TypeAlias = Callable[[], AbstractContextManager[bool]]


class Store(dict[str, bytes]):
    """A store in memory, whose own faults are no concern here."""

    def list(self, prefix: str = "") -> list[str]:
        return [key for key in self if key.startswith(prefix)]

    def replace(self, key: str, data: bytes) -> None:
        self[key] = data

    def delete(self, key: str) -> None:
        self.pop(key, None)


def write(folder: Path) -> set[str]:
    """Write rows of two hours in four batches, finish the files, and return the written rows."""
    writer = Writer(folder, max_bytes=2500, fsync=True)
    written: set[str] = set()
    for batch in range(4):
        rows = [
            make_record(2 * batch + i, time_ns=_BEGAN_NS + batch // 2 * _HOUR_NS) for i in (0, 1)
        ]
        lost = writer.write(rows)
        assert lost in ([], rows)
        written |= {row.request_id for row in rows if not lost}
    writer.close()
    return written


def ship(folder: Path, store: Store) -> bool:
    """Recover and ship the files."""
    shipper = LogShipper(folder, lambda: store, days=None, store_days=None, metrics=NoMetrics())
    return shipper.run_once(_NOW)


class _Stored:
    def __init__(self, data: bytes) -> None:
        self.data = data


class Shipped(Folder):
    """The store as a source."""

    def __init__(self, store: Store) -> None:
        super().__init__(Path("unused"))
        self._store = store

    def list(self, prefix: str = "") -> list[str]:
        return self._store.list(prefix)

    def get(self, key: str) -> _Stored | None:
        return _Stored(self._store[key]) if key in self._store else None


def ids(rows: Rows) -> list[str]:
    return [str(name) for name in rows.request_id]


def check_write(folder: Path, arm: Arm) -> Iterator[str]:
    """Rows that count as written are in the log, and no others.

    If not even the removal of a batch that failed is possible, its rows may be there.
    """
    with arm() as stays:
        written = write(folder)
    rows = read(folder)
    if stays:
        written |= set(ids(rows))
    yield from _compare("in the folder", rows, written)
    store = Store()
    ship(folder, store)
    if not ship(folder, store) or list(folder.glob("*/*/*")):
        yield "files are left after two more attempts"
    rows = read(Shipped(store))
    yield from _compare("in the store", rows, written)
    if rows.torn:
        yield "a shipped file is torn"


def check_ship(folder: Path, arm: Arm) -> Iterator[str]:
    """Files are shipped as they are, or stay, and the next attempt succeeds."""
    written = write(folder)
    torn = next(folder.glob("*/*/*.arrows"))
    part = torn.rename(torn.with_suffix(".part"))
    part.write_bytes(part.read_bytes()[:-20])  # its process was killed while it finished the file
    store = Store()
    with arm():
        ship(folder, store)
    either = {*ids(read(folder)), *ids(read(Shipped(store)))}
    if either != written:
        yield f"rows are lost: {sorted(written - either)}"
    if not ship(folder, store):
        yield "the next attempt fails"
    yield from _compare("in the store", read(Shipped(store)), written)


def check_read(folder: Path, arm: Arm) -> Iterator[str]:
    """What cannot be read is reported, and the rest is read."""
    written = write(folder)
    with arm():
        rows = read(folder)
    found = ids(rows)
    if len(set(found)) != len(found) or not set(found) <= written:
        yield "rows are there twice or unknown"
    if set(found) != written and not rows.left_out:
        yield f"rows are missing silently: {sorted(written - set(found))}"


def _compare(where: str, rows: Rows, written: set[str]) -> Iterator[str]:
    found = ids(rows)
    if len(set(found)) != len(found):
        yield f"rows are twice {where}"
    if lost := written - set(found):
        yield f"written rows are not {where}: {sorted(lost)}"
    if extra := set(found) - written:
        yield f"failed rows are {where}: {sorted(extra)}"
    if rows.left_out:
        yield f"damage {where}: {rows.left_out[0]}"


CHECKS: Final = {"write": check_write, "ship": check_ship, "read": check_read}


def sweep(faults: Faults, name: str, root: Path) -> Iterator[str]:
    """Try every fault at every call of an operation, once and from then on."""
    check = CHECKS[name]
    folder = root / "clean"
    folder.mkdir()
    yield from check(folder, partial(_armed, faults, folder, None, 1, 1))
    calls = faults.calls()
    if len(calls) < 20:
        yield f"only {len(calls)} calls were seen"
    for number, kind in enumerate(calls, 1):
        for fault in _faults(kind):
            for last in (number,) if fault.must_succeed() else (number, ALWAYS):
                folder = root / f"{number}-{fault}-{last}"
                folder.mkdir()
                before = descriptors()
                where = f"{fault} at call {number} ({kind}) to {last}"
                arm = partial(_armed, faults, folder, fault, number, last)
                try:
                    problems = list(check(folder, arm))
                except Exception as error:  # noqa: BLE001 - it is reported
                    problems = [f"raises {error!r}"]
                if descriptors() != before:
                    problems.append("a descriptor is left open")
                yield from (f"{where}: {problem}" for problem in problems)
                shutil.rmtree(folder)


@contextmanager
def _armed(
    faults: Faults, folder: Path, fault: Fault | None, first: int, last: int
) -> Iterator[bool]:
    with faults.armed(folder, fault, first=first, last=last):
        yield last == ALWAYS


def _faults(kind: str) -> Iterator[Fault]:
    yield _FAILS[errno.EIO]
    if kind in _OWN:
        yield _OWN[kind]
    if kind in _INTERRUPTED:
        yield _FAILS[errno.EINTR]
    if kind in _SHORTENED:
        yield Fault("shorten")


def descriptors() -> int:
    """Number of open files."""
    return len([*Path("/proc/self/fd").iterdir()])


def main(name: str, control: Path, root: Path) -> None:
    """Sweep an operation and print the problems as JSON."""
    sys.stdout.write(json.dumps(list(sweep(Faults(control), name, root))))


if __name__ == "__main__":
    main(sys.argv[1], Path(sys.argv[2]), Path(sys.argv[3]))
