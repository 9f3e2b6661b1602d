from datetime import datetime, timedelta
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from vocalbaby.components.feature_table import META_COLUMNS, FeatureTable, write_feature_table
from vocalbaby.exception import DataError, DataNotFoundError
from vocalbaby.inference.predictor import Predictor
from vocalbaby.monitoring.drift.config import WindowConfig
from vocalbaby.monitoring.drift.sample import predict_from_features
from vocalbaby.monitoring.drift.window import Window, read_log, read_table
from vocalbaby.monitoring.drift.window_checks import check_window
from vocalbaby.monitoring.prediction_log import LoggedModel, Record
from vocalbaby.monitoring.prediction_log.writer import Writer


@pytest.fixture
def small(window: Window) -> Window:
    return window.thinned(30)


@pytest.fixture
def log(small: Window, tmp_path: Path, write_log) -> Path:
    write_log(tmp_path / "log", small)
    return tmp_path / "log"


def test_the_rows_of_a_log_are_read_with_their_predictions(
    log: Path, small: Window, predictor: Predictor, began: datetime
) -> None:
    found = read_log(str(log), None, None, predictor.manifest)
    assert found.columns == predictor.manifest.columns
    assert found.values.dtype == np.float64
    assert np.array_equal(found.values, small.values.astype(np.float32), equal_nan=True)
    expected = predict_from_features(predictor, small.values)
    assert found.predictions is not None
    assert found.predictions.labels.tolist() == expected.labels.tolist()
    assert found.predictions.probabilities == pytest.approx(expected.probabilities)
    assert found.groups[:3].tolist() == ["request-0", "request-0", "request-1"]
    assert found.model_versions == (predictor.manifest.version,)
    assert found.feature_set == ("spectral_prosodic", predictor.manifest.feature_set_version)
    assert found.since == began.timestamp()
    assert found.until == (began + timedelta(minutes=29)).timestamp()


def test_a_damaged_batch_of_a_log_is_left_out_and_named(
    log: Path, small: Window, predictor: Predictor
) -> None:
    path = next(log.glob("*/*/*.arrows"))
    data = bytearray(path.read_bytes())
    data[data.index(b"request-7")] ^= 1
    path.write_bytes(data)
    found = read_log(str(log), None, None, predictor.manifest)
    assert len(found) == len(small) - 1
    (left_out,) = found.left_out
    assert (left_out.file, left_out.rows) == (path.relative_to(log).as_posix(), 1)


def test_a_range_of_a_log_is_read(log: Path, predictor: Predictor, began: datetime) -> None:
    since, until = began + timedelta(minutes=5), began + timedelta(minutes=15)
    assert len(read_log(str(log), since, until, predictor.manifest)) == 10
    assert len(read_log(str(log), until + timedelta(days=1), None, predictor.manifest)) == 0


def test_rows_of_other_models_are_left_out_and_named_if_there_are_no_others(
    log: Path, small: Window, predictor: Predictor, write_log
) -> None:
    write_log(log, small.thinned(7), "other-1")
    assert len(read_log(str(log), None, None, predictor.manifest)) == 30
    newer = predictor.manifest.model_copy(update={"version": "newer-1"})
    versions = read_log(str(log), None, None, newer).model_versions
    assert versions == tuple(sorted(("other-1", predictor.manifest.version)))


def test_other_models_with_different_columns_are_named(
    log: Path, small: Window, predictor: Predictor, began: datetime
) -> None:
    mfcc = LoggedModel("mfcc-1", "mfcc", "1", ("a", "b"), predictor.manifest.classes)
    writer = Writer(log, max_bytes=1 << 20)
    values = np.zeros(2, np.float32)
    time_ns = int(began.timestamp()) * 10**9
    probabilities = dict.fromkeys(mfcc.classes, 0.2)
    writer.write([Record(time_ns, "r", mfcc, values, None, probabilities, 0.4, ())])
    writer.close()
    newer = predictor.manifest.model_copy(update={"version": "newer-1"})
    found = read_log(str(log), None, None, newer)
    versions = tuple(sorted(("mfcc-1", predictor.manifest.version)))
    assert (len(found), found.model_versions) == (0, versions)
    fault = check_window(found, small.values, newer, WindowConfig())
    assert fault is not None
    assert fault.outcome == "wrong_model"
    assert "mfcc-1" in fault.message
    later = read_log(str(log), began + timedelta(seconds=1), None, newer)  # of one of them alone
    assert later.model_versions == (predictor.manifest.version,)
    assert len(later) == 29


def test_a_missing_log_is_refused(tmp_path: Path, predictor: Predictor) -> None:
    with pytest.raises(DataNotFoundError, match="no prediction log"):
        read_log(str(tmp_path / "none"), None, None, predictor.manifest)


def test_a_parquet_table_is_read_with_its_feature_set(tmp_path: Path, small: Window) -> None:
    keys = [f"clip-{i}" for i in range(30)]
    children = [f"child-{i // 10}" for i in range(30)]
    blank = [""] * 30
    meta = dict(zip(META_COLUMNS, (keys, children, blank, blank, blank), strict=True))
    table = FeatureTable(
        "spectral_prosodic",
        "3",
        pd.DataFrame(meta).astype(object),
        pd.DataFrame(small.values.astype(np.float32), columns=list(small.columns)),
    )
    write_feature_table(tmp_path / "test.parquet", table)
    found = read_table(tmp_path / "test.parquet")
    assert found.columns == small.columns
    assert found.groups.tolist() == children
    assert found.feature_set == ("spectral_prosodic", "3")
    assert found.predictions is None
    assert found.values == pytest.approx(small.values, rel=1e-6, nan_ok=True)


def test_a_csv_table_is_read(tmp_path: Path, small: Window) -> None:
    frame = pd.DataFrame(small.values, columns=list(small.columns))
    frame.to_csv(tmp_path / "test.csv", index=False)
    found = read_table(tmp_path / "test.csv")
    assert found.columns == small.columns
    assert len(set(found.groups)) == 30
    assert found.feature_set is None
    assert found.values == pytest.approx(small.values, nan_ok=True)


def test_a_csv_table_without_rows_is_empty(tmp_path: Path) -> None:
    (tmp_path / "test.csv").write_text("f0_mean,f0_q50\n")
    found = read_table(tmp_path / "test.csv")
    assert (len(found), found.columns) == (0, ("f0_mean", "f0_q50"))


@pytest.mark.parametrize(
    ("name", "content", "words"),
    [
        ("a.parquet", b"no parquet", "not a feature table"),
        ("a.csv", b"f0_mean,file\n1.0,a.wav\n", "contains text in file"),
        ("b.csv", b"", "not a feature table"),
    ],
)
def test_invalid_tables_are_refused(tmp_path: Path, name: str, content: bytes, words: str) -> None:
    (tmp_path / name).write_bytes(content)
    with pytest.raises(DataError, match=words):
        read_table(tmp_path / name)


def test_a_missing_table_is_refused(tmp_path: Path) -> None:
    with pytest.raises(DataNotFoundError):
        read_table(tmp_path / "none.csv")


def test_a_large_window_is_subsampled_evenly(window: Window) -> None:
    thin = window.thinned(50)
    assert len(thin) == 50
    assert thin.groups[0] == window.groups[0]
    assert thin.groups[-1] == window.groups[-1]
    assert window.thinned(200) is window
