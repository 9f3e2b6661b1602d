"""Features of the key child's vocalizations: what can be shared without any sound."""

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any, Final

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from vocalbaby import audio
from vocalbaby.annotations.vocabulary import infant_class
from vocalbaby.corpus.privacy.key_child import is_key_child
from vocalbaby.corpus.sampling.sounds import cut
from vocalbaby.entity.clip import SAMPLE_RATE
from vocalbaby.entity.timeline import Timeline
from vocalbaby.exception import AudioError
from vocalbaby.features import registry

__all__ = ["feature_rows", "write_features"]

#: Lengths of clips in seconds of which features are computed.
_SHORTEST_S: Final = 0.02
_LONGEST_S: Final = 30.0


def feature_rows(timeline: Timeline, sound: Path, feature_set: str) -> list[dict[str, Any]]:
    """Compute the features of each vocalization of the key child.

    Args:
        timeline: The segments; those of others than the key child are passed over.
        sound: The recording.
        feature_set: Name of the feature set.

    Returns:
        A row for each: times, class and features. Where no features can be computed they are NaN.

    Raises:
        AudioError: The recording cannot be read.
    """
    extractor = registry.get(feature_set)
    names = [column.name for column in extractor.columns]
    segments = [s for s in timeline.segments if is_key_child(s)]
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


def write_features(
    timelines: Mapping[str, Timeline],
    sounds: Mapping[str, Path],
    path: Path,
    feature_set: str,
    progress: Callable[[int, int], None] | None = None,
) -> int:
    """Write the features of all vocalizations as one Parquet file, recording after recording.

    Args:
        timelines: The segments to write, by the recording's own name.
        sounds: File of the sound of each.
        path: The file.
        feature_set: Name of the feature set.
        progress: Called with the recordings that are done, and all.

    Returns:
        The number of rows.

    Raises:
        AudioError: A recording cannot be read.
    """
    n_rows, writer = 0, None
    for number, (own, timeline) in enumerate(timelines.items(), 1):
        rows = feature_rows(timeline, sounds[own], feature_set)
        child = timeline.child
        for row in rows:
            row |= {
                "child_id": child.child_id if child else None,
                "age_months": child.age_months if child else None,
            }
        if rows:
            texts = ("recording_id", "label", "child_id")
            types = {name: pa.string() if name in texts else pa.float64() for name in rows[0]}
            table = pa.Table.from_pylist(rows, pa.schema(list(types.items())))
            writer = writer or pq.ParquetWriter(path, table.schema)
            writer.write_table(table)
        n_rows += len(rows)
        if progress is not None:
            progress(number, len(timelines))
    if writer is not None:
        writer.close()
    return n_rows
