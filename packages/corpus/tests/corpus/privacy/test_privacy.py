"""What is shared has no other voices, and no names."""

import csv
import stat
from dataclasses import replace
from datetime import datetime
from pathlib import Path

import numpy as np
import pyarrow.parquet as pq
import pytest

from vocalbaby import annotations
from vocalbaby.audio import open_recording, write_wav
from vocalbaby.commands.main import main
from vocalbaby.corpus.privacy.muting import mute_others
from vocalbaby.corpus.privacy.pseudonyms import Pseudonyms
from vocalbaby.entity.timeline import Child, Segment, Timeline
from vocalbaby.exception import ConfigError

NAMES = ("Annabel", "Smithlab", "homevisit")
DAY = Timeline(
    "Annabel/homevisit_20240501_0930",
    (Segment(1.0, 2.0, "Crying", speaker="Annabel"), Segment(3.0, 3.5, "Junk")),
    duration_s=5.0,
    clock_start=datetime.fromisoformat("2024-05-01T09:30"),
    child=Child("Annabel", "Smithlab", 9.0, attributes={"mother": "Smithlab"}),
    attributes={"model_version": "m-1", "AUTHOR": "Annabel"},
)


@pytest.fixture
def archive(tmp_path):
    noise = np.random.default_rng(0).normal(0, 0.1, 5 * 16_000).astype(np.float32)
    path = tmp_path / "days/Annabel/homevisit_20240501_0930.wav"
    path.parent.mkdir(parents=True)
    write_wav(path, noise, 16_000)
    (tmp_path / "segments").mkdir()
    annotations.write(DAY, tmp_path / "segments/day.parquet")
    return tmp_path


def command(*words: object) -> int:
    with pytest.raises(SystemExit) as end:
        main([str(word) for word in words])
    return int(end.value.code or 0)


def heard_in(path: Path) -> np.ndarray:
    with open_recording(path) as recording:
        return np.concatenate(list(recording.blocks()))


def test_only_what_is_kept_is_heard(archive):
    source = archive / "days/Annabel/homevisit_20240501_0930.wav"
    heard = mute_others(source, [(1.0, 2.0), (1.5, 2.5)], archive / "muted.wav")
    samples, whole = heard_in(archive / "muted.wav"), heard_in(source)
    assert len(samples) == len(whole) == 80_000
    assert heard == pytest.approx(1.5, abs=0.001)
    assert not samples[:16_000].any()
    assert not samples[40_001:].any()
    inside = slice(16_100, 39_900)
    np.testing.assert_allclose(samples[inside], whole[inside], atol=1 / 32_000)
    assert abs(samples[16_010]) < abs(whole[16_010])  # within the ramp


def test_nothing_in_the_output_names_anybody(archive):
    out, key = archive / "shared", archive / "key"
    words = ("export", archive / "segments", "--recordings", archive / "days", "--out", out)
    assert command(*words, "--eaf", "--child-only", "--features-only", "--pseudonyms", key) == 0
    files = [path for path in out.rglob("*") if path.is_file()]
    assert {path.suffix for path in files} == {".csv", ".eaf", ".parquet", ".wav"}
    for path in files:
        data = path.read_bytes() + str(path.relative_to(out)).encode()
        for name in (*NAMES, "20240501", "2024-05-01"):
            assert name.encode() not in data, f"{name} in {path}"
    table = pq.read_table(out / "features.parquet")
    assert table["label"].to_pylist() == ["Crying"]
    assert np.isfinite(table["age_months"].to_pylist()).all()
    for path in (key, archive / "key.names.csv"):
        assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert "Annabel" in (archive / "key.names.csv").read_text("utf-8")


def test_parquet_metadata_is_without_names_too(archive):
    hidden = Pseudonyms(bytes(32)).timeline(DAY)
    annotations.write(hidden, archive / "hidden.parquet")
    schema = pq.read_schema(archive / "hidden.parquet")
    text = str(dict(schema.metadata))
    assert not any(name in text for name in NAMES)
    assert hidden.clock_start is not None
    assert hidden.clock_start < datetime.fromisoformat("2024-05-01")
    assert (hidden.clock_start.hour, hidden.clock_start.minute) == (9, 30)


