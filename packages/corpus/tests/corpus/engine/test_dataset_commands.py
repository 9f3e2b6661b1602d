"""Commands that see to a dataset: status, verify, merge; and a dry run."""

import json
from collections.abc import Callable
from pathlib import Path

import pyarrow.parquet as pq
import pytest

from packages.corpus.tests.corpus.engine.helpers_runs import checksums, run, settings_of, work
from vocalbaby.commands.main import main
from vocalbaby.corpus.engine.run_settings import RunSettings
from vocalbaby.summary import SummaryConfig


@pytest.fixture
def settings(archive: Path, tmp_path: Path) -> RunSettings:
    """Settings of a run that is done, but for a recording that is no sound."""
    (archive / "recordings/raw/a/day2.wav").write_bytes(b"This is no sound.")
    settings = settings_of(tmp_path, summary=SummaryConfig())
    run(archive, settings)
    return settings


def corpus(*words: str) -> int:
    with pytest.raises(SystemExit) as end:
        main(["corpus", *words])
    return int(end.value.code or 0)


def test_the_status_counts_recordings_by_child_and_reason(
    settings: RunSettings, capsys: pytest.CaptureFixture[str]
) -> None:
    assert corpus("status", settings.dataset, "--json") == 0
    found = json.loads(capsys.readouterr().out)
    assert (found["total"]["done"], found["total"]["failed"]) == (2, 1)
    assert {name: each["done"] for name, each in found["children"].items()} == {
        "lab/007": 1,
        "lab/Zoë/b": 1,
    }
    assert found["failures"] == {"audio_unreadable": 1}
    assert found["failed_recordings"][0]["recording_id"] == "a/day2"
    assert corpus("status", settings.dataset, "--by", "child", "--failed") == 0
    text = capsys.readouterr().out
    assert "lab/Zoë/b" in text
    assert "failed with audio_unreadable: 1 recording" in text


def test_a_dry_run_lists_what_is_to_do_and_does_nothing(
    archive: Path, settings: RunSettings, capsys: pytest.CaptureFixture[str]
) -> None:
    before = checksums(settings)
    words = ["run", str(archive), "--out", settings.dataset, "--dry-run", "--retry-failed"]
    assert corpus(*words) == 0
    assert "retried: a/day2" in capsys.readouterr().out
    assert corpus(*words, "--json") == 0
    assert json.loads(capsys.readouterr().out)["before"]["retried"] == 1
    assert checksums(settings) == before


def test_a_whole_dataset_has_no_problem(
    settings: RunSettings, capsys: pytest.CaptureFixture[str]
) -> None:
    assert corpus("verify", settings.dataset, "--json") == 0
    assert json.loads(capsys.readouterr().out)["problems"] == []


def _remove(path: Path) -> None:
    path.unlink()


def _damage(path: Path) -> None:
    data = bytearray(path.read_bytes())
    data[len(data) // 2] ^= 1
    path.write_bytes(data)


def _add(path: Path) -> None:
    path.with_name("old.parquet").write_bytes(path.read_bytes())


@pytest.mark.parametrize(
    ("change", "where", "kind"),
    [
        (_remove, "segments", "missing"),
        (_damage, "figures", "damaged"),
        (_add, "segments", "unknown"),
        (lambda path: path.write_bytes(b"{"), "records", "damaged_record"),
    ],
)
def test_a_problem_is_found_and_repaired_and_the_next_run_makes_the_same_files(
    archive: Path,
    settings: RunSettings,
    capsys: pytest.CaptureFixture[str],
    change: Callable[[Path], object],
    where: str,
    kind: str,
) -> None:
    before = checksums(settings)
    change(next((Path(settings.dataset) / where / "child=lab%2F007").glob("a%2Fday%201.*")))
    assert corpus("verify", settings.dataset, "--json") == 5
    kinds = {each["kind"] for each in json.loads(capsys.readouterr().out)["problems"]}
    assert kind in kinds
    assert corpus("verify", settings.dataset, "--repair") == 0
    assert set(work(run(archive, settings))) <= {"a/day 1"}
    assert checksums(settings) == before
    assert corpus("verify", settings.dataset) == 0


def test_merged_tables_have_every_recording_in_order_and_the_same_bytes(
    settings: RunSettings, tmp_path: Path
) -> None:
    for name in ("once", "again"):
        assert corpus("merge", settings.dataset, "--out", str(tmp_path / name)) == 0
    tables = {
        name: pq.read_table(tmp_path / "once" / f"{name}.parquet")
        for name in ("segments", "figures", "recordings")
    }
    assert all(
        (tmp_path / "once" / f"{name}.parquet").read_bytes()
        == (tmp_path / "again" / f"{name}.parquet").read_bytes()
        for name in tables
    )
    recordings = tables["recordings"].to_pydict()
    assert recordings["recording_id"] == ["a/day 1", "a/day2", "b/day1"]
    assert recordings["state"] == ["done", "failed", "done"]
    assert recordings["error_code"] == [None, "audio_unreadable", None]
    files = sorted((Path(settings.dataset) / "segments").rglob("*.parquet"))
    rows = [row for file in files for row in pq.ParquetFile(file).read().to_pylist()]
    assert tables["segments"].to_pylist() == rows
    assert set(tables["figures"]["by"].to_pylist()) == {"recording", "hour"}


def test_a_damaged_file_is_not_merged(settings: RunSettings, tmp_path: Path) -> None:
    _damage(next((Path(settings.dataset) / "segments").rglob("*.parquet")))
    assert corpus("merge", settings.dataset, "--out", str(tmp_path / "tables")) == 5
    assert not (tmp_path / "tables/segments.parquet").exists()
