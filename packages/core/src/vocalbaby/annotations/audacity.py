r"""Label tracks of Audacity: onset, offset and label of a segment, separated by tabs.

A second line that begins with a backslash has the lowest and highest frequency of a spectral
selection: https://manual.audacityteam.org/man/importing_and_exporting_labels.html.
"""

import re
from collections.abc import Sequence
from typing import Final

from vocalbaby.annotations.notes import Holds, Notes
from vocalbaby.annotations.text import (
    SourceName,
    decode,
    encode,
    finite,
    fixed,
    lines,
    number,
    recording_of,
)
from vocalbaby.entity.timeline import Segment, Timeline

__all__ = ["read", "recognises", "write"]

_LOW: Final = "low_frequency"
_HIGH: Final = "high_frequency"
_HOLDS: Final = Holds(segment=("speaker",), segment_attributes=frozenset({_LOW, _HIGH}))


def recognises(data: bytes) -> bool:
    """Whether the first line has two numbers and a tab between them; an empty file has none."""
    return re.match(rb"(\xef\xbb\xbf|\xff\xfe)?\s*(-?[\d.,\0]+\t|$)", data) is not None


def read(data: bytes, name: str) -> tuple[Timeline, ...]:
    """Read a label track; the recording is that after which the file is named.

    Raises:
        DataError: A line has fewer than two times, or impossible ones.
    """
    source = SourceName(name)
    segments: list[Segment] = []
    for i, line in enumerate(lines(decode(data, source)), 1):
        fields = line.split("\t")
        if not line.strip():
            continue
        if fields[0] == "\\":
            if not segments or len(fields) != 3:
                raise source.error(
                    "A line of frequencies has a backslash and two numbers, and follows a label.",
                    line=i,
                )
            segments[-1] = _with_frequencies(segments[-1], fields, source, i)
            continue
        if len(fields) < 2:
            raise source.error(
                "A label has an onset and an offset, separated by a tab, and there is no tab.",
                line=i,
                hint="Export the labels from Audacity again, or name the format with --from.",
            )
        onset = number(fields[0].strip(), source, i, "onset")
        offset = number(fields[1].strip(), source, i, "offset")
        if offset < onset:
            raise source.error(f"The label ends at {offset} s, before it begins.", line=i)
        label = "\t".join(fields[2:]) or None
        segments.append(Segment(onset, offset, label))
    return (Timeline(recording_of(name), tuple(segments)),)


def _with_frequencies(
    segment: Segment, fields: Sequence[str], source: SourceName, i: int
) -> Segment:
    for text in fields[1:]:
        number(text.strip(), source, i, "frequency")
    return Segment(
        segment.onset_s,
        segment.offset_s,
        segment.label,
        attributes={_LOW: fields[1].strip(), _HIGH: fields[2].strip()},
    )


def write(timelines: Sequence[Timeline], notes: Notes) -> bytes:
    """Write a label track, with a speaker as the label of a segment that has none."""
    (timeline,) = timelines
    _HOLDS.report(timelines, notes)
    rows = []
    for segment in timeline.segments:
        label = segment.label or ""
        if segment.speaker is not None:
            how = "left out" if label else "written as labels"
            notes.add("speaker", f"the speakers of {{n}} segments are {how}")
            label = label or segment.speaker
        # A tab at the end of the label would be lost, and a line feed would end it.
        text = re.sub(r"[\t\r\n]+", " ", label)
        if text != label:
            notes.add("blanks", "tabs and line feeds in {n} labels are replaced with blanks")
        rows.append(f"{_time(segment.onset_s)}\t{_time(segment.offset_s)}\t{text}\n")
        band = [segment.attributes.get(key) for key in (_LOW, _HIGH)]
        known = [text if text and finite(text) is not None else None for text in band]
        if known != band:
            notes.add("attributes", "the frequencies of {n} segments are no numbers and left out")
        if any(known):
            # Audacity writes -1 where a frequency is not defined.
            rows.append("\t".join(["\\", *(text or "-1" for text in known)]) + "\n")
    data, replaced = encode("".join(rows))
    notes.add("characters", "U+FFFD replaces {n} unusable characters", replaced)
    return data


def _time(seconds: float) -> str:
    """Write a time with at least the six decimals that Audacity writes."""
    whole, _, decimals = fixed(seconds).partition(".")
    return f"{whole}.{decimals:0<6}"
