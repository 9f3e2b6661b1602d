"""All recordings of the default model are rebuilt from stand-ins of their sources.

scripts/test_fetch_recordings.sh calls this. The original clips are needed. The Debian package is
the real one; the git repositories hold stand-ins (see source_stand_ins.py).
"""

import argparse
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final

import numpy as np
import yaml
from numpy.typing import NDArray

from scripts.fetch_recordings.checks import read_samples
from scripts.fetch_recordings.clips import cut, decode
from scripts.fetch_recordings.tables import SETS, Row, read_csv, read_rows
from scripts.system_tests.source_stand_ins import write_stand_ins
from vocalbaby.pipeline.ingestion import run_ingestion
from vocalbaby.pipeline.workspace import Workspace

__all__ = ["main"]

CONFIGS: Final = Path("configs/default_model")
#: Encodings of the kinds that the sources have: suffix, rate, options of ffmpeg.
ENCODINGS: Final = (
    ("3gp", 8_000, ("-c:a", "libopencore_amrnb", "-b:a", "12.2k")),
    ("caf", 44_100, ("-c:a", "pcm_s16le")),
    ("caf", 44_100, ("-c:a", "alac")),
    ("ogg", 44_100, ("-c:a", "libvorbis", "-b:a", "192k")),
    ("mp3", 44_100, ("-c:a", "libmp3lame", "-b:a", "64k")),
    ("wav", 44_100, ("-c:a", "pcm_s16le")),
)


