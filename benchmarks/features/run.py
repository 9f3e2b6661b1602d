"""Compare the speed of features and trees with librosa, and the accuracy of F0 with Praat.

    python benchmarks/features/run.py [--rounds 200] [--clips 60] [--praat] [--equal FOLDER]

The speeds are measured in alternation in one process, so that their ratios are valid on a busy
machine. librosa and Praat are references only. ``--praat`` requires the package
praat-parselmouth (GPL, in no lock file: install it yourself). ``--equal FOLDER`` compares the
results of the compiled kernel and of numpy for recordings, bit by bit.
"""

import argparse
import importlib
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import librosa
import numpy as np
import soundfile
from numpy.typing import NDArray

from vocalbaby import features, inference, kernel
from vocalbaby.entity.clip import Clip as Decoded
from vocalbaby.features.frames import lay_out
from vocalbaby.features.functionals import segment_max
from vocalbaby.features.spectral_prosodic import FRAMING, SET, f0
from vocalbaby.features.spectral_prosodic.spectrum import power_spectra
from vocalbaby.inference.predictor import Predictor

RATE = 16_000
Clip = NDArray[np.float32]
Contour = NDArray[np.floating[Any]]


def voice(
    rng: np.random.Generator, span: tuple[float, float], snr_db: float, low_cut: float = 0.0
) -> tuple[Clip, Contour]:
    """Create 0.6 s of a gliding harmonic series with 1 % jitter and resonances, in white noise."""
    n = int(0.6 * RATE)
    t = np.arange(n) / RATE
    start = np.exp(rng.uniform(*np.log(span)))
    end = np.clip(start * 2 ** rng.uniform(-0.8, 0.8), *span)
    vibrato = rng.uniform(0, 0.05) * np.sin(2 * np.pi * rng.uniform(3, 7) * t)
    contour = np.geomspace(start, end, n) * 2**vibrato
    period = np.floor(np.cumsum(contour) / RATE).astype(int)
    phase = 2 * np.pi * np.cumsum(contour * (1 + 0.01 * rng.standard_normal(n)[period])) / RATE
    centres = rng.uniform([600, 1900, 3800], [1300, 3500, 5200])
    tilt_db = rng.uniform(3, 15)
    samples = np.zeros(n)
    for k in range(1, int(7600 / span[0])):
        hz = k * contour
        gain = np.where((hz < 7600) & (hz > low_cut), k ** (-tilt_db / 6.02), 0)
        for centre in centres:
            gain = gain * centre**2 / np.hypot(centre**2 - hz**2, (60 + 0.05 * centre) * hz)
        samples += gain * np.cos(k * phase)
    samples /= samples.std()
    samples += rng.standard_normal(n) * 10 ** (-snr_db / 20)
    return (0.1 * samples).astype(np.float32), contour


def vocalbaby_f0(clip: Clip) -> tuple[Contour, Contour]:
    """Return the times and F0 of the voiced frames."""
    layout = lay_out([len(clip)], FRAMING)
    power = power_spectra([clip], FRAMING)
    energy = power.sum(axis=0)
    energy /= segment_max(energy, layout)[layout.clip]
    track = f0.track(f0.candidates(power, FRAMING), layout, energy)
    times = (layout.place * FRAMING.hop + FRAMING.window / 2) / RATE
    return times[track.voiced], track.hz[track.voiced].astype(np.float64)


def praat(clip: Clip) -> tuple[Contour, Contour]:
    """Track F0 with Praat's autocorrelation method and its defaults, in the same range."""
    parselmouth = importlib.import_module("parselmouth")
    sound = parselmouth.Sound(clip.astype(np.float64), RATE)
    pitch = sound.to_pitch_ac(time_step=0.01, pitch_floor=f0.F0_MIN, pitch_ceiling=f0.F0_MAX)
    hz = pitch.selected_array["frequency"]
    return pitch.xs()[hz > 0], hz[hz > 0]


def yin(clip: Clip) -> tuple[Contour, Contour]:
    """Track F0 with YIN of librosa, which classifies every frame as voiced."""
    hz = librosa.yin(
        clip, fmin=f0.F0_MIN, fmax=f0.F0_MAX, sr=RATE, frame_length=512, hop_length=160
    )
    return np.arange(len(hz)) * 0.01, hz


def naive(clip: Clip) -> tuple[Contour, Contour]:
    """Return the lag of the highest autocorrelation in the range as F0, frame by frame."""
    frames = np.lib.stride_tricks.sliding_window_view(clip, 480)[::160] * np.hanning(480)
    power = np.abs(np.fft.rfft(frames, 1024)) ** 2
    acf = np.fft.irfft(power)[:, 8:161]
    return (np.arange(len(frames)) * 160 + 240) / RATE, RATE / (acf.argmax(axis=1) + 8.0)


