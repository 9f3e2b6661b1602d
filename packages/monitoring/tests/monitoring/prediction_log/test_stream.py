"""A file gives back the written batches, up to the first incomplete one."""

from collections.abc import Callable, Iterator, Sequence
from typing import Any
from unittest import mock

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from packages.monitoring.tests.monitoring.prediction_log.conftest import (
    NAME,
    former_messages,
    sealed_messages,
)
from vocalbaby.monitoring.prediction_log import LogFormatError, LoggedModel, Record, Rows, decoding
from vocalbaby.monitoring.prediction_log.decoding import decode
from vocalbaby.monitoring.prediction_log.encoding import encode

TEXT = st.text(max_size=12)
NAMES = st.lists(TEXT, max_size=6, unique=True).map(tuple)
MODELS = st.builds(LoggedModel, TEXT, TEXT, TEXT, NAMES, NAMES)


def records_of(model: LoggedModel) -> st.SearchStrategy[Record]:
    width = len(model.columns)
    floats = st.lists(st.floats(width=32), min_size=width, max_size=width)
    return st.builds(
        Record,
        st.integers(0, 2**62),
        TEXT,
        st.just(model),
        floats.map(lambda values: np.array(values, np.float32)),
        st.none() | TEXT,
        st.fixed_dictionaries(dict.fromkeys(model.classes, st.floats())),
        st.floats(),
        st.lists(TEXT, max_size=4).map(tuple),
    )


#: Batches of one model.
BATCHES = MODELS.flatmap(
    lambda model: st.lists(
        st.lists(records_of(model), min_size=1, max_size=12), min_size=1, max_size=3
    )
)


@pytest.fixture(scope="module", autouse=True)
def in_this_process() -> Iterator[None]:
    """Undamaged files are decoded without a trial in another process, which takes 0.2 s."""
    with mock.patch.object(decoding, "is_decodable", return_value=True):
        yield


#: Makes the messages of a file: with checksums, and without them as former versions did.
KINDS = pytest.mark.parametrize("make", [sealed_messages, former_messages])
Make = Callable[[Sequence[Sequence[Record]]], list[bytes]]


def assert_same(rows: Rows, records: Sequence[Record]) -> None:
    model = records[0].model
    assert (rows.columns, rows.classes) == (model.columns, model.classes)
    assert rows.time.tolist() == [record.time_ns for record in records]
    assert rows.request_id.tolist() == [record.request_id for record in records]
    for name in ("feature_set", "feature_set_version"):
        assert getattr(rows, name).tolist() == [getattr(model, name)] * len(records)
    assert rows.model_version.tolist() == [model.version] * len(records)
    assert rows.label.tolist() == [record.label for record in records]
    assert rows.warnings.tolist() == [record.warnings for record in records]
    features = np.array([record.features for record in records], np.float32)
    np.testing.assert_array_equal(rows.features.reshape(features.shape), features)
    for place, name in enumerate(model.classes):
        expected = [record.probabilities[name] for record in records]
        np.testing.assert_array_equal(rows.probabilities[:, place], expected)
    durations = [record.duration_s for record in records]
    np.testing.assert_array_equal(rows.duration_s, durations)


@KINDS
@settings(max_examples=40, deadline=None)
@given(batches=BATCHES)
def test_decoded_records_equal_the_encoded_ones(make: Make, batches: list[list[Record]]) -> None:
    stream = decode(b"".join(make(batches)), NAME, finished=True)
    assert (stream.found.torn, list(stream.found.faults)) == (False, [])
    assert len(stream.batches) == len(batches)
    for rows, records in zip(stream.batches, batches, strict=True):
        assert_same(rows, records)


