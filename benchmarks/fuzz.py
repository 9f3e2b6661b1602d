"""Damaged recordings and archives by the thousand: none may crash, hang or fault the reader.

    python benchmarks/fuzz.py [--files 100000] [--seed 0] [--case N]

Case N is made of the seed and N alone, so that a finding can be repeated with ``--case``.
A second process reads, under a limit of memory, so that its death is seen; after one it
goes on with the next case. Every fiftieth clip that can be decoded is also labelled.
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

#: Kind -> subtypes of libsndfile.
KINDS = {
    "WAV": ("PCM_16", "PCM_24", "FLOAT", "ULAW", "MS_ADPCM", "GSM610"),
    "FLAC": ("PCM_16", "PCM_24"),
    "OGG": ("VORBIS", "OPUS"),
    "MP3": ("MPEG_LAYER_III",),
    "AIFF": ("PCM_16", "PCM_24", "FLOAT"),
    "ZIP": (),
}
#: Rate and channels of the files that are damaged.
SHAPES = ((16_000, 1), (44_100, 2), (8_000, 1))
NUMBERS = (0, 1, 0x7F, 0x80, 0xFF, 0x7FFF, 0x8000, 0xFFFF, 0x7FFFFFFF, 0x80000000, 0xFFFFFFFF)
LABELLED = 50
HANG_S = 20.0
SLOW_S = 2.0
MEMORY = 4 * 2**30


def whole_files() -> dict[str, list[bytes]]:
    """Files that can be read, to be damaged."""
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
    """Faults, half of them near the head, where lengths and formats stand.

    Half of the Ogg files get new checksums, or else no fault would reach the codecs.
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
    return ogg_checked(out) if out[:4] == b"OggS" and rng.random() < 0.5 else bytes(out)


def ogg_checked(data: bytearray) -> bytes:
    """The same with the checksum that each page should have (RFC 3533, section 6)."""
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
    """CRC-32 with the polynomial 04C11DB7, not reflected."""
    table = []
    for byte in range(256):
        crc = byte << 24
        for _ in range(8):
            crc = (crc << 1 & 0xFFFFFFFF) ^ (0x04C11DB7 if crc & 0x80000000 else 0)
        table.append(crc)
    return table


OGG_CRC = ogg_crc_table()


def read(kind: str, data: bytes, predictor: Predictor | None) -> str:
    """What became of a file: ``clip``, ``members`` or the code of its error."""
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
        (answer,) = predictor.predict([clip])
        if abs(sum(answer.probabilities.values()) - 1) > 1e-6:
            return "FAULT: probabilities"
    return "clip"


def child(seed: int, first: int, last: int, out: TextIO) -> None:
    """Read the cases and say after each what became of it."""
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    files = whole_files()
    said = sys.stderr = io.StringIO()  # what Python writes there escaped from a callback
    predictor = inference.load(None)
    for number in range(first, last):
        kind = list(KINDS)[number % len(KINDS)]
        rng = random.Random(f"{seed} {number}")
        data = damage(rng.choice(files[kind]), files[kind], rng)
        start = time.perf_counter()
        try:
            outcome = read(kind, data, predictor if rng.randrange(LABELLED) == 0 else None)
        except Exception as error:  # noqa: BLE001 - any other exception is what is looked for
            traceback.print_exc()
            outcome = f"FAULT: {type(error).__name__}: {error}"
        if said.getvalue():
            outcome = outcome if outcome.startswith("FAULT") else "FAULT: written to stderr"
            if first + 1 == last:
                out.write(said.getvalue())
            said.seek(0)
            said.truncate()
        seconds = time.perf_counter() - start
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        out.write(json.dumps([number, kind, outcome, seconds, peak]) + "\n")
        out.flush()


def follow(seed: int, files: int) -> Iterator[tuple[int, str, str, float, int]]:
    """Every case's number, kind, outcome, seconds and the child's peak memory in KiB."""
    done = 0
    while done < files:
        command = [sys.executable, __file__, "--child", str(done), "--files", str(files)]
        with subprocess.Popen(
            [*command, "--seed", str(seed)],
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,  # the codecs' own notes
            bufsize=0,
        ) as process:
            for line in lines(process):
                number, kind, outcome, seconds, peak = json.loads(line)
                yield number, kind, outcome, seconds, peak
                done = number + 1
            process.kill()
            code = process.wait()
        if done < files:
            yield done, list(KINDS)[done % len(KINDS)], f"FAULT: death ({code})", HANG_S, 0
            done += 1


def lines(process: "subprocess.Popen[bytes]") -> Iterator[bytes]:
    """What the child says, until it is dead or silent for too long."""
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
    """Read all cases and print what became of them; 1 when one crashed, hung or faulted."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--files", type=int, default=100_000)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--case", type=int, help="repeat one case and show its error")
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
    for number, kind, outcome, seconds, memory in follow(flags.seed, flags.files):
        fault = outcome.startswith("FAULT")
        counts[kind]["faults" if fault else outcome] += 1
        slowest, peak = max(slowest, seconds), max(peak, memory)
        if fault or seconds > SLOW_S:
            findings.append(f"case {number} ({kind}): {outcome}, {seconds:.1f} s")
    print("| format | files | outcomes |\n| --- | --- | --- |")
    for kind, outcomes in counts.items():
        told = ", ".join(f"{code} {count:,}" for code, count in outcomes.most_common())
        print(f"| {kind} | {outcomes.total():,} | {told} |")
    print(
        f"\n{flags.files:,} files in {time.monotonic() - start:.0f} s, slowest "
        f"{1000 * slowest:.0f} ms, peak memory {peak / 1024:.0f} MiB, {len(findings)} findings"
    )
    print("\n".join(findings))
    return 1 if findings else 0


if __name__ == "__main__":
    sys.exit(main())
