"""Clips are rebuilt from a local repository; what is wrong with it is a reason in the report."""

import csv
import shutil
from collections.abc import Iterable
from pathlib import Path

import numpy as np
import pytest

from scripts.fetch_recordings import run
from scripts.fetch_recordings.checks import read_samples
from scripts.fetch_recordings.tests import sources
from scripts.fetch_recordings.tests.sources import FILES, NAME, PLACES, UNUSED, A, B
from vocalbaby.audio import wav_bytes


class Setting:
    """Folders of a test: a repository, tables, and what is fetched."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.repository = folder / "public" / NAME
        self.tables = folder / "tables"
        self.out = folder / "data"
        self.commit = sources.commit_files(self.repository, FILES)
        self.use(self.commit)

    def use(self, commit: str, places: Iterable[sources.Place] = PLACES) -> None:
        """Write tables that pin a commit."""
        address = self.repository.as_uri()
        sources.write_tables(self.tables, address, commit, tuple(places))

    def fetch(self, *arguments: str) -> int:
        """Run the command line."""
        fixed = ("--tables", str(self.tables), "--cache", str(self.folder / "cache"))
        return run.main([str(self.out), *fixed, *arguments])

    def report(self) -> dict[str, dict[str, str]]:
        """The rows of the report by the names of the clips."""
        with (self.out / "fetch_report.csv").open(newline="") as stream:
            return {row["clip_ID"]: row for row in csv.DictReader(stream)}

    def reasons(self) -> dict[str, str]:
        """The reasons of the clips that failed."""
        failed = [row for row in self.report().values() if row["state"] == "failed"]
        return {row["clip_ID"]: row["reason"] for row in failed}

    def made(self) -> set[str]:
        """The clips in the folder."""
        return {path.name for path in self.out.glob("*/*")}


@pytest.fixture(autouse=True)
def _no_settings_of_the_machine(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("GIT_CONFIG_NOSYSTEM", "1")
    monkeypatch.setenv("HOME", str(tmp_path))


@pytest.fixture
def place(tmp_path: Path) -> Setting:
    return Setting(tmp_path)


def test_clips_are_rebuilt_with_their_tables(
    place: Setting, capsys: pytest.CaptureFixture[str]
) -> None:
    assert place.fetch() == 0
    for each in PLACES:
        folder, name, _, _ = each
        assert (read_samples(place.out / folder / name) == sources.samples_of(each)).all()
    said = capsys.readouterr().out
    assert "3 clips (0.0 MB) from 2 files" in said
    assert "licence: MIT" in said
    assert place.commit in said
    assert "3 made, 0 already there, 0 failed; 3 are equal to the originals" in said
    labels = (place.out / "metadata.csv").read_text()
    assert labels == "clip_ID,child_ID,Answer\na1.wav,kid,Crying\na2.wav,kid,Crying\n"
    assert not (place.out / "donateacry_metadata.csv").exists()  # there are no such clips
    assert f"| {NAME} | MIT | The lab |" in (place.out / "LICENCES.md").read_text()


def test_only_the_files_that_are_needed_are_fetched(place: Setting) -> None:
    place.fetch()
    cache = place.folder / "cache" / "cries.git"
    listed = sources.git(cache, "cat-file", "--batch-all-objects", "--batch-check=%(objectname)")
    names = {path: sources.git(place.repository, "rev-parse", f"HEAD:{path}") for path in FILES}
    assert {path for path, name in names.items() if name in listed} == {A, B}


def test_a_second_run_makes_only_what_is_missing_or_wrong(
    place: Setting, capsys: pytest.CaptureFixture[str]
) -> None:
    place.fetch()
    shutil.rmtree(place.repository)  # nothing is fetched twice
    (place.out / "clips" / "a1.wav").unlink()
    (place.out / "hard" / "b1.wav").write_bytes((place.out / "clips" / "a2.wav").read_bytes())
    kept = (place.out / "clips" / "a2.wav").stat().st_mtime_ns
    assert place.fetch() == 0
    assert "2 made, 1 already there, 0 failed" in capsys.readouterr().out
    assert (place.out / "clips" / "a2.wav").stat().st_mtime_ns == kept
    states = {name: row["state"] for name, row in place.report().items()}
    assert states == {"a1.wav": "made", "a2.wav": "already there", "b1.wav": "made"}


def test_nothing_is_written_where_all_is_right(place: Setting) -> None:
    place.fetch()
    before = {path: path.stat().st_mtime_ns for path in place.out.rglob("*")}
    assert place.fetch() == 0
    assert {path: path.stat().st_mtime_ns for path in place.out.rglob("*")} == before


def test_a_repository_without_the_commit_fails_every_row(place: Setting) -> None:
    place.use("0" * 40)
    assert place.fetch() == 1
    assert len(place.reasons()) == 3
    for reason in place.reasons().values():
        assert reason.startswith("git failed: fatal: ")
        assert "upload-pack: not our ref" in reason
    assert place.made() == set()


def test_the_other_clips_are_made_when_some_fail(place: Setting) -> None:
    pointer = b"version https://git-lfs.github.com/spec/v1\noid sha256:00\nsize 9\n"
    commit = sources.commit_files(
        place.repository, {"pointer.wav": pointer, "text.wav": b"no sound at all"}
    )
    places = (
        *PLACES,
        ("clips", "gone.wav", "no/such.wav", "0"),
        ("clips", "pointer.wav", "pointer.wav", "0"),
        ("clips", "text.wav", "text.wav", "0"),
        ("clips", "late.wav", A, "0.9"),
        ("clips", "other.wav", B, "0.1"),
        ("clips", "../out.wav", A, "0"),
    )
    place.use(commit, places)
    # The original of this clip is a part of another recording.
    checks = (place.tables / "checks.csv").read_text().replace("clips,other.wav", "clips,x.wav")
    of_a1 = next(line for line in checks.splitlines() if line.startswith("clips,a1.wav"))
    (place.tables / "checks.csv").write_text(checks + of_a1.replace("a1.wav", "other.wav") + "\n")
    assert place.fetch() == 1
    reasons = place.reasons()
    assert reasons.pop("gone.wav") == "the commit has no such file"
    assert "pointer of Git LFS" in reasons.pop("pointer.wav")
    assert "cannot be decoded" in reasons.pop("text.wav")
    late = reasons.pop("late.wav")
    assert late == "the source lasts 1.000 s, but the clip ends at 1.150 s"
    assert "differs from the original by about" in reasons.pop("other.wav")
    assert reasons == {"../out.wav": "the clip's name is not the name of a file"}
    assert len(place.report()) == len(places)
    assert place.made() == {"a1.wav", "a2.wav", "b1.wav"}
    labels = (place.out / "metadata.csv").read_text()
    assert "gone.wav" not in labels
    assert "a1.wav" in labels


@pytest.mark.parametrize("name", [NAME, "Cries", "Cries.git", f"{NAME}.git"])
def test_a_clone_gives_the_pinned_files_whatever_its_work_tree_has(
    place: Setting, name: str
) -> None:
    clone = place.folder / "sources" / name
    bare = ["--bare"] if name.endswith(".git") else []
    sources.git(place.folder, "clone", "--quiet", *bare, str(place.repository), str(clone))
    if not bare:
        sources.commit_files(clone, {A: FILES[UNUSED]})
        (clone / B).unlink()
    assert place.fetch("--sources", str(place.folder / "sources")) == 0
    assert not (place.folder / "cache").exists()


def test_a_clone_without_the_commit_is_named(place: Setting) -> None:
    clone = place.folder / "sources" / "Cries"
    sources.git(place.folder, "clone", "--quiet", str(place.repository), str(clone))
    place.use(sources.commit_files(place.repository, {"new": b"1"}))
    assert place.fetch("--sources", str(place.folder / "sources")) == 1
    assert all("does not have the commit" in reason for reason in place.reasons().values())


def test_a_changed_file_of_an_unpacked_archive_is_found(place: Setting) -> None:
    folder = place.folder / "sources" / f"Cries-{place.commit}"
    shutil.copytree(place.repository, folder, ignore=lambda *_: [".git"])
    (folder / B).write_bytes(FILES[UNUSED])
    assert place.fetch("--sources", str(folder.parent)) == 1
    assert list(place.reasons()) == ["b1.wav"]
    assert "differs from the original" in place.reasons()["b1.wav"]
    shutil.rmtree(folder)
    assert place.fetch("--sources", str(folder.parent)) == 1
    assert "has no folder lab/Cries, Cries, Cries-" in place.reasons()["b1.wav"]
    assert place.report()["a1.wav"]["state"] == "already there"


def test_a_clip_within_the_rounding_is_kept(
    place: Setting, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = place.folder / "sources" / "Cries"
    folder.mkdir(parents=True)
    whole = np.frombuffer(FILES[A][-4 * 44_100 :], "<f4")
    (folder / A).parent.mkdir()
    louder = whole + np.float32(0.2 / 32_768) * np.sign(whole)
    (folder / A).write_bytes(wav_bytes(louder, 44_100))
    (folder / B).write_bytes(FILES[B])
    assert place.fetch("--sources", str(folder.parent)) == 0
    assert "1 are equal to the originals, 2 within the rounding" in capsys.readouterr().out
    assert 0 < float(place.report()["a1.wav"]["rms_difference"]) < 1.5


def test_the_list_writes_nothing(place: Setting, capsys: pytest.CaptureFixture[str]) -> None:
    assert place.fetch("--list") == 0
    said = capsys.readouterr().out
    assert "cries: 3 clips" in said
    assert "other" not in said
    assert not place.out.exists()
    assert not (place.folder / "cache").exists()


def test_unknown_sources_and_tables_are_errors(
    place: Setting, capsys: pytest.CaptureFixture[str]
) -> None:
    assert place.fetch("--only", "cries,crows") == 2
    assert "unknown: crows; known: cries, other" in capsys.readouterr().err
    (place.tables / "checks.csv").unlink()
    assert place.fetch() == 2


def test_labels_of_other_clips_are_kept(place: Setting, capsys: pytest.CaptureFixture[str]) -> None:
    place.out.mkdir()
    labels = place.out / "metadata.csv"
    labels.write_text("clip_ID,child_ID,Answer\nmine.wav,kid,Junk\na1.wav,kid,Junk\n")
    assert place.fetch() == 0
    names = [line.split(",")[0] for line in labels.read_text().splitlines()]
    assert names == ["clip_ID", "a1.wav", "a2.wav", "mine.wav"]
    assert "a1.wav,kid,Crying" in labels.read_text()
    (place.out / "clips" / "a1.wav").unlink()
    labels.write_text("clip_ID,other\nmine.wav,1\n")
    assert place.fetch() == 2
    assert "has other columns" in capsys.readouterr().err
    assert labels.read_text() == "clip_ID,other\nmine.wav,1\n"


def test_ctrl_c_leaves_no_half_clip_and_the_next_run_goes_on(
    place: Setting, monkeypatch: pytest.MonkeyPatch
) -> None:
    def stop(path: Path, *_: object, **__: object) -> None:
        path.write_bytes(b"RIFF")
        raise KeyboardInterrupt

    with monkeypatch.context() as patched:
        patched.setattr("scripts.fetch_recordings.making.soundfile.write", stop)
        assert place.fetch() == 130
    assert not list(place.out.glob("*/*.wav"))
    assert place.fetch() == 0
    assert place.made() == {"a1.wav", "a2.wav", "b1.wav"}