def accuracy(n_clips: int, *, with_praat: bool) -> None:
    """Print the gross errors (over 20 %) among voiced frames, and the share of voiced frames."""
    trackers = {"vocalbaby": vocalbaby_f0, "librosa yin": yin, "naive peak": naive}
    if with_praat:
        trackers["Praat AC"] = praat
    cases = {
        "infant, 150-1700 Hz": ((150.0, 1700.0), 0.0),
        "hyperphonated, 1-1.95 kHz": ((1000.0, 1950.0), 0.0),
        "adult, 105-260 Hz": ((105.0, 260.0), 0.0),
        "150-600 Hz, nothing below 400 Hz": ((150.0, 600.0), 400.0),
    }
    print("| signal | SNR |", " | ".join(trackers), "|")
    print("| --- | --- |", " | ".join(["---"] * len(trackers)), "|")
    for name, (span, low_cut) in cases.items():
        for snr_db in (20, 5, 0):
            rng = np.random.default_rng(11)
            drawn = [voice(rng, span, snr_db, low_cut) for _ in range(n_clips)]
            cells = []
            for tracker in trackers.values():
                wrong, found, frames = 0, 0, 0
                for clip, contour in drawn:
                    times, hz = tracker(clip)
                    at = (times * RATE).round().astype(int).clip(max=len(contour) - 1)
                    wrong += int((np.abs(hz / contour[at] - 1) > 0.2).sum())
                    found += len(hz)
                    frames += (len(clip) - 480) // 160 + 1
                cells.append(f"{100 * wrong / max(found, 1):.1f} % ({min(found / frames, 1):.2f})")
            print(f"| {name} | {snr_db} dB |", " | ".join(cells), "|", flush=True)


def predicted(predictor: Predictor) -> Callable[[list[Clip]], object]:
    """Return what a model does after the features are known."""
    shape = 16, len(predictor.manifest.columns)
    noise = np.random.default_rng(2).standard_normal(shape, np.float32)
    clips = [Decoded(f"{i}", noise[0], 0.4) for i in range(16)]
    return lambda batch: predictor.predict_from_features(clips[: len(batch)], noise[: len(batch)])


def compare_kernels(folder: Path) -> None:
    """Compare the features of both kernels for recordings, alone and in one batch."""
    clips = [soundfile.read(file, dtype="float32")[0] for file in sorted(folder.rglob("*.wav"))]
    found = []
    for native in (kernel.native, None):
        kernel.native, before = native, kernel.native
        alone = np.concatenate([SET.extract([clip]) for clip in clips])
        rows = np.concatenate([alone, SET.extract(clips)])
        found.append(np.where(np.isnan(rows), np.float32(np.nan), rows).view(np.int32))
        kernel.native = before
    wrong = int((found[0] != found[1]).any(axis=1).sum())
    print(f"{len(clips)} recordings, alone and in one batch: {wrong} rows are not bit-identical.")


def speed(rounds: int) -> None:
    """Print the CPU microseconds per clip of 0.4 s: minimum and median of all rounds."""
    rng = np.random.default_rng(5)
    clips = [voice(rng, (250, 600), 20)[0][:6400] for _ in range(16)]

    def reference(batch: list[Clip]) -> None:
        for clip in batch:
            cepstra = librosa.feature.mfcc(y=clip, sr=RATE, n_mfcc=20)
            np.concatenate([cepstra.mean(axis=1), cepstra.std(axis=1)])

    compiled, predictor = kernel.native, inference.load()
    runs: dict[str, tuple[Callable[[list[Clip]], object], int]] = {"librosa MFCC": (reference, 1)}
    for size in (1, 16):
        runs[f"mfcc, batch {size}"] = features.get("mfcc").extract, size
    for name, run in (
        ("spectral_prosodic", SET.extract),
        ("trees, novelty", predicted(predictor)),
    ):
        for size in (1, 4, 16):
            for code in ("numpy", "compiled") if compiled is not None else ("numpy",):
                runs[f"{name}, {code}, batch {size}"] = run, size
    taken: dict[str, list[float]] = {name: [] for name in runs}
    for _ in range(rounds):
        for name, (run, size) in runs.items():
            kernel.native = compiled if "compiled" in name else None
            begin = time.thread_time()
            run(clips[:size])
            taken[name].append((time.thread_time() - begin) / size * 1e6)
    kernel.native = compiled
    base = min(taken["librosa MFCC"]), np.median(taken["librosa MFCC"])
    print("| | minimum, CPU us per clip | median | speedup (minimum, median) |")
    print("| --- | --- | --- | --- |")
    for name, values in taken.items():
        minimum, median = min(values), np.median(values)
        speedup = f"{base[0] / minimum:.1f}x, {base[1] / median:.1f}x"
        print(f"| {name} | {minimum:.0f} | {median:.0f} | {speedup} |")


def main() -> None:
    """Run both benchmarks and print their tables."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=200, help="rounds of the speed measurement")
    parser.add_argument("--clips", type=int, default=60, help="clips per row of the F0 table")
    parser.add_argument(
        "--praat", action="store_true", help="also measure Praat, with praat-parselmouth"
    )
    parser.add_argument(
        "--equal", type=Path, help="only compare the kernels, for the WAV files of this folder"
    )
    options = parser.parse_args()
    if options.equal is not None:
        compare_kernels(options.equal)
        return
    speed(options.rounds)
    print()
    accuracy(options.clips, with_praat=options.praat)


if __name__ == "__main__":
    main()
