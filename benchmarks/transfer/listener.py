"""YAMNet as a listener: which sound it hears first in synthetic and in real clips.

YAMNet is a classifier of 521 kinds of sound (AudioSet). It is a file that the user brings, and
runs in the package ``ai-edge-litert``, which is in no lock file.
"""

import csv
import importlib
from collections import Counter
from collections.abc import Iterable
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from benchmarks.transfer.channels import Samples
from vocalbaby.audio import load
from vocalbaby.entity.clip import SAMPLE_RATE
from vocalbaby.entity.manifest import ClipRecord

__all__ = ["FAMILIES", "HINT", "Listener", "log_mel", "verdicts"]

HINT: Final = (
    "YAMNet's verdict is left out: install `ai-edge-litert` (`pip install ai-edge-litert==2.3.0`) "
    "and name `yamnet_spectra_in.tflite` of google-coral/coralmicro (Apache-2.0) with --yamnet; "
    "its class map `yamnet_class_map.csv` has to lie beside it."
)

#: Classes of AudioSet that count as a cry, a laugh and speech: each with all its subclasses.
FAMILIES: Final = {
    "cry": ("Crying, sobbing", "Baby cry, infant cry", "Whimper", "Wail, moan"),
    "laughter": (
        "Laughter",
        "Baby laughter",
        "Giggle",
        "Snicker",
        "Belly laugh",
        "Chuckle, chortle",
    ),
    "speech": (
        "Speech",
        "Child speech, kid speaking",
        "Conversation",
        "Narration, monologue",
        "Babbling",
        "Speech synthesizer",
    ),
}

_WINDOW, _HOP, _FFT, _BANDS = 400, 160, 512, 64
_PATCH, _PATCH_HOP = 96, 48
#: Samples that give one patch.
_SHORTEST = _WINDOW + (_PATCH - 1) * _HOP
_PEAK_DB = -3.0


class Listener:
    """YAMNet, ready to listen.

    Args:
        model: ``yamnet_spectra_in.tflite``, with ``yamnet_class_map.csv`` beside it.

    Raises:
        ImportError: ``ai-edge-litert`` is not installed.
        FileNotFoundError: A file does not exist.
    """

    def __init__(self, model: Path) -> None:
        interpreter = importlib.import_module("ai_edge_litert.interpreter")
        with model.with_name("yamnet_class_map.csv").open(encoding="utf-8", newline="") as stream:
            self.classes = [row["display_name"] for row in csv.DictReader(stream)]
        self._net: Any = interpreter.Interpreter(model_content=model.read_bytes(), num_threads=1)
        self._net.allocate_tensors()
        self._input = self._net.get_input_details()[0]["index"]
        self._output = self._net.get_output_details()[0]["index"]

    def scores(self, samples: Samples) -> NDArray[np.float32]:
        """Compute the mean scores of all classes over patches of 0.96 s every 0.48 s.

        Args:
            samples: float32, shape (n_samples,), 16 kHz. They are scaled to a peak of
                -3 dB, and followed by silence if they are shorter than one patch.

        Returns:
            float32, shape (n_classes,).
        """
        peak = max(float(np.abs(samples).max(initial=0.0)), 1e-9)
        scaled = samples * np.float32(10 ** (_PEAK_DB / 20) / peak)
        spectrum = log_mel(np.pad(scaled, (0, max(0, _SHORTEST - len(scaled)))))
        total = np.zeros(len(self.classes), np.float32)
        starts = range(0, len(spectrum) - _PATCH + 1, _PATCH_HOP)
        for start in starts:
            self._net.set_tensor(self._input, spectrum[np.newaxis, start : start + _PATCH])
            self._net.invoke()
            total += self._net.get_tensor(self._output)[0]
        return total / np.float32(len(starts))

    def first_choice(self, samples: Samples) -> str:
        """Return the name of the class with the highest score."""
        return self.classes[int(self.scores(samples).argmax())]


def log_mel(samples: Samples) -> NDArray[np.float32]:
    """Compute YAMNet's input: log(mel + 0.001) of magnitudes, float32, shape (n_frames, 64)."""
    frames = np.lib.stride_tricks.sliding_window_view(samples, _WINDOW)[::_HOP]
    window = 0.5 - 0.5 * np.cos(2 * np.pi * np.arange(_WINDOW) / _WINDOW)
    magnitude = np.abs(np.fft.rfft(frames * window, _FFT))
    mel: NDArray[np.float32] = np.log(magnitude @ _filters() + 1e-3).astype(np.float32)
    return mel


def _filters() -> NDArray[np.float64]:
    """Triangles on the HTK mel scale, 125 to 7500 Hz, linear in mel as in TensorFlow."""

    def to_mel(hz: NDArray[np.floating[Any]]) -> NDArray[np.floating[Any]]:
        mel: NDArray[np.floating[Any]] = 1127.0 * np.log1p(hz / 700.0)
        return mel

    bins = to_mel(np.fft.rfftfreq(_FFT, 1 / SAMPLE_RATE))[:, np.newaxis]
    low, high = to_mel(np.array([125.0, 7500.0]))
    edges = np.linspace(low, high, _BANDS + 2)
    rising = (bins - edges[:-2]) / (edges[1:-1] - edges[:-2])
    falling = (edges[2:] - bins) / (edges[2:] - edges[1:-1])
    filters: NDArray[np.float64] = np.maximum(0.0, np.minimum(rising, falling))
    filters[0] = 0.0
    return filters


def verdicts(listener: Listener, records: Iterable[ClipRecord]) -> dict[str, dict[str, Any]]:
    """Listen to clips, by corpus and class.

    Returns:
        For each ``corpus, class`` the number of clips, the share whose first choice is in
        each of `FAMILIES`, and the three most frequent first choices.
    """
    heard: dict[str, list[str]] = {}
    for record in records:
        first = listener.first_choice(load(record.path).samples)
        heard.setdefault(f"{record.corpus}, {record.Answer}", []).append(first)
    return {
        name: {
            "clips": len(choices),
            **{
                family: sum(choice in members for choice in choices) / len(choices)
                for family, members in FAMILIES.items()
            },
            "most_frequent": Counter(choices).most_common(3),
        }
        for name, choices in sorted(heard.items())
    }
