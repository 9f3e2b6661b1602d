"""No damage of a file goes unnoticed, and it costs only the batches that it touches."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from packages.monitoring.tests.monitoring.prediction_log.conftest import (
    NAME,
    former_messages,
    make_record,
    sealed_messages,
)
from vocalbaby.monitoring.prediction_log import Record, Rows, decoding, read
from vocalbaby.monitoring.prediction_log.decoding import decode
from vocalbaby.monitoring.prediction_log.inspection import CUT, DAMAGED, Inspection, inspect
from vocalbaby.monitoring.prediction_log.journal import recover

#: Three batches of 2, 3 and 1 rows: r0 to r5.
BATCHES: list[list[Record]] = [
    [make_record(number, time_ns=10**18 + number) for number in numbers]
    for numbers in ((0, 1), (2, 3, 4), (5,))
]
FOLDER = "m-1/2001-09-09T01"


def values(rows: Rows) -> dict[str, tuple[Any, ...]]:
    """Every value of each row, by request id."""
    return {
        rows.request_id[i]: (
            *(rows.time[i], rows.model_version[i], rows.feature_set[i], rows.label[i]),
            *(rows.feature_set_version[i], rows.features[i].tobytes(), rows.duration_s[i]),
            *(rows.probabilities[i].tobytes(), rows.warnings[i], rows.columns, rows.classes),
        )
        for i in range(len(rows))
    }


def write(folder: Path, data: bytes, name: str = f"{NAME}.arrows") -> Path:
    path = folder / FOLDER / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(data)
    return path


def found(data: bytes, *, finished: bool = True) -> tuple[dict[str, Any], list[tuple[Any, ...]]]:
    """The values of the rows, and the faults without their text."""
    stream = decode(data, NAME, finished=finished)
    rows = {name: row for batch in stream.batches for name, row in values(batch).items()}
    assert len(rows) == sum(map(len, stream.batches))  # none twice
    return rows, [(*fault[:2], fault.reason.partition(":")[0]) for fault in stream.found.faults]


MESSAGES = sealed_messages(BATCHES)
SCHEMA = former_messages(BATCHES)[0]
WHOLE = b"".join(MESSAGES)
STARTS = [len(b"".join(MESSAGES[:number])) for number in range(len(MESSAGES) + 1)]
ALL = found(WHOLE)[0]


def without(*batches: int) -> dict[str, Any]:
    lost = {record.request_id for number in batches for record in BATCHES[number - 1]}
    return {name: row for name, row in ALL.items() if name not in lost}


def test_a_whole_file_has_no_faults() -> None:
    assert list(ALL) == [f"r{number}" for number in range(6)]
    assert found(WHOLE)[1] == []


def read_batches(data: bytes, *, finished: bool) -> tuple[list[int], Inspection]:
    """The numbers of the batches that are read, all of which have their bytes as written."""
    seen = inspect(data, NAME, finished=finished)
    if seen.schema is not None:
        assert seen.schema == SCHEMA
    for batch in seen.batches:
        assert data[batch.start : batch.end] == MESSAGES[batch.seal.number]
    return [batch.seal.number for batch in seen.batches], seen


@pytest.mark.parametrize("change", [0x01, 0x80, 0xFF])
def test_every_changed_byte_is_noticed_and_costs_one_batch(change: int) -> None:
    for place in range(len(WHOLE)):
        data = bytearray(WHOLE)
        data[place] ^= change
        numbers, seen = read_batches(bytes(data), finished=True)
        message = sum(start <= place for start in STARTS) - 1
        assert seen.faults
        assert numbers == [number for number in (1, 2, 3) if number != message]
        if 1 <= message <= 3:  # where it is, and how many rows it costs
            assert seen.faults == [(STARTS[message], len(BATCHES[message - 1]), DAMAGED)]
        if place % 100 == 0:
            assert found(bytes(data))[0] == (without(message) if 1 <= message <= 3 else ALL)


def test_every_changed_byte_of_a_file_that_is_being_written_is_noticed() -> None:
    """Damage in its last batch may look like an incomplete write."""
    data = b"".join(MESSAGES[:-1])
    for place in range(len(data)):
        changed = bytearray(data)
        changed[place] ^= 0xFF
        numbers, seen = read_batches(bytes(changed), finished=False)
        message = sum(start <= place for start in STARTS) - 1
        assert numbers == ([n for n in (1, 2, 3) if n != message] if message else [])
        assert seen.faults or (seen.torn and message == 3)


def test_every_length_of_a_cut_file_is_noticed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(decoding, "is_decodable", lambda _: True)  # it takes 0.2 s
    for length in range(len(WHOLE)):
        complete = sum(start <= length for start in STARTS[2:5])
        if length > STARTS[1]:
            numbers, seen = read_batches(WHOLE[:length], finished=True)
            assert numbers == list(range(1, complete + 1))
            assert [fault[1:] for fault in seen.faults] == [(None, CUT)]
        if length < 8 or length % 100 == 0:
            rows, faults = found(WHOLE[:length])
            assert rows == without(*range(complete + 1, 4))
            assert [fault[1:] for fault in faults] == [(None, "cut" if length else "empty")]


@pytest.mark.parametrize(
    ("order", "rows", "faults"),
    [
        ((0, 1, 3, 4), without(2), [(STARTS[2], 3, "missing")]),
        ((0, 2, 3, 4), without(1), [(STARTS[1], 2, "missing")]),
        ((0, 1, 2, 4), without(3), [(STARTS[3], 1, "missing")]),
        ((0, 3, 4), without(1, 2), [(STARTS[1], 5, "missing")]),
        ((0, 4), {}, [(STARTS[1], 6, "missing")]),
        ((1, 2, 3, 4), ALL, [(0, 0, "missing")]),
        ((4,), {}, [(0, 6, "missing")]),
        ((0, 1, 2, 3), ALL, [(STARTS[4], None, "cut")]),
        ((1, 2, 3), {}, [
            (0, 0, "missing"),
            (0, 6, "the schema is damaged, and there is no copy of it"),
            (STARTS[4] - STARTS[1], None, "cut"),
        ]),
        ((0, 1, 2, 2, 3, 4), ALL, [(STARTS[3], 0, "a batch is repeated; it is read once")]),
        ((0, 1, 2, 3, 1, 4), ALL, [(STARTS[4], 0, "a batch is repeated; it is read once")]),
        ((0, 2, 1, 3, 4), ALL, [
            (STARTS[1] + STARTS[3] - STARTS[2], 0, "a batch is not in its place; it is read"),
        ]),
        ((0, 1, 2, 3, 4, 4), ALL, [(STARTS[5], 0, "a batch is repeated; it is read once")]),
        ((0, 1, 2, 4, 3), without(3), [
            (STARTS[3], 1, "missing"),
            (STARTS[3] + STARTS[5] - STARTS[4], 0, "a batch is repeated; it is read once"),
        ]),
    ],
)  # fmt: skip
def test_removed_repeated_and_moved_batches_are_noticed(
    order: Sequence[int], rows: dict[str, Any], faults: list[Any]
) -> None:
    assert found(b"".join(MESSAGES[number] for number in order)) == (rows, faults)


def test_a_batch_of_another_file_is_noticed() -> None:
    other = sealed_messages([[make_record(7)]] * 3, "fedcba9876543210-000001")
    rows, faults = found(b"".join([*MESSAGES[:2], other[2], *MESSAGES[3:]]))
    assert rows == without(2)
    assert faults == [(STARTS[2], 1, "a batch of another file"), (STARTS[2], 3, "missing")]


def test_a_file_with_the_name_of_another_one_is_not_read_twice(tmp_path: Path) -> None:
    write(tmp_path, WHOLE)
    write(tmp_path, WHOLE, "fedcba9876543210-000001.arrows")
    rows = read(tmp_path)
    assert values(rows) == ALL
    assert len(rows) == 6
    assert {left_out.file for left_out in rows.left_out} == {
        f"{FOLDER}/fedcba9876543210-000001.arrows"
    }


@pytest.mark.parametrize(
    "filling", [b"x" * 100, b"\0" * 4096, WHOLE[: STARTS[1]], b"\xffVBlog\r\n" * 9]
)
def test_bytes_that_belong_to_no_batch_are_noticed(filling: bytes) -> None:
    for place in (*STARTS[1:], 0):
        rows, faults = found(WHOLE[:place] + filling + WHOLE[place:])
        assert rows == ALL
        assert faults


@pytest.mark.parametrize("length", [1, 8, 512, 4096])
def test_areas_of_zeros_are_noticed(length: int) -> None:
    """As after a power cut, when the size of a file was on the disk and its content was not."""
    for place in range(0, len(WHOLE), 192):
        data = WHOLE[:place] + bytes(min(length, len(WHOLE) - place)) + WHOLE[place + length :]
        rows, faults = found(data)
        touched = [n for n in (1, 2, 3) if data[STARTS[n] : STARTS[n + 1]] != MESSAGES[n]]
        if data[: STARTS[1]] == MESSAGES[0] or data[STARTS[4] :] == MESSAGES[4]:
            assert rows == without(*touched)
        assert bool(faults) == (data != WHOLE)


def test_a_damaged_file_does_not_stop_reading_of_others(tmp_path: Path) -> None:
    other = make_record(7, time_ns=10**18)
    write(
        tmp_path,
        b"".join(sealed_messages([[other]], "fedcba9876543210-000001")),
        "fedcba9876543210-000001.arrows",
    )
    data = bytearray(WHOLE)
    data[STARTS[2] + 5] ^= 1
    write(tmp_path, bytes(data))
    rows = read(tmp_path)
    assert set(rows.request_id) == {"r7", *without(2)}
    (left_out,) = rows.left_out
    assert left_out[:3] == (f"{FOLDER}/{NAME}.arrows", STARTS[2], 3)
    assert str(left_out) == (
        f"{FOLDER}/{NAME}.arrows, byte {STARTS[2]}: damaged: the bytes do not match their "
        "checksum (3 rows)"
    )


def test_damage_of_a_killed_process_survives_its_recovery(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    for number in (1, 2, 3):
        data = bytearray(b"".join(MESSAGES[:-1]))
        data[STARTS[number + 1] - 1] ^= 1
        path = write(tmp_path, bytes(data), f"{NAME}.part")
        recover(path)
        rows, faults = found(path.with_suffix(".arrows").read_bytes())
        assert rows == without(number)
        assert faults
        assert "byte" in caplog.text
        caplog.clear()


def test_a_file_without_checksums_is_read_as_far_as_it_can_be_decoded(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    data = b"".join(former_messages(BATCHES))
    path = write(tmp_path, data)
    monkeypatch.setattr(decoding, "is_decodable", lambda _: True)  # it takes 0.2 s
    rows = read(tmp_path)
    assert values(rows) == ALL
    assert (rows.unchecked, rows.left_out) == (1, ())
    for length in range(0, len(data), 61):
        path.write_bytes(data[:length])
        rows = read(tmp_path)
        assert len(rows.left_out) == 1
        assert {name: ALL[name] for name in rows.request_id} == values(rows)


@pytest.mark.parametrize(("place", "change"), [(69, 0x01), (943, 0x80), (1487, 0x20)])
def test_a_damaged_file_without_checksums_does_not_end_the_process(
    tmp_path: Path, place: int, change: int
) -> None:
    """At these bytes nanoarrow reads outside of the file."""
    data = bytearray(b"".join(former_messages(BATCHES)))
    data[place] ^= change
    write(tmp_path, bytes(data))
    rows = read(tmp_path)
    assert len(rows.left_out) == 1
    assert len(rows) in {0, 2, 5}


def test_features_are_bit_identical(tmp_path: Path) -> None:
    rare = np.array([np.float32("nan"), -0.0, np.float32(1e-45)], np.float32)
    rare.view(np.uint32)[0] = 0x7FC00001
    write(tmp_path, b"".join(sealed_messages([[BATCHES[0][0]._replace(features=rare)]])))
    assert read(tmp_path).features[0].tobytes() == rare.tobytes()