@KINDS
@settings(max_examples=40, deadline=None)
@given(batches=BATCHES, data=st.data())
def test_a_torn_stream_yields_its_complete_batches(
    make: Make, batches: list[list[Record]], data: Any
) -> None:
    messages = make(batches)
    whole = b"".join(messages)
    schema, *ends = [len(b"".join(messages[:n])) for n in range(1, len(messages))]
    cut = data.draw(st.integers(1, len(whole) - 1) | st.sampled_from([schema, *ends]))
    stream = decode(whole[:cut], NAME)
    assert len(stream.batches) == sum(end <= cut for end in ends)
    assert stream.found.torn == (cut not in {schema, *ends})
    assert not stream.found.faults
    if stream.batches:
        assert stream.found.length == max(end for end in ends if end <= cut)
    cut_short = decode(whole[:cut], NAME, finished=True)
    assert len(cut_short.batches) == len(stream.batches)
    assert [fault.reason[:3] for fault in cut_short.found.faults] == ["cut"]


@KINDS
@pytest.mark.parametrize("filling", [b"\0", b"\xff", b"x"])
def test_garbage_after_a_batch_counts_as_torn(
    make: Make, record: Callable[..., Record], filling: bytes
) -> None:
    whole = b"".join(make([[record(1)]])[:-1])
    stream = decode(whole + 500 * filling, NAME)
    assert (len(stream.batches), stream.found.length, stream.found.torn) == (1, len(whole), True)


def rows_of(record: Record) -> Rows:
    return decode(b"".join(sealed_messages([[record]])), NAME).batches[0]


def test_a_missing_probability_is_nan(record: Callable[..., Record]) -> None:
    rows = rows_of(record(5)._replace(probabilities={"Junk": 0.5}))
    np.testing.assert_array_equal(rows.probabilities, [[np.nan, 0.5]])


def test_text_that_is_not_unicode_loses_no_row(record: Callable[..., Record]) -> None:
    rows = rows_of(record(1)._replace(request_id="a\ud800"))
    assert rows.request_id.tolist() == ["a?"]


def test_features_of_the_wrong_number_are_refused(record: Callable[..., Record]) -> None:
    with pytest.raises(ValueError, match="for 3 columns"):
        encode([record(1)._replace(features=np.zeros(2, np.float32))])


def test_a_stream_of_another_format_is_refused(record: Callable[..., Record]) -> None:
    data = b"".join(former_messages([[record(1)]]))
    assert b"vocalbaby.format" in data
    with pytest.raises(LogFormatError, match="format 1"):
        decode(data.replace(b"vocalbaby.format", b"vocalbaby.forma_"), NAME)


@pytest.mark.parametrize("name", [b"vocalbaby.columns", b"vocalbaby.classes", b"warnings"])
def test_a_damaged_name_counts_as_torn(record: Callable[..., Record], name: bytes) -> None:
    data = b"".join(former_messages([[record(1)]]))
    stream = decode(data.replace(name, b"X" * len(name)), NAME)
    assert (stream.batches, stream.found.torn) == ([], True)


def test_a_seal_takes_64_bytes_of_a_message_and_one_of_a_file(
    record: Callable[..., Record],
) -> None:
    batches = [[record(1)], [record(2), record(3)]]
    sealed, former = sealed_messages(batches), former_messages(batches)
    assert [len(a) - len(b) for a, b in zip(sealed, former, strict=True)] == [
        *(64, 64, 64),
        64 + len(former[0]),
    ]


@KINDS
def test_pyarrow_reads_the_stream(make: Make, record: Callable[..., Record]) -> None:
    records = [record(number, time_ns=10**18 + number) for number in range(7)]
    data = b"".join(make([records[:3], records[3:]]))
    table = pa.ipc.open_stream(data).read_all()
    table.validate(full=True)
    assert table.column("time").type == pa.timestamp("ns", "UTC")
    assert table.column("request_id").to_pylist() == [f"r{number}" for number in range(7)]
    assert table.column("label").null_count == 3
    assert table.column("warnings").to_pylist()[2] == ["quiet", "quiet"]
    incomplete = b"".join(make([records])[:-1])[:-20]
    with pytest.raises(OSError, match="Expected"), pa.ipc.open_stream(incomplete) as torn:
        torn.read_all()
    assert table.schema.metadata[b"vocalbaby.columns"] == b'["a", "b", "c"]'
