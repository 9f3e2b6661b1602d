"""A run processes what is new or has changed, and nothing else."""

import io
import os
from dataclasses import replace
from pathlib import Path

import pyarrow.parquet as pq
import pytest

from packages.corpus.tests.corpus.engine.helpers_runs import checksums, run, settings_of, work
from vocalbaby import annotations
from vocalbaby.commands.recordings.given import GivenSegments
from vocalbaby.corpus.archive import open_archive
from vocalbaby.corpus.engine import executors
from vocalbaby.corpus.engine.dataset import Dataset
from vocalbaby.corpus.engine.planning import make_plan
from vocalbaby.corpus.engine.task import ended
from vocalbaby.segmentation import HearingConfig, SegmentationConfig
from vocalbaby.summary import SummaryConfig

ALL = {"a/day 1", "a/day2", "b/day1"}
QUICK = SummaryConfig(draws=100)


@pytest.fixture
def settings(tmp_path):
    return settings_of(tmp_path, summary=QUICK)


def test_every_recording_has_segments_figures_and_a_record(archive, settings):
    assert work(run(archive, settings)) == dict.fromkeys(ALL, "heard")
    records = {each.recording_id: each for each in Dataset(settings.dataset).records()}
    assert set(records) == ALL
    record = records["b/day1"]
    assert (record.corpus, record.child_id, record.duration_s) == ("lab", "Zoë/b", 8.0)
    assert record.segments is not None
    data = Dataset(settings.dataset).read(record.segments)
    assert data is not None
    (timeline,) = annotations.parse(data, "parquet")
    assert timeline.child is not None
    assert (timeline.child.child_id, timeline.child.age_months) == ("Zoë/b", 5.98)
    assert str(timeline.clock_start) == "2024-05-01 09:30:00"
    assert {segment.label for segment in timeline.segments} & {"Crying", "Canonical"}
    metadata = pq.read_schema(io.BytesIO(data)).metadata
    assert record.source is not None
    assert metadata[b"vocalbaby.content"].decode() == record.source.content
    assert metadata[b"vocalbaby.model_version"].decode() == record.made_from["model_version"]


def test_a_second_run_does_nothing(archive, settings):
    run(archive, settings)
    before = checksums(settings)
    result = run(archive, settings)
    assert not result.outcomes
    assert result.plan.count("done") == 3
    assert checksums(settings) == before


def test_processes_give_the_same_bytes(archive, settings, tmp_path):
    run(archive, settings)
    others = replace(settings, dataset=str(tmp_path / "others"))
    assert set(work(run(archive, others, executor=executors.processes(2)))) == ALL
    assert checksums(others) == checksums(settings)


def test_a_recording_that_changed_is_heard_again(archive, settings):
    run(archive, settings)
    path = archive / "recordings/raw/a/day2.wav"
    data = bytearray(path.read_bytes())
    half = len(data) // 4
    data[half : half + 4000] = bytes(4000)
    path.write_bytes(data)
    assert work(run(archive, settings)) == {"a/day2": "heard"}


def test_a_recording_with_another_time_of_modification_is_not_heard_again(archive, settings):
    run(archive, settings)
    before = checksums(settings)
    os.utime(archive / "recordings/raw/a/day2.wav", (1, 1))
    assert work(run(archive, settings)) == {"a/day2": "nothing"}
    after = checksums(settings)
    assert {name for name in before if before[name] != after[name]} == {
        "records/child=lab%2F007/a%2Fday2.json"
    }
    assert not run(archive, settings).outcomes


def test_other_settings_of_the_figures_compute_figures_only(archive, settings):
    run(archive, settings)
    before = checksums(settings)
    other = replace(settings, summary=SummaryConfig(draws=100, level=0.9))
    assert work(run(archive, other)) == dict.fromkeys(ALL, "figures")
    after = checksums(other)
    assert all(before[name] == after[name] for name in before if name.startswith("segments/"))
    assert all(before[name] != after[name] for name in before if name.startswith("figures/"))


def test_other_settings_of_the_segmentation_hear_again(archive, settings):
    run(archive, settings)
    values = SegmentationConfig().model_dump()
    name, value = next((k, v) for k, v in values.items() if isinstance(v, float))
    changed = SegmentationConfig.model_validate(values | {name: value * 1.01})
    assert work(run(archive, replace(settings, segmentation=changed))) == dict.fromkeys(
        ALL, "heard"
    )


def test_metadata_that_changed_are_written_without_hearing(archive, settings):
    run(archive, settings)
    table = archive / "metadata/children.csv"
    table.write_text(table.read_text("utf-8").replace("2023-08-01", "2023-07-01"), "utf-8")
    assert work(run(archive, settings)) == dict.fromkeys(["a/day 1", "a/day2"], "segments")
    fresh = replace(settings, dataset=f"{settings.dataset}-fresh")
    run(archive, fresh)
    assert checksums(fresh) == checksums(settings)


def test_a_child_with_another_name_leaves_no_file_behind(archive, settings):
    run(archive, settings)
    for name in ("children", "recordings"):
        table = archive / f"metadata/{name}.csv"
        table.write_text(table.read_text("utf-8").replace("Zoë/b", "c09"), "utf-8")
    assert work(run(archive, settings)) == {"b/day1": "segments"}
    assert not [name for name in checksums(settings) if "Zo" in name]
    assert not run(archive, settings).outcomes


