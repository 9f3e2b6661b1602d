"""The recordings of a folder, a ChildProject folder and a bucket, by the same rules."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import boto3
import numpy as np
import pytest

from vocalbaby import audio, inference
from vocalbaby.audio import write_wav
from vocalbaby.corpus.archive import ArchiveRecording, given_segments, open_archive
from vocalbaby.corpus.archive.its_metadata import its_metadata
from vocalbaby.corpus.archive.sources import open_source
from vocalbaby.exception import ConfigError, DataError, DataNotFoundError

Upload = Callable[[Path, str], None]


def listed(url: str | Path) -> dict[str, ArchiveRecording]:
    found = open_archive(str(url)).recordings
    assert len({each.recording_id for each in found}) == len(found)
    return {each.recording_id: each for each in found}


def test_each_file_of_a_project_is_used_lost_or_passed_over(project: Path) -> None:
    found = listed(project)
    assert {name: (each.reason, each.lost) for name, each in found.items()} == {
        "README": ("not_audio", False),
        "c1/day1": ("", False),
        "c1/notes.txt": ("not_audio", False),
        "c1/noisy.wav": ("discarded", False),
        "c2/gone": ("missing", True),
        "unlisted": ("", False),
    }
    day = found["c1/day1"]
    assert day.child is not None
    assert day.clock_start is not None
    assert (day.child.child_id, day.corpus, day.duration_hint_s) == ("c1", "lab", 1.0)
    assert (day.size_bytes, day.clock_start.isoformat()) == (64_044, "2024-05-01T09:30:00")
    assert day.its == str(project / "annotations/its/raw/day1.its")
    assert found["c2/gone"].child is not None  # its record is that of the child
    assert "metadata/recordings.csv lists it" in found["c2/gone"].message


def test_a_bucket_lists_the_same_as_the_folder(project: Path, upload: Upload) -> None:
    upload(project, "days/project")
    in_bucket, in_folder = listed("s3://archive/days/project"), listed(project)
    assert list(in_bucket) == list(in_folder)
    root = "s3://archive/days/project"
    for name, each in in_bucket.items():
        assert each.url.startswith(f"{root}/recordings/raw/")
        expected = in_folder[name]
        here = replace(each, url="", message="", hint="", its=None)
        assert here == replace(expected, url="", message="", hint="", its=None)
    assert in_bucket["c1/day1"].its == f"{root}/annotations/its/raw/day1.its"
    known = its_metadata(in_bucket["c1/day1"].its or "")
    assert known.clock is not None
    assert known.clock.isoformat() == "2024-05-01T09:30:00+00:00"


def test_a_bucket_without_tables_and_with_unusual_names(tmp_path: Path, upload: Upload) -> None:
    for name in ("a day (1).wav", "sub/\u00e9t\u00e9 +1.wav", "sub/.hidden.wav", "sub/x.zip"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        write_wav(tmp_path / name, np.zeros(1600, np.float32), 16_000)
    upload(tmp_path, "plain")
    boto3.client("s3").put_object(Bucket="archive", Key="plain/empty/", Body=b"")
    found = {name: each.reason for name, each in listed("s3://archive/plain").items()}
    assert found == {
        "a day (1)": "",
        "sub/.hidden.wav": "hidden",
        "sub/x.zip": "archive",
        "sub/\u00e9t\u00e9 +1": "",
    }
    top = open_archive("s3://archive/plain", recursive=False).recordings
    assert [(e.recording_id, e.reason) for e in top] == [("a day (1)", ""), ("sub", "subfolder")]
    with pytest.raises(DataNotFoundError, match="There is no object below s3://archive/other"):
        open_archive("s3://archive/other")


@pytest.mark.parametrize("suffix", ["wav", "flac", "m4a"])
def test_sound_of_a_bucket_is_that_of_the_file(suffix: str, tmp_path: Path, upload: Upload) -> None:
    rng = np.random.default_rng(0)
    sound = rng.normal(0, 0.05, 32_000).astype(np.float32)
    path = tmp_path / f"day.{suffix}"
    _encode(path, sound)
    upload(tmp_path, "sound")
    (found,) = open_archive("s3://archive/sound").recordings
    with open_source(found.url) as source, audio.open_recording(source) as recording:
        there = np.concatenate(list(recording.blocks()))
    with audio.open_recording(path) as recording:
        here = np.concatenate(list(recording.blocks()))
    np.testing.assert_array_equal(there, here)


def _encode(path: Path, sound: np.ndarray) -> None:
    if path.suffix == ".wav":
        write_wav(path, sound, 16_000)
    elif path.suffix == ".flac":
        import soundfile  # noqa: PLC0415 - as the other writers of tests

        soundfile.write(path, sound, 16_000)
    else:
        import av  # noqa: PLC0415

        with av.open(str(path), "w") as container:
            stream = container.add_stream("aac", rate=16_000, layout="mono")
            frame = av.AudioFrame.from_ndarray(sound[None], "fltp", "mono")
            frame.sample_rate = 16_000
            for packet in (*stream.encode(frame), *stream.encode(None)):
                container.mux(packet)


def test_a_recording_of_a_bucket_crosses_the_network_once(
    tmp_path: Path, upload: Upload, monkeypatch: pytest.MonkeyPatch
) -> None:
    sound = np.random.default_rng(0).normal(0, 0.01, 1_600_000).astype(np.float32)
    write_wav(tmp_path / "day.wav", sound, 16_000)  # 6.4 MB, more than a request
    upload(tmp_path, "once")
    (found,) = open_archive("s3://archive/once").recordings
    with open_source(found.url) as source:
        assert not isinstance(source, Path)
        fetched: list[int] = []
        reader = source.raw  # type: ignore[attr-defined] # of BufferedReader
        fetch = reader._fetch

        def count(start: int, length: int) -> bytes:
            data: bytes = fetch(start, length)
            fetched.append(len(data))
            return data

        monkeypatch.setattr(reader, "_fetch", count)
        there = inference.segment(source, name="day", identity="size 1, tag a")
    assert sum(fetched) == (tmp_path / "day.wav").stat().st_size
    assert there.segments == inference.segment(tmp_path / "day.wav").segments


def test_recordings_of_one_stem_keep_their_suffixes(tmp_path: Path) -> None:
    for name in ("day.wav", "day.flac", "other.wav"):
        write_wav(tmp_path / name, np.zeros(1600, np.float32), 16_000)
    assert list(listed(tmp_path)) == ["day.flac", "day.wav", "other"]


def test_damaged_tables_are_an_error_in_both(project: Path, upload: Upload) -> None:
    (project / "metadata/recordings.csv").write_text("experiment,recording_filename\nlab,x.wav\n")
    upload(project, "damaged")
    for url in (str(project), "s3://archive/damaged"):
        with pytest.raises(DataError, match=r"metadata/recordings.csv, line 1: .* lacks child_id"):
            open_archive(url)


def test_a_set_of_annotations_gives_the_segments_of_each_recording(project: Path) -> None:
    (project / "metadata/annotations.csv").write_text(
        "set,recording_filename,time_seek,range_onset,range_offset,raw_filename,format\n"
        "vtc,c1/day1.wav,0,0,500,a.rttm,vtc_rttm\nvtc,c1/day1.wav,500,500,1000,b.rttm,vtc_rttm\n"
    )
    line = "SPEAKER day1 1 0.1 0.2 <NA> <NA> KCHI <NA> <NA>\n"
    (project / "annotations/vtc/raw").mkdir(parents=True)
    (project / "annotations/vtc/raw/a.rttm").write_text(line + line.replace("KCHI", "FEM"))
    (project / "annotations/vtc/raw/b.rttm").write_text(line)
    given = given_segments(str(project), "vtc")
    day = listed(project)["c1/day1"]
    found = given.of(day.url, day.recording_id)
    assert [(s.onset_s, s.offset_s) for s in found.segments] == [(0.1, 0.3), (0.6, 0.8)]
    assert (found.others, found.speakers) == (1, ("FEM", "KCHI"))
    with pytest.raises(DataNotFoundError, match="has no segments of c2/gone"):
        given.of(str(project / "recordings/raw/c2/gone.wav"), "c2/gone")
    with pytest.raises(DataNotFoundError, match="no set of annotations alice") as caught:
        given_segments(str(project), "alice")
    assert "has the sets vtc" in (caught.value.hint or "")
    with pytest.raises(ConfigError, match="sets of a bucket are not read"):
        given_segments("s3://archive/project", "vtc")