def test_one_key_gives_the_same_names_and_another_key_others(tmp_path):
    first, again = (Pseudonyms.load(tmp_path / "key") for _ in range(2))
    other = Pseudonyms.load(tmp_path / "other")
    assert first.of("child", "c07") == again.of("child", "c07") != other.of("child", "c07")
    names = {first.of("child", f"c{i}") for i in range(20_000)}
    assert len(names) == 20_000


def test_days_of_one_child_keep_their_distances():
    names = Pseudonyms(bytes(32))
    first, second = (
        names.timeline(
            Timeline(
                f"d{day}",
                clock_start=datetime.fromisoformat(f"2024-05-{day:02d}T09:00"),
                child=Child("c", "x"),
            )
        )
        for day in (1, 21)
    )
    assert first.clock_start is not None
    assert second.clock_start is not None
    assert (second.clock_start - first.clock_start).days == 20


def test_a_file_that_is_no_key_is_refused(tmp_path: Path) -> None:
    (tmp_path / "key").write_text("secret", "utf-8")
    with pytest.raises(ConfigError, match="no key of pseudonyms"):
        Pseudonyms.load(tmp_path / "key")


def shares(archive: Path, day: Timeline, *words: object) -> Path:
    """Export one recording, and return the folder."""
    annotations.write(day, archive / "segments/day.parquet")
    out = archive / f"shared{len(list(archive.glob('shared*')))}"
    sound = ("--recordings", archive / "days")
    assert command("export", archive / "segments", "--out", out, *sound, *words) == 0
    return out


@pytest.mark.parametrize("hidden", [False, True])
def test_other_children_are_muted_though_their_segments_have_classes(
    archive: Path, *, hidden: bool
) -> None:
    own = Segment(1.0, 2.0, "Crying", speaker="CHI")
    sibling = Segment(3.0, 4.0, "Crying", speaker="OCH")
    words = ("--pseudonyms", archive / "key") if hidden else ()
    day = replace(DAY, segments=(own, sibling))
    out = shares(archive, day, "--child-only", "--features-only", *words)
    (path,) = out.rglob("*.wav")
    samples = heard_in(path)
    assert samples[17_000:31_000].any()
    assert not samples[40_000:].any()
    assert pq.read_table(out / "features.parquet")["onset_s"].to_pylist() == [1.0]


def test_pseudonyms_keep_classes_and_neither_transcriptions_nor_tiers(archive: Path) -> None:
    said = Segment(
        1.0, 2.0, "mama Annabel", speaker="CHI", tier="A@Annabel", attributes={"vcm_type": "C"}
    )
    remark = Segment(3.0, 4.0, "Annabel drinks", tier="remarks of Smithlab")
    day = replace(DAY, segments=(said, remark))
    hidden = Pseudonyms(bytes(32)).timeline(day)
    assert [s.label for s in hidden.segments] == ["Canonical", None]
    assert not any(name in str(hidden) for name in NAMES)
    out = shares(archive, day, "--eaf", "--pseudonyms", archive / "key")
    (path,) = out.glob("*.eaf")
    assert ">Canonical</ANNOTATION_VALUE>" in path.read_text("utf-8")


def test_the_table_of_names_grows_with_every_export_of_the_key(archive: Path) -> None:
    key = archive / "key"
    shares(archive, DAY, "--eaf", "--pseudonyms", key)
    source = archive / "days/Annabel/homevisit_20240501_0930.wav"
    source.rename(source.with_name("second.wav"))
    for _ in range(2):
        shares(archive, replace(DAY, recording_id="Annabel/second"), "--eaf", "--pseudonyms", key)
    table = archive / "key.names.csv"
    with table.open(encoding="utf-8", newline="") as stream:
        names = [row["recording_id"] for row in csv.DictReader(stream)]
    assert names == [DAY.recording_id, "Annabel/second"]
    assert stat.S_IMODE(table.stat().st_mode) == 0o600


def test_a_file_that_is_no_table_of_names_is_not_replaced(archive: Path) -> None:
    (archive / "key.names.csv").write_text("mine\n", "utf-8")
    words = ("export", archive / "segments", "--eaf", "--out", archive / "shared")
    assert command(*words, "--pseudonyms", archive / "key") != 0
    assert (archive / "key.names.csv").read_text("utf-8") == "mine\n"


def test_the_key_is_not_written_into_the_shared_folder(archive: Path) -> None:
    words = ("export", archive / "segments", "--eaf", "--out", archive / "shared")
    assert command(*words, "--pseudonyms", archive / "shared/key") != 0
    assert not (archive / "shared").exists()
