"""Fuzz the decoders with damaged recordings and archives.

    python benchmarks/fuzz.py [--files 100000] [--seed 0] [--case N]

No file may crash or block a decoder, or raise an exception other than a VocalBabyError. Case N
depends on the seed and N only, so that ``--case`` repeats it. A child process with limited memory
decodes the files, so that a crash is detected; after a crash, a new child continues with the next
case. One in fifty of the decoded clips is also classified.
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
import zipfile
from collections.abc import Iterator
from typing import TextIO

import numpy as np
import soundfile

from vocalbaby import inference
from vocalbaby.api.http.archives import Archive, ArchiveLimits
from vocalbaby.audio import decode
from vocalbaby.exception import VocalBabyError
from vocalbaby.inference.predictor import Predictor

#: File format -> subtypes of libsndfile.
KINDS = {
    "WAV": ("PCM_16", "PCM_24", "FLOAT", "ULAW", "MS_ADPCM", "GSM610"),
    "FLAC": ("PCM_16", "PCM_24"),
    "OGG": ("VORBIS", "OPUS"),
    "MP3": ("MPEG_LAYER_III",),
    "AIFF": ("PCM_16", "PCM_24", "FLOAT"),
    "ZIP": (),
}
#: Sample rate in Hz and channels of the files that are damaged.
SHAPES = ((16_000, 1), (44_100, 2), (8_000, 1))
NUMBERS = (0, 1, 0x7F, 0x80, 0xFF, 0x7FFF, 0x8000, 0xFFFF, 0x7FFFFFFF, 0x80000000, 0xFFFFFFFF)
CLASSIFIED_ONE_IN = 50
HANG_S = 20.0
SLOW_S = 2.0
MEMORY = 4 * 2**30


def valid_files() -> dict[str, list[bytes]]:
    """Create valid files of each format, which are damaged later."""
    found: dict[str, list[bytes]] = {}
    for kind, subtypes in KINDS.items():
        for subtype in subtypes:
            for rate, channels in SHAPES:
                if subtype == "OPUS" and rate == 44_100:
                    continue
                t = np.arange(rate // 8) / rate
                tone = 0.4 * np.sin(2 * np.pi * 440 * t) + 0.1 * np.sin(2 * np.pi * 97 * t)
                file = io.BytesIO()
                samples = np.repeat(tone[:, None], channels, axis=1)
                if subtype == "GSM610" and channels > 1:
                    continue
                soundfile.write(file, samples, rate, format=kind, subtype=subtype)
                found.setdefault(kind, []).append(file.getvalue())
    for method in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
        archive = io.BytesIO()
        with zipfile.ZipFile(archive, "w", method) as out:
            out.writestr("clips/", b"")
            for kind in ("WAV", "FLAC"):
                out.writestr(f"clips/a.{kind}", found[kind][0])
            out.writestr("noise", bytes(5000))
        found.setdefault("ZIP", []).append(archive.getvalue())
    return found


def damage(data: bytes, others: list[bytes], rng: random.Random) -> bytes:
    """Damage a file in one or several places, half of them in its header.

    Half of the Ogg files get valid checksums, since otherwise no damage would reach the codecs.
    """
    out = bytearray(data)
    for _ in range(rng.choice((1, 1, 1, 2, 4, 6))):
        at = rng.randrange(min(len(out), 128) if rng.random() < 0.5 else len(out))
        size = min(1 << rng.randrange(12), len(out) - at)
        match rng.randrange(8):
            case 0:
                out[at] ^= 1 << rng.randrange(8)
            case 1:
                out[at] = rng.randrange(256)
            case 2:
                width = rng.choice((1, 2, 4))
                number = rng.choice(NUMBERS) & (1 << 8 * width) - 1
                out[at : at + width] = number.to_bytes(width, rng.choice(("little", "big")))
            case 3:
                del out[at : at + size]
            case 4:
                out[at:at] = out[at : at + size]
            case 5:
                out[at : at + size] = rng.randbytes(size)
            case 6:
                other = rng.choice(others)
                start = rng.randrange(len(other))
                out[at:] = other[start:]
            case _:
                del out[at:]
        if not out:
            out += b"\0"
    return with_ogg_checksums(out) if out[:4] == b"OggS" and rng.random() < 0.5 else bytes(out)


def with_ogg_checksums(data: bytearray) -> bytes:
    """Return the data with a valid checksum in each page (RFC 3533, section 6)."""
    at = 0
    while data[at : at + 4] == b"OggS" and at + 27 <= len(data):
        segments = data[at + 26]
        end = min(at + 27 + segments + sum(data[at + 27 : at + 27 + segments]), len(data))
        data[at + 22 : at + 26] = bytes(4)
        crc = 0
        for byte in data[at:end]:
            crc = (crc << 8 & 0xFFFFFFFF) ^ OGG_CRC[crc >> 24 ^ byte]
        data[at + 22 : at + 26] = crc.to_bytes(4, "little")
        at = end
    return bytes(data)


def ogg_crc_table() -> list[int]:
    """Compute the table of the CRC-32 with the polynomial 04C11DB7, not reflected."""
    table = []
    for byte in range(256):
        crc = byte << 24
        for _ in range(8):
            crc = (crc << 1 & 0xFFFFFFFF) ^ (0x04C11DB7 if crc & 0x80000000 else 0)
        table.append(crc)
    return table


OGG_CRC = ogg_crc_table()


def read(kind: str, data: bytes, predictor: Predictor | None) -> str:
    """Read a file; returns ``clip``, ``members``, ``nothing``, the code of an error, or a fault."""
    try:
        if kind == "ZIP":
            batches = Archive(data, ArchiveLimits()).batches(clips=16, size=2**22)
            return "members" if sum(map(len, batches)) else "nothing"
        clip = decode(data)
    except VocalBabyError as error:
        return error.code
    if not np.isfinite(clip.samples).all() or np.abs(clip.samples).max() > 1:
        return "FAULT: samples out of range"
    if predictor is not None:
        (prediction,) = predictor.predict([clip])
        if abs(sum(prediction.probabilities.values()) - 1) > 1e-6:
            return "FAULT: probabilities"
    return "clip"


def child(seed: int, first: int, last: int, out: TextIO) -> None:
    """Read the cases, and write the outcome of each as a line of JSON."""
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    files = valid_files()
    stderr = sys.stderr = io.StringIO()  # Python reports exceptions in callbacks there
    predictor = inference.load(None)
    for number in range(first, last):
        kind = list(KINDS)[number % len(KINDS)]
        rng = random.Random(f"{seed} {number}")
        data = damage(rng.choice(files[kind]), files[kind], rng)
        start = time.perf_counter()
        try:
            outcome = read(kind, data, predictor if rng.randrange(CLASSIFIED_ONE_IN) == 0 else None)
        except Exception as error:  # noqa: BLE001 - any other exception is a finding
            traceback.print_exc()
            outcome = f"FAULT: {type(error).__name__}: {error}"
        if stderr.getvalue():
            outcome = outcome if outcome.startswith("FAULT") else "FAULT: written to stderr"
            if first + 1 == last:
                out.write(stderr.getvalue())
            stderr.seek(0)
            stderr.truncate()
        seconds = time.perf_counter() - start
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        out.write(json.dumps([number, kind, outcome, seconds, peak]) + "\n")
        out.flush()


def outcomes_of(seed: int, files: int) -> Iterator[tuple[int, str, str, float, int]]:
    """Yield number, format, outcome, seconds and peak memory of the child (KiB) of each case."""
    done = 0
    while done < files:
        command = [sys.executable, __file__, "--child", str(done), "--files", str(files)]
        with subprocess.Popen(
            [*command, "--seed", str(seed)],
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,  # messages of the codecs
            bufsize=0,
        ) as process:
            for line in lines(process):
                number, kind, outcome, seconds, peak = json.loads(line)
                yield number, kind, outcome, seconds, peak
                done = number + 1
            process.kill()
            code = process.wait()
        if done < files:
            outcome = f"FAULT: the child process ended or hung ({code})"
            yield done, list(KINDS)[done % len(KINDS)], outcome, HANG_S, 0
            done += 1


def lines(process: "subprocess.Popen[bytes]") -> Iterator[bytes]:
    """Yield the lines that the child writes, until it ends or writes nothing for too long."""
    assert process.stdout is not None
    buffer = b""
    with selectors.DefaultSelector() as selector:
        selector.register(process.stdout, selectors.EVENT_READ)
        while selector.select(HANG_S):
            piece = os.read(process.stdout.fileno(), 2**16)
            if not piece:
                return
            *whole, buffer = (buffer + piece).split(b"\n")
            yield from whole


def main() -> int:
    """Read all cases and print the outcomes; returns 1 if there was any finding."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--files", type=int, default=100_000, help="number of damaged files")
    parser.add_argument("--seed", type=int, default=0, help="seed of the damage")
    parser.add_argument("--case", type=int, help="repeat one case and print its traceback")
    parser.add_argument("--child", type=int, help=argparse.SUPPRESS)
    flags = parser.parse_args()
    if flags.case is not None:
        child(flags.seed, flags.case, flags.case + 1, sys.stdout)
        return 0
    if flags.child is not None:
        child(flags.seed, flags.child, flags.files, sys.stdout)
        return 0
    counts: dict[str, collections.Counter[str]] = collections.defaultdict(collections.Counter)
    findings, slowest, peak, start = [], 0.0, 0, time.monotonic()
    for number, kind, outcome, seconds, memory in outcomes_of(flags.seed, flags.files):
        fault = outcome.startswith("FAULT")
        counts[kind]["faults" if fault else outcome] += 1
        slowest, peak = max(slowest, seconds), max(peak, memory)
        if fault or seconds > SLOW_S:
            findings.append(f"case {number} ({kind}): {outcome}, {seconds:.1f} s")
    print("| format | files | outcomes |\n| --- | --- | --- |")
    for kind, outcomes in counts.items():
        summary = ", ".join(f"{code} {count:,}" for code, count in outcomes.most_common())
        print(f"| {kind} | {outcomes.total():,} | {summary} |")
    print(
        f"\n{flags.files:,} files took {time.monotonic() - start:.0f} s, the slowest "
        f"{1000 * slowest:.0f} ms. Peak memory: {peak / 1024:.0f} MiB. Findings: {len(findings)}."
    )
    print("\n".join(findings))
    return 1 if findings else 0


if __name__ == "__main__":
    sys.exit(main())
