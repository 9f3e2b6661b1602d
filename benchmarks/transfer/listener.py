"""YAMNet as a listener: which sound it hears first in synthetic and in real clips.

YAMNet is a classifier of 521 kinds of sound (AudioSet). It is a file that the user brings, and
runs in the package ``ai-edge-litert``.
"""

import csv
from collections import Counter
from collections.abc import Iterable
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from benchmarks.transfer.channels import Samples
from vocalbaby.audio import load
from vocalbaby.entity.manifest import ClipRecord
from vocalbaby.features.embedding.litert import LiteRtModel
from vocalbaby.features.embedding.log_mel import patches, scale

__all__ = ["FAMILIES", "HINT", "Listener", "verdicts"]

HINT: Final = (
    "YAMNet's verdict is left out: install `vocalbaby-core[litert]` "
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


class Listener:
    """YAMNet, ready to listen.

    Args:
        model: ``yamnet_spectra_in.tflite``, with ``yamnet_class_map.csv`` beside it.

    Raises:
        FeatureSetError: ``ai-edge-litert`` is not installed, or the file is not its model.
        FileNotFoundError: A file does not exist.
    """

    def __init__(self, model: Path) -> None:
        with model.with_name("yamnet_class_map.csv").open(encoding="utf-8", newline="") as stream:
            self.classes = [row["display_name"] for row in csv.DictReader(stream)]
        self._net = LiteRtModel(model.read_bytes(), output="")

    def scores(self, samples: Samples) -> NDArray[np.float32]:
        """Compute the mean scores of all classes over the patches of a clip.

        Args:
            samples: float32, shape (n_samples,), 16 kHz; scaled and divided as for the
                feature set ``embedding``.

        Returns:
            float32, shape (n_classes,).
        """
        scaled = scale(samples)
        heard = patches(samples if scaled is None else scaled)
        mean: NDArray[np.float32] = np.mean([self._net.embed(patch) for patch in heard], axis=0)
        return mean

    def first_choice(self, samples: Samples) -> str:
        """Return the name of the class with the highest score."""
        return self.classes[int(self.scores(samples).argmax())]


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
