"""Draw the figures of the documentation: ``python docs/make_figures.py``.

The figures are written to ``docs/images``. The script needs matplotlib, Pillow and the core
library.
"""

import csv
import shlex
import tempfile
from pathlib import Path
from typing import Final

import matplotlib as mpl
import numpy as np
from matplotlib import pyplot as plt
from PIL import Image

from vocalbaby.audio import load
from vocalbaby.commands.main import app
from vocalbaby.entity.clip import SAMPLE_RATE
from vocalbaby.entity.labels import CLASSES

IMAGES: Final = Path(__file__).parent / "images"
RESULTS: Final = Path(__file__).parent.parent / "benchmarks/archive_sampling/results.csv"
#: Samplers of the figure, and their colours.
SAMPLERS: Final = {
    "random": "tab:gray",
    "expected-gain": "tab:orange",
    "stratified": "tab:green",
    "pps": "tab:blue",
}
#: The command that writes the clips, as docs/synthetic-corpus.md shows it.
SYNTHESIZE: Final = "synthesize OUT --per-class 4 --seed 12 --duration 0.9 --clean"


def synthetic_spectrograms(path: Path) -> None:
    """Draw spectrograms of synthetic clips, one row per class and one column per child.

    Args:
        path: The PNG file to write.
    """
    with tempfile.TemporaryDirectory() as parent:
        out = Path(parent) / "clips"
        app([str(out) if a == "OUT" else a for a in shlex.split(SYNTHESIZE)], standalone_mode=False)
        with (out / "metadata.csv").open(encoding="utf-8", newline="") as stream:
            rows = list(csv.DictReader(stream))
        sounds = {row["clip_ID"]: load(out / row["clip_ID"]).samples for row in rows}
    by_class = {label: [row for row in rows if row["Answer"] == label] for label in CLASSES}
    columns = len(by_class[CLASSES[0]])
    figure, grid = plt.subplots(
        len(CLASSES), columns, figsize=(11, 10), sharex=True, sharey=True, layout="constrained"
    )
    for (label, clips), line in zip(by_class.items(), grid, strict=True):
        for column, (clip, axes) in enumerate(zip(clips, line, strict=True)):
            sound = sounds[clip["clip_ID"]]
            axes.specgram(
                sound / np.std(sound),
                NFFT=256,
                Fs=SAMPLE_RATE,
                noverlap=208,
                cmap="magma",
                vmin=-95,
                vmax=-35,
            )
            if column == 0:
                axes.set_ylabel(f"{label}\nHz")
            if label == CLASSES[0]:
                axes.set_title(f"{clip['age_mo_round']} months")
            if label == CLASSES[-1]:
                axes.set_xlabel("s")
    figure.savefig(path, dpi=75)
    plt.close(figure)
    # Noise compresses badly. A palette of 32 colours keeps the repository small.
    with Image.open(path) as picture:
        picture.convert("RGB").quantize(32).save(path, optimize=True)


def timeline(path: Path) -> None:
    """Cut the timeline out of a picture of the page, for the first page of the documentation.

    Args:
        path: The PNG file to write.
    """
    with Image.open(IMAGES / "page-timeline.png") as picture:
        picture.crop((20, 195, 1160, 515)).save(path, optimize=True)


def sampling(path: Path) -> None:
    """Draw intervals against minutes annotated, of ``benchmarks/archive_sampling/results.csv``.

    Args:
        path: The SVG file to write.
    """
    with RESULTS.open(encoding="utf-8", newline="") as stream:
        rows = list(csv.DictReader(stream))
    figure, (left, right) = plt.subplots(1, 2, figsize=(10, 4.2), layout="constrained")
    for sampler, colour in SAMPLERS.items():
        for estimator, style in (("weighted", "--"), ("assisted", "-")):
            own = [r for r in rows if (r["sampler"], r["estimator"]) == (sampler, estimator)]
            minutes = sorted({int(row["minutes"]) for row in own})
            for axes, column in ((left, "half_width"), (right, "coverage")):
                means = [
                    np.mean([float(r[column]) for r in own if int(r["minutes"]) == t])
                    for t in minutes
                ]
                values = np.array(means) * (1 if column == "half_width" else 100)
                axes.plot(minutes, values, style, color=colour, marker=".", label=None)
        left.plot([], [], color=colour, label=sampler)
    for estimator, style in (("weighted", "--"), ("assisted", "-")):
        left.plot([], [], style, color="black", label=estimator)
    left.set(xscale="log", yscale="log", ylabel="half-width of the 95 % interval")
    right.set(xscale="log", ylabel="coverage, %", ylim=(85, 100))
    right.axhspan(93, 97, color="0.92")
    left.set_yticks([0.02, 0.05, 0.1, 0.2], ["0.02", "0.05", "0.1", "0.2"])
    left.legend(frameon=False)
    for axes in (left, right):
        axes.set_xticks([30, 60, 120, 240, 480], ["30", "60", "120", "240", "480"])
        axes.minorticks_off()
        axes.set_xlabel("minutes annotated")
        axes.spines[["top", "right"]].set_visible(False)
    with mpl.rc_context({"svg.hashsalt": "vocalbaby"}):
        figure.savefig(path, metadata={"Date": None})
    plt.close(figure)


if __name__ == "__main__":
    mpl.use("Agg")
    IMAGES.mkdir(exist_ok=True)
    synthetic_spectrograms(IMAGES / "synthetic-spectrograms.png")
    timeline(IMAGES / "timeline.png")
    sampling(IMAGES / "sampling.svg")
