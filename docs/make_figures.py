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


if __name__ == "__main__":
    mpl.use("Agg")
    IMAGES.mkdir(exist_ok=True)
    synthetic_spectrograms(IMAGES / "synthetic-spectrograms.png")
    timeline(IMAGES / "timeline.png")