def main(arguments: Sequence[str] | None = None) -> int:
    """Run all tests; an exception is a failure."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--data", type=Path, default=Path("../shared/data"))
    data: Path = parser.parse_args(arguments).data.resolve()
    with tempfile.TemporaryDirectory() as folder:
        work = Path(folder)
        cutting(data)
        decoding(work)
        rebuilding(data, work)
    return 0


def cutting(data: Path) -> None:
    """Clips are cut from the uncut recordings, which already are at 16 kHz and normalised."""
    names = {path.stem: path for path in (data / "long").glob("*.wav")}
    equal = 0
    for row in read_rows(CONFIGS / "sources", ["lyoncry", "esc10"]):
        prefix = {"lyoncry": "LyonCry_", "esc10": "ESC10_"}[row.repository.key]
        letters = "".join(each for each in Path(row.path).name if each.isalnum())
        if place := names.get(prefix + letters):
            clip = cut(read_samples(place) / 32_768, row.start, row.check.n_samples)
            require(row.check.rms_difference(clip) == 0, f"{row.clip_id} is not in {place.name}")
            equal += 1
    require(equal == 75, f"{equal} clips have an uncut recording")
    print(f"{equal} clips are equal to parts of uncut recordings", flush=True)


def decoding(work: Path) -> None:
    """Files are decoded and resampled as by ffmpeg, which made the original clips."""
    rng = np.random.default_rng(15)
    for suffix, rate, options in ENCODINGS:
        path = work / f"sound.{suffix}"
        seconds = np.arange(3 * rate) / rate
        sweep = np.sin(2 * np.pi * (200 + 400 * seconds) * seconds)
        sound = (0.3 * sweep + rng.normal(0, 0.05, len(seconds))).astype("<f4")
        raw = ("-f", "f32le", "-ar", str(rate), "-ac", "1", "-i", "-")
        ffmpeg(*raw, *options, str(path), given=sound.tobytes())
        resample = ("-af", "aresample=16000:resampler=soxr:precision=28", "-f", "f32le", "-")
        theirs = np.frombuffer(ffmpeg("-i", str(path), *resample), "<f4")
        ours = decode(path.read_bytes(), normalised=False)
        require(len(ours) == len(theirs), f"{path.name}: {len(ours)} and {len(theirs)} samples")
        most = float(np.abs(ours - theirs).max() * 32_768)
        print(f"{suffix} ({options[1]}): at most {most:.2f} steps from ffmpeg", flush=True)
        require(most < 0.1, f"{path.name} is decoded in another way than by ffmpeg")


def ffmpeg(*arguments: str, given: bytes = b"") -> bytes:
    """Run ffmpeg and return its output."""
    command = ["ffmpeg", "-y", "-v", "error", *arguments]
    return subprocess.run(command, input=given, capture_output=True, check=True).stdout


def rebuilding(data: Path, work: Path) -> None:
    """The clips are fetched with git and apt, then again from a folder, and are the originals."""
    public, tables = work / "public", work / "tables"
    rows = read_rows(CONFIGS / "sources")
    commits = write_stand_ins(rows, data, public)
    shutil.copytree(CONFIGS / "sources", tables)
    for name in (f"{each.prefix}sources.csv" for each in SETS):
        text = (tables / name).read_text(encoding="utf-8")
        for pinned, local in commits.items():
            text = text.replace(pinned, local)
        (tables / name).write_text(text, encoding="utf-8")
    fixed = ("--tables", str(tables), "--cache", str(work / "cache"))
    first = work / "fetched"
    # The first run is interrupted by a missing source, the second goes on.
    (public / "IBM").rename(work / "IBM")
    fetch(first, public, *fixed, expect=1)
    (work / "IBM").rename(public / "IBM")
    fetch(first, public, *fixed)
    compare(rows, data, first)
    second = work / "from_folder"
    for package in (work / "cache").glob("*.deb"):
        shutil.copy(package, public)
    fetch(second, public, *fixed, "--sources", str(public))
    compare(rows, data, second)
    ingested(data, first, work)


def fetch(out: Path, public: Path, *arguments: str, expect: int = 0) -> None:
    """Run scripts/fetch_recordings.sh with the local repositories in place of GitHub."""
    instead = {
        "GIT_CONFIG_COUNT": "1",
        "GIT_CONFIG_KEY_0": f"url.{public.as_uri()}/.insteadOf",
        "GIT_CONFIG_VALUE_0": "https://github.com/",
    }
    command = ["scripts/fetch_recordings.sh", str(out), *arguments]
    done = subprocess.run(command, check=False, env={**os.environ, **instead})
    require(done.returncode == expect, f"{command} ended with {done.returncode}")
    report = read_csv(out / "fetch_report.csv")
    require(len(report) == 1_663, f"the report has {len(report)} rows")


def compare(rows: list[Row], data: Path, out: Path) -> None:
    """Compare all clips with the originals, sample by sample."""
    equal = rounded = 0
    for row in rows:
        name = Path(row.clips.folder) / row.clip_id
        ours, theirs = read_samples(out / name), read_samples(data / name)
        require(len(ours) == len(theirs), f"{name} has {len(ours)} samples, not {len(theirs)}")
        most = steps(ours, theirs)
        require(most <= 1, f"{name} differs by {most} steps")
        equal, rounded = equal + (most == 0), rounded + (most == 1)
    print(f"{len(rows)} clips: {equal} are equal, {rounded} differ by one step", flush=True)
    there = sum(len(list((out / each.folder).iterdir())) for each in SETS)
    require(there == len(rows), f"{there} files")


def steps(ours: NDArray[np.int16], theirs: NDArray[np.int16]) -> int:
    """Return the largest difference of two clips."""
    return int(np.abs(ours.astype(int) - theirs).max(initial=0))


def ingested(data: Path, fetched: Path, work: Path) -> None:
    """The stage ingestion makes the same manifest of both folders."""
    manifests = []
    for folder in (data, fetched):
        config = work / f"config_{folder.name}"
        config.mkdir()
        settings = yaml.safe_load((CONFIGS / "data.yaml").read_text(encoding="utf-8"))
        ingestion: dict[str, Any] = settings["ingestion"]
        ingestion["sources"] = [
            {
                **source,
                **{key: str(folder / Path(source[key]).name) for key in ("csv", "wav_folder")},
            }
            for source in ingestion["sources"]
            if str(source.get("csv", "")).startswith("../shared/data/")
        ]
        require(len(ingestion["sources"]) == len(SETS), "data.yaml has other recordings")
        (config / "data.yaml").write_text(yaml.safe_dump(settings), encoding="utf-8")
        run_ingestion(Workspace(config, work / f"artifacts_{folder.name}"))
        table = work / f"artifacts_{folder.name}" / "ingestion" / "manifest.csv"
        manifests.append(read_csv(table))
    theirs, ours = ([without_path(row) for row in rows] for rows in manifests)
    require(ours == theirs, "the manifests differ")
    print(f"the manifests are equal: {len(ours)} rows", flush=True)


def without_path(row: dict[str, str]) -> dict[str, str]:
    """Return the row without the place of the file."""
    return {key: value for key, value in row.items() if key != "path"}


def require(true: bool, message: str) -> None:  # noqa: FBT001 - a condition
    """Fail with a message."""
    if not true:
        raise SystemExit(f"fetched_recordings: {message}")


if __name__ == "__main__":
    sys.exit(main())
