"""Measure which copies of clips the check for near-duplicates finds.

    python -m benchmarks.duplicates --data FOLDER [FOLDER …] [--clips 82]

From each folder of recordings, and from the synthetic corpus, clips are taken at regular distances
in the order of their names. Each clip is copied in every way of the table, and originals and copies
are compared as by ``vocalbaby validate``. A copy is found if the result connects it with its
original. ``wrong`` counts the results that connect a copy with another clip that is not itself
connected with the original.
"""

import argparse
import io
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import soundfile
from numpy.typing import NDArray
from scipy import signal

from vocalbaby import audio
from vocalbaby.audio.acoustics.coding import speech_codec
from vocalbaby.components.landmarks import landmarks
from vocalbaby.components.near_duplicates import NearDuplicate, find_near_duplicates
from vocalbaby.corpora.synthetic import SyntheticConfig, generate
from vocalbaby.exception import AudioError

Samples = NDArray[np.float32]
Copy = Callable[[np.random.Generator, Samples], Samples]

RATE = 16_000
#: Copies of which at least this much is left are counted separately, too.
LONG_S = 0.4


def coded(container: str, subtype: str, rate: int = RATE) -> Copy:
    """Return a function that encodes and decodes a clip at a rate."""

    def copy(_rng: np.random.Generator, x: Samples) -> Samples:
        stream = io.BytesIO()
        resampled = signal.resample_poly(x, rate, RATE).clip(-1, 1)
        soundfile.write(stream, resampled, rate, format=container, subtype=subtype)
        stream.seek(0)
        decoded, _ = soundfile.read(stream, dtype="float32")
        return np.asarray(signal.resample_poly(decoded, RATE, rate), np.float32)

    return copy


def middle(share: float) -> Copy:
    """Return a function that keeps the middle of a clip."""

    def copy(_rng: np.random.Generator, x: Samples) -> Samples:
        cut = round((1 - share) / 2 * len(x))
        return x[cut : len(x) - cut]

    return copy


def between(rng: np.random.Generator, x: Samples) -> Samples:
    """Put a clip between two others of a corpus that is not compared."""
    seed = int(rng.integers(2**31))
    others = generate(SyntheticConfig(n_children=1, clips_per_child=2, seed=seed))
    before, after = (clip.samples for clip in others)
    return np.concatenate([before, x, after])


def noisy(rng: np.random.Generator, x: Samples) -> Samples:
    """Add noise 20 dB below the clip."""
    made: Samples = x + np.float32(0.1 * x.std()) * rng.standard_normal(len(x), np.float32)
    return made


COPIES: dict[str, Copy] = {
    "20 dB softer": lambda _, x: np.float32(0.1) * x,
    "begin cut off by 6 to 94 ms": lambda rng, x: x[int(rng.integers(100, 1500)) :],
    "middle 70 % of the clip": middle(0.7),
    "middle 50 % of the clip": middle(0.5),
    "padded with zeros": lambda _, x: np.pad(x, (3000, 5000)),
    "between two other clips in a longer one": between,
    "at 8 kHz": coded("WAV", "PCM_16", 8_000),
    "at 44.1 kHz": coded("WAV", "PCM_16", 44_100),
    "MP3": coded("MP3", "MPEG_LAYER_III"),
    "Vorbis": coded("OGG", "VORBIS"),
    "Opus": coded("OGG", "OPUS"),
    "middle 70 %, 10 dB softer, as MP3": lambda rng, x: coded("MP3", "MPEG_LAYER_III")(
        rng, np.float32(0.316) * middle(0.7)(rng, x)
    ),
    "with noise at 20 dB below the clip": noisy,
    "simulated AMR": speech_codec,
    "clipped at a sixth of its peak": lambda _, x: x.clip(
        -np.abs(x).max() / 6, np.abs(x).max() / 6
    ),
    "GSM 06.10": coded("WAV", "GSM610", 8_000),
}


def recordings(folder: Path, count: int) -> Iterator[Samples]:
    """Yield usable clips of a folder at regular distances."""
    files = sorted(folder.glob("*.wav"))
    for place in np.linspace(0, len(files) - 1, min(count, len(files))).round().astype(int):
        try:
            yield audio.load(files[place]).samples
        except AudioError:
            continue


def connected(pairs: list[NearDuplicate], size: int) -> NDArray[np.int64]:
    """Return for each clip the number of the group that it is connected to."""
    group = np.arange(size)
    for pair in pairs:
        group[group == group[pair.second]] = group[pair.first]
    return group


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--data", type=Path, nargs="+", required=True)
    parser.add_argument("--clips", type=int, default=82)
    options = parser.parse_args()
    config = SyntheticConfig(n_children=20, clips_per_child=-(-options.clips // 20), seed=20191104)
    clips = [clip.samples for clip in list(generate(config))[: options.clips]]
    for folder in options.data:
        clips += recordings(folder, options.clips)
    marks, n = [landmarks(clip) for clip in clips], len(clips)
    lengths = np.array([len(clip) for clip in clips]) / RATE
    start = time.process_time()
    own = find_near_duplicates(marks, clips.__getitem__, lambda _i, _j: True)
    seconds = time.process_time() - start
    print(f"{n} clips, median {np.median(lengths):.2f} s; among themselves {len(own)} pairs of")
    print(f"{n * (n - 1) // 2} are reported, in {seconds:.1f} s of CPU time.\n")
    originals = connected(own, n)
    print(f"| copy | found | at least {LONG_S} s left | wrong |\n| --- | --- | --- | --- |")
    for name, copy in COPIES.items():
        rng = np.random.default_rng(0)
        both = [*clips, *(copy(rng, clip) for clip in clips)]
        pairs = find_near_duplicates(
            [*marks, *map(landmarks, both[n:])], both.__getitem__, lambda i, j: i < n <= j
        )
        group = connected(pairs, 2 * n)
        found = group[:n] == group[n:]
        long = np.array([len(clip) for clip in both[n:]]) >= LONG_S * RATE
        wrong = sum(originals[pair.first] != originals[pair.second - n] for pair in pairs)
        print(f"| {name} | {found.mean():.1%} | {found[long].mean():.1%} | {wrong} |", flush=True)


if __name__ == "__main__":
    main()
