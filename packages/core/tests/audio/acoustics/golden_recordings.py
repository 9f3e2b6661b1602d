"""Simulated recordings, whose fingerprints golden_recordings.csv pins.

After a change of the simulation that is meant, write the file anew, and read the difference:

    .venv/bin/python -m packages.core.tests.audio.acoustics.golden_recordings
"""

from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from packages.core.tests.fingerprints import Sound, write
from vocalbaby.audio.acoustics import CLEAN_RECORDING, RecordingConfig, augment, record
from vocalbaby.audio.acoustics.channel import (
    codec,
    gain_control,
    mu_law,
    overdrive,
    telephone,
)
from vocalbaby.audio.acoustics.coding import speech_codec, suppress_noise
from vocalbaby.audio.acoustics.noise import babble, coloured, hum
from vocalbaby.audio.acoustics.room import impulse_response

GOLDEN = Path(__file__).with_name("golden_recordings.csv")

Samples = NDArray[np.float32]
#: Each effect alone.
EFFECTS: dict[str, Callable[[np.random.Generator, Samples], Samples]] = {
    "room": lambda rng, x: impulse_response(rng, 0.3, 5.0),
    "noise": lambda rng, x: coloured(rng, len(x), -4.0),
    "hum": lambda rng, x: hum(rng, len(x)),
    "babble": lambda rng, x: babble(rng, len(x)),
    "overdrive": overdrive,
    "mu-law": lambda rng, x: mu_law(x),
    "telephone": lambda rng, x: telephone(x),
    "gain control": gain_control,
    "noise suppression": suppress_noise,
    "codec": codec,
    "speech codec": speech_codec,
}
RECORDERS = {
    "default": RecordingConfig(),
    "clean": CLEAN_RECORDING,
    # Each effect is in about half of the recordings.
    "frequent effects": RecordingConfig.model_validate(
        {name: 0.5 for name in RecordingConfig.model_fields if name.endswith("_probability")}
    ),
}


def voice() -> Samples:
    """Half a second of a buzz that fades, with a little noise."""
    t = np.arange(8000) / 16_000
    waves = sum(np.sin(2 * np.pi * 390 * k * t) / k for k in range(1, 18))
    noise = np.random.default_rng(0).standard_normal(8000)
    return np.asarray((0.2 * waves + 0.005 * noise) * (1 - t), np.float32)


def recordings() -> Iterator[tuple[str, Sound]]:
    """Each effect alone, and recordings by several recorders, with their names."""
    for name, effect in EFFECTS.items():
        for seed in range(4):
            yield f"{name}, {seed}", effect(np.random.default_rng(seed), voice())
    for name, config in RECORDERS.items():
        for seed in range(2 if name == "clean" else 24):
            yield f"recorded, {name}, {seed}", record(voice(), np.random.default_rng(seed), config)
    for seed in range(8):
        window = (0.2, 0.3) if seed % 2 else None
        yield (
            f"augmented, {seed}",
            augment(voice(), np.random.default_rng(seed), window_s=window),
        )


if __name__ == "__main__":
    write(GOLDEN, recordings())
