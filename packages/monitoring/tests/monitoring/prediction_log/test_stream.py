"""A file gives back the written batches, up to the first incomplete one."""

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from vocalbaby.monitoring.prediction_log import LogFormatError, LoggedModel, Record, Rows
from vocalbaby.monitoring.prediction_log.decoding import decode
from vocalbaby.monitoring.prediction_log.encoding import END, encode

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


def stream(batches: Sequence[Sequence[Record]]) -> bytes:
    return b"".join(encode(batch, with_schema=i == 0) for i, batch in enumerate(batches)) + END


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


@settings(max_examples=60, deadline=None)
@given(BATCHES)
def test_decoded_records_equal_the_encoded_ones(batches: list[list[Record]]) -> None:
    found = decode(stream(batches))
    assert not found.torn
    assert len(found.batches) == len(batches)
    for rows, records in zip(found.batches, batches, strict=True):
        assert_same(rows, records)


@settings(max_examples=60, deadline=None)
@given(BATCHES, st.data())
def test_a_torn_stream_yields_its_complete_batches(batches: list[list[Record]], data: Any) -> None:
    whole = stream(batches)
    ends = [len(stream(batches[:n])) - len(END) for n in range(1, len(batches) + 1)]
    schema = ends[0] - len(encode(batches[0], with_schema=False))
    cut = data.draw(st.integers(1, len(whole) - 1) | st.sampled_from([schema, *ends]))
    found = decode(whole[:cut])
    assert len(found.batches) == sum(end <= cut for end in ends)
    assert found.torn == (cut not in {schema, *ends})
    if found.batches:
        assert found.length == max(end for end in ends if end <= cut)


@pytest.mark.parametrize("filling", [b"\0", b"\xff", b"x"])
def test_garbage_after_a_batch_counts_as_torn(
    record: Callable[..., Record], filling: bytes
) -> None:
    whole = encode([record(1)], with_schema=True)
    found = decode(whole + 500 * filling)
    assert (len(found.batches), found.length, found.torn) == (1, len(whole), True)


def test_a_missing_probability_is_nan(record: Callable[..., Record]) -> None:
    rows = decode(encode([record(5)._replace(probabilities={"Junk": 0.5})], with_schema=True))
    np.testing.assert_array_equal(rows.batches[0].probabilities, [[np.nan, 0.5]])


def test_text_that_is_not_unicode_loses_no_row(record: Callable[..., Record]) -> None:
    rows = decode(encode([record(1)._replace(request_id="a\ud800")], with_schema=True))
    assert rows.batches[0].request_id.tolist() == ["a?"]


def test_features_of_the_wrong_number_are_refused(record: Callable[..., Record]) -> None:
    with pytest.raises(ValueError, match="for 3 columns"):
        encode([record(1)._replace(features=np.zeros(2, np.float32))], with_schema=True)


def test_a_stream_of_another_format_is_refused(record: Callable[..., Record]) -> None:
    data = encode([record(1)], with_schema=True)
    assert b"vocalbaby.format" in data
    with pytest.raises(LogFormatError, match="format 1"):
        decode(data.replace(b"vocalbaby.format", b"vocalbaby.forma_"))


@pytest.mark.parametrize("name", [b"vocalbaby.columns", b"vocalbaby.classes", b"warnings"])
def test_a_damaged_name_counts_as_torn(record: Callable[..., Record], name: bytes) -> None:
    data = encode([record(1)], with_schema=True)
    found = decode(data.replace(name, b"X" * len(name)))
    assert (found.batches, found.torn) == ([], True)


def test_pyarrow_reads_the_stream(record: Callable[..., Record]) -> None:
    records = [record(number, time_ns=10**18 + number) for number in range(7)]
    table = pa.ipc.open_stream(stream([records[:3], records[3:]])).read_all()
    table.validate(full=True)
    assert table.column("time").type == pa.timestamp("ns", "UTC")
    assert table.column("request_id").to_pylist() == [f"r{number}" for number in range(7)]
    assert table.column("label").null_count == 3
    assert table.column("warnings").to_pylist()[2] == ["quiet", "quiet"]
    with (
        pytest.raises(OSError, match="Expected"),
        pa.ipc.open_stream(stream([records])[:-20]) as torn,
    ):
        torn.read_all()
    assert table.schema.metadata[b"vocalbaby.columns"] == b'["a", "b", "c"]'
