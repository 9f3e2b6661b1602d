"""The segments of a job in the formats of the field."""

import json
from pathlib import PurePath
from typing import Any, Final

from vocalbaby.entity.timeline import Segment, Timeline

__all__ = ["EXPORTS", "MEDIA_TYPES", "file_name", "timeline_json"]

#: Formats of annotations in which every result is written, with their suffixes.
EXPORTS: Final = {
    "rttm": ".rttm",
    "textgrid": ".TextGrid",
    "eaf": ".eaf",
    "childproject": ".csv",
    "audacity": ".txt",
    "csv": ".csv",
    "parquet": ".parquet",
}
_SUFFIXES: Final = EXPORTS | {"json": ".json"}
#: The media type of each format.
MEDIA_TYPES: Final = {
    "json": "application/json",
    "rttm": "text/plain; charset=utf-8",
    "textgrid": "text/plain; charset=utf-8",
    "eaf": "application/xml",
    "childproject": "text/csv; charset=utf-8",
    "audacity": "text/plain; charset=utf-8",
    "csv": "text/csv; charset=utf-8",
    "parquet": "application/vnd.apache.parquet",
}


def file_name(recording: str, format_: str) -> str:
    """The name of a result's file.

    Examples:
        >>> file_name("day1.wav", "textgrid")
        'day1.TextGrid'
    """
    return f"{PurePath(recording).stem or 'recording'}{_SUFFIXES[format_]}"


def timeline_json(timeline: Timeline) -> bytes:
    """A timeline as JSON, with times in seconds."""
    whole = {
        "recording_id": timeline.recording_id,
        "duration_s": timeline.duration_s,
        "clock_start": timeline.clock_start.isoformat() if timeline.clock_start else None,
        "attributes": dict(timeline.attributes),
        "segments": [_segment(segment) for segment in timeline.segments],
    }
    return json.dumps(whole, ensure_ascii=False, separators=(",", ":")).encode()


def _segment(segment: Segment) -> dict[str, Any]:
    found: dict[str, Any] = {
        "onset_s": round(segment.onset_s, 6),
        "offset_s": round(segment.offset_s, 6),
        "label": segment.label,
        "tier": segment.tier,
    }
    if segment.speaker is not None:
        found["speaker"] = segment.speaker
    if segment.probabilities is not None:
        found["probabilities"] = {k: round(p, 6) for k, p in segment.probabilities.items()}
    if segment.attributes:
        found["attributes"] = dict(segment.attributes)
    return found
