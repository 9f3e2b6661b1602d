"""`vocalbaby synthesize` writes a labelled corpus that the adapters read, and loses nothing."""

import csv
import re
import shlex
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from vocalbaby import annotations
from vocalbaby.audio import load, open_recording
from vocalbaby.corpora.babblecor import babblecor
from vocalbaby.corpora.folder import folder
from vocalbaby.entity.labels import CLASSES
from vocalbaby.utils import progress_bars

Vocalbaby = Callable[..., Any]

DOCUMENTED = sorted(
    {
        line
        for page in Path("docs").glob("*.md")
        for line in re.findall("(?m)^ +vocalbaby (synthesize .+)$", page.read_text("utf-8"))
    }
)


def files(root: Path) -> dict[str, bytes]:
    return {
        path.relative_to(root).as_posix(): path.read_bytes()
        for path in root.rglob("*")
        if path.is_file()
    }


@pytest.fixture
def clips(vocalbaby: Vocalbaby, tmp_path: Path) -> Path:
    """Three clips per class of seed 1."""
    run = vocalbaby("synthesize", tmp_path / "clips", "--per-class", 3, "--seed", 1)
    assert run.code == 0, run.err
    assert run.out.startswith("15 clips of Canonical, Non-canonical, Crying, Laughing, Junk")
    return tmp_path / "clips"


def test_the_folder_adapter_reads_every_clip_with_its_label(clips: Path) -> None:
    manifest = folder(clips, corpus="synthetic")
    assert Counter(record.Answer for record in manifest.records) == dict.fromkeys(CLASSES, 3)
    assert len({record.child_ID for record in manifest.records}) == 3
    # The table is the only file that is not a clip.
    assert [(r.row, r.code) for r in manifest.rejections] == [("metadata.csv", "not_audio")]


def test_the_table_describes_the_same_clips(clips: Path) -> None:
    with (clips / "metadata.csv").open(newline="") as stream:
        columns = csv.DictReader(stream).fieldnames
    assert columns == [
        "clip_ID",
        "child_ID",
        "Answer",
        "age_mo_round",
        "child_gender",
        "corpus",
    ]
    manifest = babblecor(clips / "metadata.csv", clips)
    assert manifest.rejections == ()
    by_folder = folder(clips, corpus="synthetic").records
    same = ("clip_ID", "child_ID", "Answer", "corpus", "path", "duration_s", "sha256")
    assert sorted([getattr(r, name) for name in same] for r in manifest.records) == sorted(
        [getattr(r, name) for name in same] for r in by_folder
    )
    for record in manifest.records:
        assert record.age_mo_round is not None
        assert 4 <= record.age_mo_round <= 30
        assert record.child_gender in {"F", "M"}


def test_the_same_seed_gives_the_same_bytes(
    vocalbaby: Vocalbaby, clips: Path, tmp_path: Path
) -> None:
    assert vocalbaby("synthesize", tmp_path / "again", "-n", 3, "--seed", 1).code == 0
    assert files(tmp_path / "again") == files(clips)
    assert vocalbaby("synthesize", tmp_path / "other", "-n", 3, "--seed", 2).code == 0
    assert not set(files(tmp_path / "other").values()) & set(files(clips).values())


def test_more_clips_and_fewer_classes_do_not_change_a_clip(
    vocalbaby: Vocalbaby, clips: Path, tmp_path: Path
) -> None:
    out = tmp_path / "out"
    run = vocalbaby("synthesize", out, "-n", 4, "--seed", 1, "--classes", "laughing, Junk")
    assert run.code == 0, run.err
    more, before = files(out), files(clips)
    assert Counter(name.split("/")[0] for name in more) == {
        "Laughing": 4,
        "Junk": 4,
        "metadata.csv": 1,
    }
    kept = [name for name in before if name.startswith(("Laughing", "Junk"))]
    assert len(kept) == 6
    assert all(more[name] == before[name] for name in kept)


def test_duration_and_ages_are_those_of_every_clip(vocalbaby: Vocalbaby, tmp_path: Path) -> None:
    options = ("--duration", 0.7, "--age-months", 9, 9, "--clean")
    assert vocalbaby("synthesize", tmp_path / "out", "-n", 1, *options).code == 0
    records = babblecor(tmp_path / "out" / "metadata.csv", tmp_path / "out").records
    assert [(r.duration_s, r.age_mo_round) for r in records] == [(0.7, 9)] * 5


