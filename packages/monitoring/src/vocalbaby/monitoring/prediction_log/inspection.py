"""Finds the undamaged batches of a file with checksums, and what is wrong with the rest."""

from collections.abc import Iterator, Sequence
from itertools import groupby
from typing import Final, NamedTuple

from vocalbaby.monitoring.prediction_log.sealing import (
    Message,
    complete_until,
    copied_schema,
    messages,
    without_seal,
)

__all__ = ["CUT", "DAMAGED", "EMPTY", "Fault", "Inspection", "inspect"]

DAMAGED: Final = "damaged: the bytes do not match their checksum"
MISSING: Final = "missing: batches were removed"
REPEATED: Final = "a batch is repeated; it is read once"
MOVED: Final = "a batch is not in its place; it is read"
FOREIGN: Final = "a batch of another file"
EXCESS: Final = "bytes that belong to no batch of the file"
CUT: Final = "cut: the end of the file is missing or damaged"
EMPTY: Final = "empty: all bytes of the file are missing"
UNREADABLE: Final = "the schema is damaged, and there is no copy of it"


class Fault(NamedTuple):
    """A part of a file that is left out, or is not as it was written.

    Attributes:
        offset: Offset of the first byte that is affected.
        rows: Number of rows that are left out; None if it is not known.
        reason: What is wrong.
    """

    offset: int
    rows: int | None
    reason: str


class Inspection(NamedTuple):
    """What is in a file.

    Attributes:
        schema: Encoded schema; None if there is none.
        batches: Undamaged batches, in the order in which they were written.
        faults: What is wrong, by offset.
        length: Number of bytes without an incomplete message at the end.
        torn: Whether there is one.
        number: Number of messages that were written, as far as they are known.
        rows: Number of rows that were written, as far as they are known.
        ended: Whether the end of the file was found.
    """

    schema: bytes | None = None
    batches: Sequence[Message] = ()
    faults: Sequence[Fault] = ()
    length: int = 0
    torn: bool = False
    number: int = 0
    rows: int = 0
    ended: bool = False


def inspect(data: bytes, name: str, *, finished: bool) -> Inspection:
    """Check every message of a file.

    Args:
        data: The file, with at least one seal.
        name: Name of the file, `LogFileKey.name`.
        finished: Whether the file was finished; its end then has to be there.
    """
    found, end, strange, gaps, at = _gather(data, name.encode()[:28])
    total = end.seal.number if end is not None else max(found, default=-1) + 1
    excess = [found.pop(number) for number in list(found) if number >= total]
    faults = strange + [Fault(each.start, each.seal.rows, EXCESS) for each in excess]
    faults += _missing(found, total, end, gaps)
    faults += [Fault(start, None, EXCESS) for start in gaps]
    tail, torn = _tail(data, at, ended=end is not None, finished=finished)
    schema = _schema(data, found, end)
    batches = [found[number] for number in sorted(found) if number]
    if schema is None and batches:
        faults.append(Fault(0, sum(batch.seal.rows for batch in batches), UNREADABLE))
        batches = []
    faults = list(_merged(sorted(faults + tail, key=lambda fault: fault.offset)))
    rows = _rows_until(end or found[total - 1]) if total else 0
    length = at if torn else len(data)
    return Inspection(schema, batches, faults, length, torn, total, rows, end is not None)


def _gather(
    data: bytes, name: bytes
) -> tuple[dict[int, Message], Message | None, list[Fault], list[int], int]:
    """Messages by number, the end, what does not belong here, gaps, and the offset of the rest."""
    found: dict[int, Message] = {}
    end: Message | None = None
    faults, gaps = [], []
    at = last = 0
    for message in messages(data):
        start, seal = message.start, message.seal
        if start > at:
            gaps.append(at)
        at = message.end
        if seal.name != name:
            faults.append(Fault(start, seal.rows, FOREIGN))
        elif end is not None or seal.number in found:
            faults.append(Fault(start, 0, REPEATED))
        elif message.ends:
            end = message
        else:
            if seal.number < last:
                faults.append(Fault(start, 0, MOVED))
            last = max(last, seal.number)
            found[seal.number] = message
    return found, end, faults, gaps, at


def _missing(
    found: dict[int, Message], total: int, end: Message | None, gaps: list[int]
) -> Iterator[Fault]:
    """Faults of the numbers that were not found; removes their places from ``gaps``."""
    absent = [number for number in range(total) if number not in found]
    for _, run in groupby(enumerate(absent), lambda pair: pair[1] - pair[0]):
        numbers = [number for _, number in run]
        before = found.get(numbers[0] - 1)
        after = found.get(numbers[-1] + 1) or end
        offset, rows = (0, 0) if before is None else (before.end, _rows_until(before))
        lost = None if after is None else after.seal.rows_before - rows
        if offset in gaps:
            gaps.remove(offset)
            yield Fault(offset, lost, DAMAGED)
        else:
            yield Fault(offset, lost, MISSING)


def _rows_until(message: Message) -> int:
    return message.seal.rows_before + message.seal.rows


def _tail(data: bytes, at: int, *, ended: bool, finished: bool) -> tuple[list[Fault], bool]:
    """What is wrong after the last undamaged message, and whether the file is torn there."""
    rest = len(data) - at
    if ended:
        return ([Fault(at, 0, EXCESS)] if rest else []), False
    if finished:
        return [Fault(at, None, CUT)], False
    if not rest:
        return [], False
    stated = complete_until(data, at)
    if stated is not None and at < stated <= len(data):
        return [Fault(at, None, DAMAGED)], False
    return [], True


def _schema(data: bytes, found: dict[int, Message], end: Message | None) -> bytes | None:
    if 0 in found:
        return without_seal(data[found[0].start : found[0].end])
    return (copied_schema(data, end) or None) if end is not None else None


def _merged(faults: list[Fault]) -> Iterator[Fault]:
    """Join neighbours of a kind, such as every batch of another file."""
    for reason, run in groupby(faults, lambda fault: fault.reason):
        if reason in {FOREIGN, REPEATED, MOVED}:
            first, *others = run
            yield first._replace(rows=sum(fault.rows or 0 for fault in (first, *others)))
        else:
            yield from run
