"""Fuzz the decoders with damaged recordings and archives.

    python -m benchmarks.damage.fuzz [--files 200000] [--seed 0] [--case N] [--write FILE]

No file may crash or block a decoder, or raise an exception other than a VocalBabyError. Case N
depends on the seed and N only, so that ``--case`` repeats it. A child process with limited memory
decodes the files, so that a crash is detected; after a crash, a new child continues with the next
case. One in fifty of the decoded clips is also classified.

Where FFmpeg is installed, it decodes one file in fifty, and each file of which less is read than of
the whole recording, without the warning ``truncated``. The differences are counted by kind.
"""

import argparse
import collections
import io
import json
import os
import random
import resource
import selectors
import subprocess
import sys
import time
import traceback
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, TextIO

import numpy as np

from benchmarks.damage import reference
from benchmarks.damage.differences import Differences, Lengths
from benchmarks.damage.files import damaged, resident, whole_files
from vocalbaby import inference
from vocalbaby.api.http.archives import Archive, ArchiveLimits
from vocalbaby.audio import decode
from vocalbaby.entity.clip import Clip
from vocalbaby.exception import VocalBabyError
from vocalbaby.inference.predictor import Predictor

ONE_IN = 50  # are classified; are compared with FFmpeg
#: Differences in length below this many samples are not reported: one frame of MP3.
FRAME = 1152
HANG_S = 20.0
SLOW_S = 2.0
MEMORY = 4 * 2**30


def make_case(
    seed: int, number: int, files: dict[str, list[bytes]]
) -> tuple[str, bytes, bytes, list[str], random.Random]:
    """Return the kind of a case, the whole and the damaged file, the damage, and its generator."""
    kind = list(files)[number % len(files)]
    rng = random.Random(f"{seed} {number}")
    whole = rng.choice(files[kind])
    data, damage = damaged(whole, files[kind], rng)
    return kind, whole, data, damage, rng


def read(kind: str, data: bytes, predictor: Predictor | None) -> tuple[str, Clip | None]:
    """Read a file.

    Returns:
        ``clip``, ``members``, ``nothing``, the code of an error, or a fault; and the clip.
    """
    try:
        if kind == "ZIP":
            batches = Archive(data, ArchiveLimits()).batches(clips=16, size=2**22)
            return "members" if sum(map(len, batches)) else "nothing", None
        clip = decode(data)
    except VocalBabyError as error:
        return error.code, None
    if not np.isfinite(clip.samples).all() or np.abs(clip.samples).max() > 1:
        return "FAULT: samples out of range", clip
    if predictor is not None:
        (prediction,) = predictor.predict([clip])
        if abs(sum(prediction.probabilities.values()) - 1) > 1e-6:
            return "FAULT: probabilities", clip
    return "clip", clip


def compare(
    whole: bytes, data: bytes, outcome: str, clip: Clip | None, *, always: bool
) -> Lengths | None:
    """Return our length and FFmpeg's, or None where they need not be compared."""
    cut = clip is not None and any(w.code == "truncated" for w in clip.warnings)
    try:
        full = decode(whole).duration_s
    except VocalBabyError:
        return None
    shorter = clip is not None and clip.duration_s < full - FRAME / clip.source_rate
    if not (always or (shorter and not cut)) or outcome.startswith("FAULT"):
        return None
    theirs = reference.seconds(data)
    margin = FRAME / (clip.source_rate if clip else 16_000)
    return clip.duration_s if clip else None, theirs, margin, cut


def child(seed: int, first: int, last: int, out: TextIO) -> None:
    """Read the cases, and write the outcome of each as a line of JSON."""
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    files = whole_files()
    stderr = sys.stderr = io.StringIO()  # Python reports exceptions in callbacks there
    predictor = inference.load(None)
    compared = reference.is_installed()
    for number in range(first, last):
        kind, whole, data, damage, rng = make_case(seed, number, files)
        start = time.perf_counter()
        clip = None
        try:
            classify = rng.randrange(ONE_IN) == 0
            outcome, clip = read(kind, data, predictor if classify else None)
        except Exception as error:  # noqa: BLE001 - any other exception is a finding
            traceback.print_exc()
            outcome = f"FAULT: {type(error).__name__}: {error}"
        seconds = time.perf_counter() - start
        if stderr.getvalue():
            outcome = outcome if outcome.startswith("FAULT") else "FAULT: written to stderr"
            if first + 1 == last:
                out.write(stderr.getvalue())
            stderr.seek(0)
            stderr.truncate()
        lengths = None
        if compared and kind != "ZIP":
            lengths = compare(whole, data, outcome, clip, always=rng.randrange(ONE_IN) == 0)
        line = [number, kind, outcome, seconds, resident(), damage, lengths]
        out.write(json.dumps(line) + "\n")
        out.flush()


