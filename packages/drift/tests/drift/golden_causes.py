"""Evidence of causes for made effect sizes, which golden_causes.csv pins.

After a change of the causes that is meant, write the file anew, and read the difference:

    .venv/bin/python -m packages.drift.tests.drift.golden_causes
"""

import csv
from collections.abc import Iterator
from pathlib import Path

import numpy as np

from vocalbaby.features import spectral_prosodic
from vocalbaby.monitoring.drift import causes
from vocalbaby.monitoring.drift.causes import DriftSignature, likely_causes
from vocalbaby.monitoring.drift.effect_sizes import EffectSizes

GOLDEN = Path(__file__).with_name("golden_causes.csv")
NAMES = [column.name for column in spectral_prosodic.SET.columns]
#: Features that a cause moves up, or down.
MOVES: dict[str, tuple[tuple[str, ...], tuple[str, ...]]] = {
    "nothing": ((), ()),
    "noise": (
        ("flatness_low_mean", "flatness_high_mean", "spread_mean"),
        ("hnr_mean", "periodicity_mean", "energy_range", "roughness_mean"),
    ),
    "duller": ((), ("f3_mean", "f2_mean", "slope_high_mean")),
    "brighter": (("f3_mean", "slope_high_mean", "high_ratio_mean"), ("cepstrum1_mean",)),
    "coloured": (
        ("f2_mean", "slope_high_mean", "cepstrum4_mean"),
        ("f3_mean", "flatness_high_mean", "cepstrum2_mean"),
    ),
    "older": ((), ("f0_q50", "f0_mean", "f2_mean", "f3_mean", "centroid_mean")),
    "younger": (("f0_q50", "f0_mean", "f2_mean", "f3_mean", "centroid_mean"), ()),
    "rate": (("f0_q50", "centroid_mean", "rolloff25_mean", "f1_mean"), ()),
    "squeezed": (("energy_mean",), ("energy_range", "energy_std", "shimmer")),
}


def signatures() -> Iterator[tuple[str, DriftSignature]]:
    """Signatures near those of the causes, in part, in full, and in the opposite direction."""
    rng = np.random.default_rng(16)
    for name, (up, down) in MOVES.items():
        for number, size in enumerate((-0.6, 0.15, 0.3, 0.45, 0.6, 1.5)):
            z = dict(zip(NAMES, rng.normal(0, 0.03, len(NAMES)).tolist(), strict=True))
            z |= {column: size * rng.uniform(0.8, 1.2) for column in up}
            z |= {column: -size * rng.uniform(0.8, 1.2) for column in down}
            change = dict.fromkeys(NAMES, 0.0)
            change["f0_q50"] = float((0.0, 1.4, 3.0, 7.9, 8.1, 31.0)[number] * np.sign(z["f0_q50"]))
            ratio = dict.fromkeys(NAMES, 1.0)
            ratio["voiced_fraction"] = (1.0, 1.0, 0.61, 0.55, 0.45, 0.3)[number]
            effects = EffectSizes(z, change, ratio, {})
            for drifted, same in ((False, 0.62), (True, 0.58), (True, 0.63), (True, 0.45)):
                score = 0.55 + 0.05 * number
                title = f"{name} {size}, AUC {score:.2f} and {same}, classes {drifted}"
                yield title, DriftSignature(effects, drifted, score, same, 0.6)


def rows() -> Iterator[tuple[str, list[tuple[str, float]]]]:
    """Causes that are named for each signature, with their evidence, and all acoustic evidence."""
    for title, signature in signatures():
        yield title, likely_causes(signature)
        if not signature.classes_drifted:
            yield f"all of {title}", list(causes._acoustic(signature.effects).items())


def read() -> list[tuple[str, list[tuple[str, float]]]]:
    """Read the file."""
    with GOLDEN.open(encoding="utf-8", newline="") as file:
        return [
            (title, [(code, float(value)) for code, value in zip(*[iter(cells)] * 2, strict=True)])
            for title, *cells in csv.reader(file)
        ]


def write() -> None:
    """Write the file."""
    with GOLDEN.open("w", encoding="utf-8", newline="") as file:
        out = csv.writer(file, lineterminator="\n")
        for title, found in rows():
            out.writerow([title, *(cell for code, e in found for cell in (code, f"{e:.4f}"))])


if __name__ == "__main__":
    write()
