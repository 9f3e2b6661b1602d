"""Features of the key child's vocalizations: what can be shared without any sound."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final

import numpy as np

from vocalbaby import audio
from vocalbaby.annotations.vocabulary import infant_class
from vocalbaby.corpus.sampling.sounds import cut
from vocalbaby.entity.clip import SAMPLE_RATE
from vocalbaby.entity.timeline import Timeline
from vocalbaby.exception import AudioError
from vocalbaby.features import registry

__all__ = ["feature_rows"]

#: Lengths of clips in seconds of which features are computed.
_SHORTEST_S: Final = 0.02
_LONGEST_S: Final = 30.0


def feature_rows(timeline: Timeline, sound: Path, feature_set: str) -> list[dict[str, Any]]:
    """Compute the features of each vocalization of the key child.

    Args:
        timeline: The segments; those without a class of an infant are passed over.
        sound: The recording.
        feature_set: Name of the feature set.

    Returns:
        A row for each: times, class and features. Where no features can be computed they are NaN.

    Raises:
        AudioError: The recording cannot be read.
    """
    extractor = registry.get(feature_set)
    names = [column.name for column in extractor.columns]
    segments = [s for s in timeline.segments if infant_class(s) not in {None, "Junk"}]
    times = [(s.onset_s, min(s.offset_s, s.onset_s + _LONGEST_S)) for s in segments]
    values: dict[int, Sequence[float]] = {}
    for i, samples in cut(sound, times):
        if len(samples) < _SHORTEST_S * SAMPLE_RATE:
            continue
        try:
            clip = audio.from_samples(samples, SAMPLE_RATE)
        except AudioError:
            continue  # silent: the features are not known
        values[i] = extractor.extract([clip.samples])[0].tolist()
    nothing = [float(np.nan)] * len(names)
    return [
        {
            "recording_id": timeline.recording_id,
            "onset_s": segment.onset_s,
            "offset_s": segment.offset_s,
            "label": infant_class(segment),
            **dict(zip(names, values.get(i, nothing), strict=True)),
        }
        for i, segment in enumerate(segments)
    ]