def test_clean_clips_are_of_one_level(vocalbaby: Vocalbaby, tmp_path: Path) -> None:
    levels = {}
    for option in ("--clean", "--seed=0"):
        out = tmp_path / option
        assert vocalbaby("synthesize", out, "-n", 2, "--duration", 0.5, option).code == 0
        levels[option] = [float(load(p).samples.std()) for p in sorted(out.rglob("*.wav"))]
    assert max(levels["--clean"]) < 1.3 * min(levels["--clean"])
    assert max(levels["--seed=0"]) > 2 * min(levels["--seed=0"])


def test_a_folder_that_is_not_empty_is_refused_and_kept(
    vocalbaby: Vocalbaby, tmp_path: Path
) -> None:
    (tmp_path / "notes.txt").write_text("Notes.\n")
    run = vocalbaby("synthesize", tmp_path)
    assert run.code == 2
    assert "is not empty" in run.err
    assert files(tmp_path) == {"notes.txt": b"Notes.\n"}
    run = vocalbaby("synthesize", tmp_path / "notes.txt")
    assert run.code == 2
    assert "is not a folder" in run.err


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (("--classes", "Crying,Sneezing"), "There is no class 'Sneezing'"),
        (("--classes", ","), "There is no class in --classes"),
        (("--age-months", 20, 3), "20 to 3 months"),
        (("--age-months", 3, 99), "--age-months"),
        (("--per-class", 0), "--per-class"),
        (("--seed", -1), "--seed"),
        (("--duration", 11), "--duration"),
    ],
)
def test_an_option_that_cannot_be_used_writes_nothing(
    vocalbaby: Vocalbaby, tmp_path: Path, options: tuple[object, ...], message: str
) -> None:
    run = vocalbaby("synthesize", tmp_path / "out", *options)
    assert run.code == 2
    assert message in run.err
    assert "Traceback" not in run.err
    assert not (tmp_path / "out").exists()


def test_progress_counts_the_clips(
    vocalbaby: Vocalbaby, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    calls: list[tuple[str, int, int]] = []

    @contextmanager
    def noted() -> Iterator[Callable[[str, int, int], None]]:
        yield lambda task, done, total: calls.append((task, done, total))

    monkeypatch.setattr(progress_bars, "progress_bars", noted)
    assert vocalbaby("synthesize", tmp_path / "out", "-n", 2, "--classes", "Junk").code == 0
    assert calls == [("synthesize", 1, 2), ("synthesize", 2, 2)]


@pytest.mark.parametrize("line", DOCUMENTED)
def test_the_commands_of_the_documentation_write_clips(
    vocalbaby: Vocalbaby, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, line: str
) -> None:
    monkeypatch.chdir(tmp_path)
    shorter = re.sub(r"--day [\d.]+", "--day 0.02", line)
    command, out, *options = shlex.split(shorter)
    run = vocalbaby(command, out, *options)
    assert run.code == 0, run.err
    written, per_class = len(list(Path(out).rglob("*.wav"))), re.search(r"--per-class (\d+)", line)
    clips = {n * int(per_class[1] if per_class else 10) for n in (1, 5)}
    assert written in ({1} if "--day" in options else clips)


def test_the_documentation_has_commands() -> None:
    assert len(DOCUMENTED) >= 4


def test_a_day_is_one_recording_with_its_true_segments(
    vocalbaby: Vocalbaby, tmp_path: Path
) -> None:
    runs = [vocalbaby("synthesize", tmp_path / n, "--day", 0.05, "--seed", 4) for n in "ab"]
    assert [run.code for run in runs] == [0, 0], runs[0].err
    assert files(tmp_path / "a") == files(tmp_path / "b")
    with open_recording(tmp_path / "a" / "day.wav") as recording:
        blocks = list(recording.blocks())
    assert sum(map(len, blocks)) == 180 * 16_000
    (of_rttm,) = annotations.read(tmp_path / "a" / "day.rttm")
    (of_csv,) = annotations.read(tmp_path / "a" / "day.csv")
    assert [(s.onset_s, s.label) for s in of_rttm.segments] == [
        (s.onset_s, s.label) for s in of_csv.segments
    ]
    assert of_csv.segments
    assert of_csv.duration_s == 180
    assert "segments in" in runs[0].out


def test_a_day_that_no_wav_file_holds_is_refused(vocalbaby: Vocalbaby, tmp_path: Path) -> None:
    run = vocalbaby("synthesize", tmp_path / "out", "--day", 40)
    assert run.code == 2
    assert "at most 37.3 hours" in run.err
    assert not (tmp_path / "out").exists()
