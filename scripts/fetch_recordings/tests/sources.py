"""Makes a small public source and its tables: three recordings, and clips of them."""

import csv
import subprocess
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray

from scripts.fetch_recordings import clips
from scripts.fetch_recordings.checks import COLUMNS, Check
from scripts.fetch_recordings.tables import SETS
from vocalbaby.audio import wav_bytes

NAME: Final = "lab/Cries"
#: The bytes of each file of the repository.
FILES: Final = {
    f"wav files/{name}.wav": wav_bytes(
        np.random.default_rng(seed).uniform(-0.5, 0.7, 44_100).astype(np.float32), 44_100
    )
    for seed, name in enumerate(("a", "b", "c"))
}
A, B, UNUSED = FILES

#: Folder of a clip, its name, the path of its source, and its start in seconds.
Place = tuple[str, str, str, str]
PLACES: Final[tuple[Place, ...]] = (
    ("clips", "a1.wav", A, "0.07"),
    ("clips", "a2.wav", A, "0.5"),
    ("hard", "b1.wav", B, "0"),
)


def samples_of(place: Place, files: Mapping[str, bytes] = FILES) -> NDArray[np.int16]:
    """The clip of 0.25 s, made in one process as the originals were."""
    folder, _, path, start = place
    whole = clips.decode(files[path], normalised=folder != "hard")
    return clips.cut(whole, int(float(start) * 16_000), 4_000)


def write_tables(
    tables: Path, address: str, commit: str, places: Sequence[Place] = PLACES
) -> dict[str, Check]:
    """Write tables of one repository, and return the checks by the names of the clips."""
    tables.mkdir(exist_ok=True)
    header = "key,repository,address,sha256,licence,attribution\n"
    line = f"cries,{NAME},{address},,MIT,The lab\nother,Debian package x,x=1,00,CC0,Nobody\n"
    (tables / "repositories.csv").write_text(header + line)
    checks = {}
    with (tables / "checks.csv").open("w", newline="") as stream:
        writer = csv.writer(stream)
        writer.writerow(COLUMNS)
        for place in places:
            folder, name, path, start = place
            known = (folder, name, path if path in FILES else A, start)
            if float(start) > 0.75:  # is not in its source
                known = (folder, name, A, "0")
            check = checks[name] = Check.of_samples(samples_of(known))
            sums = " ".join(map(str, check.projections))
            writer.writerow((folder, name, check.n_samples, check.sha256, sums))
    for each in SETS:
        chosen = [place for place in places if place[0] == each.folder]
        rows = "".join(f"{c},{NAME},{commit},{p},{s},0.25\n" for _, c, p, s in chosen)
        first = "clip_ID,repository,commit,path,start_s,duration_s\n"
        (tables / f"{each.prefix}sources.csv").write_text(first + rows)
        labels = "".join(f"{c},kid,Crying\n" for _, c, _, _ in chosen) or "none.wav,kid,Junk\n"
        (tables / each.metadata).write_text("clip_ID,child_ID,Answer\n" + labels)
    return checks


def git(folder: Path, *arguments: str) -> str:
    """Run git as a certain author, whatever the settings of the machine."""
    who = ("-c", "user.name=A", "-c", "user.email=a@example.org", "-c", "commit.gpgsign=false")
    alone = ("-c", "maintenance.auto=false")  # a folder may be deleted at once
    command = ["git", "-C", str(folder), *who, *alone, *arguments]
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout.strip()


def commit_files(folder: Path, files: Mapping[str, bytes]) -> str:
    """Commit files to a repository that serves single commits and files, as GitHub does."""
    if not folder.exists():
        folder.mkdir(parents=True)
        git(folder, "init", "--quiet")
        git(folder, "config", "uploadpack.allowFilter", "true")
        git(folder, "config", "uploadpack.allowAnySHA1InWant", "true")
    for path, data in files.items():
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_bytes(data)
    git(folder, "add", "--all")
    git(folder, "commit", "--quiet", "--message", "sounds")
    return git(folder, "rev-parse", "HEAD")