def outcomes_of(seed: int, files: int, kinds: Sequence[str]) -> Iterator[list[Any]]:
    """Yield what the child writes about each case; memory is -1 where a child ended."""
    done = 0
    while done < files:
        module = ["-m", "benchmarks.damage.fuzz", "--child", str(done)]
        with subprocess.Popen(
            [sys.executable, *module, "--files", str(files), "--seed", str(seed)],
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,  # messages of the codecs
            bufsize=0,
        ) as process:
            for line in lines(process):
                yield (outcome := json.loads(line))
                done = outcome[0] + 1
            process.kill()
            code = process.wait()
        if done < files:
            fault = f"FAULT: the child process ended or hung ({code})"
            yield [done, kinds[done % len(kinds)], fault, HANG_S, -1, [], None]
            done += 1


def lines(process: "subprocess.Popen[bytes]") -> Iterator[bytes]:
    """Yield the lines that the child writes, until it ends or writes nothing for too long."""
    assert process.stdout is not None
    buffer = b""
    with selectors.DefaultSelector() as selector:
        selector.register(process.stdout, selectors.EVENT_READ)
        while selector.select(2 * HANG_S):
            piece = os.read(process.stdout.fileno(), 2**16)
            if not piece:
                return
            *whole, buffer = (buffer + piece).split(b"\n")
            yield from whole


def growth(memory: list[int]) -> float:
    """Return by how many bytes per file the memory grew, without the first fifth of the files."""
    fifth = len(memory) // 5
    if -1 in memory or not fifth:
        return 0.0
    first, last = memory[fifth : 2 * fifth], memory[-fifth:]
    return (float(np.median(last)) - float(np.median(first))) / (3 * fifth)


def main() -> int:
    """Read all cases and print the outcomes; returns 1 if there was any finding."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--files", type=int, default=200_000, help="number of damaged files")
    parser.add_argument("--seed", type=int, default=0, help="seed of the damage")
    parser.add_argument("--case", type=int, help="repeat one case and print its traceback")
    parser.add_argument("--write", type=Path, help="write the file of the case there")
    parser.add_argument("--growth", type=float, default=50.0, help="most bytes per file")
    parser.add_argument("--child", type=int, help=argparse.SUPPRESS)
    flags = parser.parse_args()
    if flags.case is not None:
        if flags.write:
            flags.write.write_bytes(make_case(flags.seed, flags.case, whole_files())[2])
        child(flags.seed, flags.case, flags.case + 1, sys.stdout)
        return 0
    if flags.child is not None:
        child(flags.seed, flags.child, flags.files, sys.stdout)
        return 0
    counts: dict[str, collections.Counter[str]] = collections.defaultdict(collections.Counter)
    findings, slowest, memory, start = [], 0.0, [], time.monotonic()
    differences = Differences()
    for case in outcomes_of(flags.seed, flags.files, list(whole_files())):
        number, kind, outcome, seconds, resident_bytes, damage, lengths = case
        fault = outcome.startswith("FAULT")
        counts[kind]["faults" if fault else outcome] += 1
        slowest = max(slowest, seconds)
        memory.append(resident_bytes)
        differences.add(number, kind, outcome, damage, lengths)
        if fault or seconds > SLOW_S:
            findings.append(f"case {number} ({kind}): {outcome}, {seconds:.1f} s")
    print("| format | files | outcomes |\n| --- | --- | --- |")
    for kind, outcomes in counts.items():
        summary = ", ".join(f"{code} {count:,}" for code, count in outcomes.most_common())
        print(f"| {kind} | {outcomes.total():,} | {summary} |")
    if (slope := growth(memory)) > flags.growth:
        findings.append(f"memory grew by {slope:.0f} bytes per file")
    print(
        f"\n{flags.files:,} files took {time.monotonic() - start:.0f} s, the slowest "
        f"{1000 * slowest:.0f} ms. Most memory: {max(memory) / 2**20:.0f} MiB, growth "
        f"{slope:.1f} bytes per file. Findings: {len(findings)}."
    )
    print("\n".join(findings))
    print(differences.report())
    return 1 if findings else 0


if __name__ == "__main__":
    sys.exit(main())