def test_a_failure_is_a_record_and_is_retried_on_request_only(archive, settings):
    broken = archive / "recordings/raw/a/day2.wav"
    sound = broken.read_bytes()
    broken.write_bytes(b"This is no sound.")
    result = run(archive, settings)
    assert work(result)["a/day2"] == "failed"
    assert result.exit_code() == 4
    record = next(r for r in Dataset(settings.dataset).records() if r.recording_id == "a/day2")
    assert record.error["code"] == "audio_unreadable"
    again = run(archive, settings)
    assert not again.outcomes
    assert again.exit_code() == 4
    assert work(run(archive, settings, retry_failed=True)) == {"a/day2": "failed"}
    broken.write_bytes(sound)
    mended = run(archive, settings)
    assert work(mended) == {"a/day2": "heard"}
    assert mended.exit_code() == 0


def test_a_recording_whose_process_was_ended_is_tried_again(archive, settings, tmp_path):
    whole = replace(settings, dataset=str(tmp_path / "whole"))
    run(archive, whole)
    (job, *_) = make_plan(
        open_archive(str(archive)).recordings, Dataset(settings.dataset), settings
    ).jobs
    assert ended(settings, job).record.error["code"] == "internal"
    assert set(work(run(archive, settings))) == ALL
    assert checksums(settings) == checksums(whole)


def test_a_listed_recording_that_is_missing_is_an_error(archive, settings):
    run(archive, settings)
    (archive / "recordings/raw/a/day2.wav").unlink()
    result = run(archive, settings)
    assert result.plan.count("lost") == 1
    assert result.exit_code() == 5
    # Its results remain: the recording may be on a disk that is not mounted.
    assert "segments/child=lab%2F007/a%2Fday2.parquet" in checksums(settings)


def test_a_result_that_was_removed_is_made_again(archive, settings):
    run(archive, settings)
    before = checksums(settings)
    next((Path(settings.dataset) / "figures").rglob("*.parquet")).unlink()
    assert list(work(run(archive, settings)).values()) == ["figures"]
    assert checksums(settings) == before


def test_shards_are_the_whole_archive(archive, settings, tmp_path):
    done: list[str] = []
    for number in (1, 2, 3):
        done += work(run(archive, settings, shard=(number, 3)))
    assert sorted(done) == sorted(ALL)
    whole = replace(settings, dataset=str(tmp_path / "whole"))
    run(archive, whole)
    assert checksums(whole) == checksums(settings)


def test_evidence_is_kept_for_other_settings(archive, settings, tmp_path):
    kept = replace(settings, state=tmp_path / "state")
    run(archive, kept)
    evidence = sorted((tmp_path / "state").glob("*.evidence"))
    assert len(evidence) == 3
    written = [path.stat().st_mtime_ns for path in evidence]
    other = SegmentationConfig(change_cost=3.0, min_segment_s=0.3)
    run(archive, replace(kept, segmentation=other))
    assert [path.stat().st_mtime_ns for path in evidence] == written  # the sound was not heard
    fresh = replace(settings, segmentation=other, dataset=f"{settings.dataset}-fresh")
    run(archive, fresh)
    assert checksums(kept) == checksums(fresh)
    heard_otherwise = SegmentationConfig(hearing=HearingConfig(gate_db=6.0))
    run(archive, replace(kept, segmentation=heard_otherwise))
    assert all(path.stat().st_mtime_ns > old for path, old in zip(evidence, written, strict=True))


def test_a_killed_run_with_other_settings_leaves_nothing_that_fits_the_former_ones(
    archive, settings, monkeypatch
):
    run(archive, settings)
    before = checksums(settings)

    def killed(*_: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr("vocalbaby.corpus.engine.task._write", killed)
        with pytest.raises(KeyboardInterrupt):
            run(archive, replace(settings, summary=SummaryConfig(draws=100, level=0.9)))
    assert checksums(settings) != before
    assert list(work(run(archive, settings)).values()) == ["figures"]
    assert checksums(settings) == before


def test_a_failure_for_lack_of_given_segments_is_tried_again_when_they_change(
    archive, settings, tmp_path
):
    folder = tmp_path / "given"
    folder.mkdir()
    given = replace(settings, given=GivenSegments(folder))
    assert set(work(run(archive, given)).values()) == {"failed"}
    assert not run(archive, given).outcomes
    table = "recording_id,onset_s,offset_s,label,speaker\n"
    rows = "".join(f"{name},1.0,2.0,,CHI\n" for name in sorted(ALL))
    (folder / "all.csv").write_text(table + rows, "utf-8")
    assert work(run(archive, given)) == dict.fromkeys(ALL, "heard")


def test_a_failure_for_lack_of_given_segments_is_no_failure_without(archive, settings, tmp_path):
    (tmp_path / "given").mkdir()
    given = replace(settings, given=GivenSegments(tmp_path / "given"))
    assert set(work(run(archive, given)).values()) == {"failed"}
    assert work(run(archive, settings)) == dict.fromkeys(ALL, "heard")
