"""Draw the figures of the documentation: ``python docs/make_figures.py``.

The figures are written to ``docs/images``. The script needs matplotlib, Pillow and the core
library.
"""

from pathlib import Path
from typing import Final

import matplotlib as mpl
import numpy as np
from matplotlib import pyplot as plt
from PIL import Image

from vocalbaby.audio.acoustics import RecordingConfig, record
from vocalbaby.corpora.synthetic.corpus import synthesize
from vocalbaby.corpora.synthetic.voice import child_voice
from vocalbaby.entity.clip import SAMPLE_RATE
from vocalbaby.entity.labels import CLASSES

IMAGES: Final = Path(__file__).parent / "images"
DURATION_S: Final = 0.7
#: A good recorder in a living room, so that differences between the clips are due to the classes.
RECORDING: Final = RecordingConfig(
    rt60_s=(0.15, 0.3),
    direct_to_reverberant_db=(8.0, 15.0),
    snr_db=(32.0, 45.0),
    noise_slope_db=(-4.0, -2.0),
    tilt_db=(-0.5, 0.5),
    resonances=0,
    low_pass_probability=0.0,
    muffle_probability=0.0,
    phone_probability=0.0,
    codec_probability=0.0,
    clip_probability=0.0,
    agc_probability=0.0,
    floor_dbfs=(-90.0, -80.0),
    level_dbfs=(-25.0, -20.0),
)


def synthetic_classes(path: Path) -> None:
    """Draw spectrograms of clips of five children for each class.

    Args:
        path: The PNG file to write.
    """
    figure, rows = plt.subplots(
        len(CLASSES), 5, figsize=(11, 9.5), sharex=True, sharey=True, layout="constrained"
    )
    for label, row in zip(CLASSES, rows, strict=True):
        for column, axes in enumerate(row):
            rng = np.random.default_rng([column, 7])
            voice = child_voice(rng, 4 + 6 * column, "FM"[column % 2])
            sound = record(synthesize(rng, voice, label, DURATION_S), rng, RECORDING)
            sound = sound / np.std(sound)
            axes.specgram(
                sound, NFFT=256, Fs=SAMPLE_RATE, noverlap=208, cmap="magma", vmin=-95, vmax=-35
            )
            if column == 0:
                axes.set_ylabel(f"{label}\nHz")
            if label == CLASSES[0]:
                axes.set_title(f"{voice.age_months} months")
            if label == CLASSES[-1]:
                axes.set_xlabel("s")
    figure.savefig(path, dpi=70)
    plt.close(figure)
    # Noise compresses badly. A palette of 32 colours keeps the repository small.
    with Image.open(path) as picture:
        picture.convert("RGB").quantize(32).save(path, optimize=True)


if __name__ == "__main__":
    mpl.use("Agg")
    IMAGES.mkdir(exist_ok=True)
    synthetic_classes(IMAGES / "synthetic-classes.png")
