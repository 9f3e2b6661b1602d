"""Evidence and segments of a made recording, which golden_segments.csv pins.

After a change of the segmentation that is meant, write the file anew, and read the difference:

    .venv/bin/python -m packages.core.tests.segmentation.golden_segments
"""

import csv
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from packages.core.tests.segmentation.listener_of_tones import ToneListener
from packages.core.tests.segmentation.tones import CLASSES, Samples, ToneModel, floor, place, tone
from vocalbaby import segmentation
from vocalbaby.segmentation import HearingConfig, SegmentationConfig
from vocalbaby.segmentation.levels import floors_of

GOLDEN = Path(__file__).with_name("golden_segments.csv")
Row = tuple[str, tuple[float, ...]]

CONFIGS = {
    "default": SegmentationConfig(),
    "coarse": SegmentationConfig(
        floor_quantile=0.3,
        onset_db=14.0,
        offset_db=11.0,
        min_gap_s=0.05,
        bridge_s=1.2,
        min_segment_s=0.4,
        context_s=4.0,
        context_cost=1.0,
        change_cost=1.0,
        laugh_bias=1.0,
        novelty_cost=4.0,
        scale=0.7,
    ),
}


class GradedModel(ToneModel):
    """Probabilities that vary gradually with the features, so that a change of these shows."""

    def logits(self, x: Samples) -> Samples:
        self.n_rows += len(x)
        z = np.nan_to_num(np.tanh(np.nan_to_num(x[:, :40]) / 20))
        signs = np.sin(np.arange(40)[:, None] * np.arange(1, 6))
        return np.asarray(z @ signs, np.float32)

    def novelty(self, x: Samples) -> NDArray[np.float64]:
        return 1.0 + 2.0 * np.abs(np.tanh(np.nan_to_num(x[:, 0]) / 20)).astype(np.float64)


def recording() -> Samples:
    """A minute and a bit of noise that gets louder, with sounds of several pitches and levels."""
    sound = np.concatenate([floor(45, 1e-3), floor(28.37, 4e-3, 1)])
    rng = np.random.default_rng(16)
    at = 1.0
    while at < 68:
        duration_s = rng.uniform(0.05, 1.8)
        place(sound, tone(rng.uniform(180, 900), duration_s, 10 ** rng.uniform(-2.2, -0.5)), at)
        at += duration_s + rng.uniform(0.03, 2.0)
    return sound


def rows() -> Iterator[Row]:
    """Figures of the evidence, and segments, with their names."""
    sound = recording()
    hearing = HearingConfig()
    with tempfile.TemporaryDirectory() as folder:
        for hears in ("nothing", "cry", "singing"):
            listener = None if hears == "nothing" else ToneListener(hears)
            evidence = segmentation.hear(
                [sound], GradedModel(), hearing, Path(folder) / hears, listener=listener
            )
            for number, block in enumerate(evidence.blocks()):
                for name in block.dtype.names:
                    if name != "check":  # a checksum of all bits
                        yield f"{hears}, block {number}, {name}", _figures(block[name])
            for quantile in (0.1, 0.5):
                floors = floors_of(evidence, quantile)
                yield f"{hears}, floors of {quantile}", tuple(map(float, floors))
            for name, config in CONFIGS.items():
                for number, s in enumerate(segmentation.decode(evidence, config)):
                    assert s.probabilities is not None
                    numbers = (s.onset_s, s.offset_s, *(s.probabilities[c] for c in CLASSES))
                    yield f"{hears}, {name}, {number} {s.label} {s.tier}", numbers


def _figures(values: NDArray[Any]) -> tuple[float, ...]:
    known = np.asarray(values, np.float64).ravel()
    steps = np.cos(np.arange(len(known)))[~np.isnan(known)]
    known = known[~np.isnan(known)]
    return len(known), float(known.mean()), float(known.std()), float(steps @ known / len(known))


def read() -> list[Row]:
    """Read the file."""
    with GOLDEN.open(encoding="utf-8", newline="") as file:
        return [(name, tuple(map(float, numbers))) for name, *numbers in csv.reader(file)]


def write() -> None:
    """Write the file."""
    with GOLDEN.open("w", encoding="utf-8", newline="") as file:
        out = csv.writer(file, lineterminator="\n")
        out.writerows([name, *(f"{number:.6g}" for number in numbers)] for name, numbers in rows())


if __name__ == "__main__":
    write()
