"""Timelines for annotators: tiers by class, confidences, and uncertain segments apart."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Final
from xml.sax.saxutils import escape, quoteattr

from vocalbaby.annotations.vocabulary import infant_class
from vocalbaby.entity.labels import CLASSES
from vocalbaby.entity.timeline import Segment, Tier, Timeline

__all__ = ["CONFIDENCE", "REGIONS", "UNCERTAIN", "class_of", "elan_timeline", "given_segments"]

#: Tier of segments of which the model is not certain.
UNCERTAIN: Final = "uncertain"
#: Tier of the stretches that are to be annotated completely.
REGIONS: Final = "annotate"
#: Begin of the names of tiers with confidences.
CONFIDENCE: Final = "confidence@"

_CLASS_TYPE: Final = "class"
_CONFIDENCE_TYPE: Final = "confidence"
_REGION_TYPE: Final = "region"
_VOCABULARY: Final = "classes"

#: What the classes are, as ELAN shows them beside the values.
_MEANINGS: Final = {
    "Canonical": "consonant and vowel with a quick transition",
    "Non-canonical": "vowel-like sounds, squeals, growls",
    "Crying": "crying and fussing",
    "Laughing": "laughter of an infant",
    "Junk": "no vocalization of the key child",
}


def given_segments(
    timeline: Timeline, *, uncertain_below: float, junk: bool = False
) -> tuple[Segment, ...]:
    """Return the segments that annotators get, with IDs, on the tiers on which they get them.

    Args:
        timeline: The model's segments.
        uncertain_below: A segment whose label has a lower probability is uncertain.
        junk: Whether segments of other sound are given.

    Returns:
        The segments in order of their onsets, with the attribute ``ANNOTATION_ID``.

    Examples:
        >>> crying = Segment(1.0, 2.0, "Crying", {"Crying": 0.45})
        >>> (found,) = given_segments(Timeline("day1", (crying,)), uncertain_below=0.6)
        >>> found.tier, found.label, found.attributes["ANNOTATION_ID"]
        ('uncertain', 'Crying', 'a1')
    """
    kept = [
        (segment, label)
        for segment in timeline.segments
        if (label := infant_class(segment)) is not None and (junk or label != "Junk")
    ]
    kept.sort(key=lambda each: (each[0].onset_s, each[0].offset_s))
    found = []
    for number, (segment, label) in enumerate(kept, 1):
        confidence = (segment.probabilities or {}).get(label)
        is_certain = confidence is None or confidence >= uncertain_below
        found.append(
            replace(
                segment,
                label=label,
                speaker=None,
                tier=label if is_certain else UNCERTAIN,
                attributes={"ANNOTATION_ID": f"a{number}"},
            )
        )
    return tuple(found)


def elan_timeline(
    timeline: Timeline,
    given: Sequence[Segment],
    regions: Sequence[tuple[float, float]] = (),
    *,
    media: str = "",
    junk: bool = False,
    dependents: bool = True,
) -> Timeline:
    """Return a timeline that is written as a pre-filled file of ELAN or Praat.

    Each class has a tier, whose annotations have the classes as a controlled vocabulary: the
    value of an annotation is its class, whatever its tier is.

    Args:
        timeline: The recording.
        given: Its segments, as `given_segments` returns them.
        regions: Begin and end in seconds of stretches that are to be annotated completely.
        media: Path of the recording, relative to the file of ELAN.
        junk: Whether there is a tier of other sound.
        dependents: Write confidences as annotations that refer to those of the classes, as ELAN
            has them; otherwise as segments of their own.

    Examples:
        >>> made = elan_timeline(Timeline("day1"), [], [(0.0, 60.0)], media="day1.wav")
        >>> [tier.name for tier in made.tiers][:3], made.segments[0].tier
        (['annotate', 'Canonical', 'confidence@Canonical'], 'annotate')
    """
    names = [*(c for c in CLASSES if junk or c != "Junk"), UNCERTAIN]
    tiers = [Tier(REGIONS, {"LINGUISTIC_TYPE_REF": _REGION_TYPE})] if regions else []
    for name in names:
        tiers.append(Tier(name, {"LINGUISTIC_TYPE_REF": _CLASS_TYPE, "PARTICIPANT": "CHI"}))
        own = {"LINGUISTIC_TYPE_REF": _CONFIDENCE_TYPE, "PARENT_REF": name, "PARTICIPANT": "CHI"}
        tiers.append(Tier(CONFIDENCE + name, own if dependents else {}))
    segments = [Segment(a, b, f"region {i}", tier=REGIONS) for i, (a, b) in enumerate(regions, 1)]
    for segment in given:
        segments.append(replace(segment, probabilities=None))
        if (confidence := (segment.probabilities or {}).get(segment.label or "")) is not None:
            name = segment.attributes["ANNOTATION_ID"]
            refers = {"ANNOTATION_ID": f"c{name[1:]}", "ANNOTATION_REF": name}
            segments.append(
                Segment(
                    segment.onset_s,
                    segment.offset_s,
                    f"{confidence:.2f}",
                    tier=f"{CONFIDENCE}{segment.tier}",
                    attributes=refers if dependents else {},
                )
            )
    elements = {
        "LINGUISTIC_TYPE": _types(),
        "CONSTRAINT": _constraint(),
        "CONTROLLED_VOCABULARY": _vocabulary(),
        "LANGUAGE": '<LANGUAGE LANG_DEF="http://cdb.iso.org/lg/CDB-00138502-001" LANG_ID="eng" '
        'LANG_LABEL="English (eng)"/>',
    }
    if media:
        elements["HEADER"] = _header(media)
    return replace(
        timeline,
        segments=tuple(segments),
        tiers=tuple(tiers),
        attributes=elements if dependents else {},
        child=None,
        clock_start=None,
    )


def class_of(segment: Segment) -> str | None:
    """Return the class that an annotator gave: that of the value, or else of the tier.

    Examples:
        >>> class_of(Segment(0, 1, "crying", tier="Canonical"))
        'Crying'
        >>> class_of(Segment(0, 1, "", tier="Laughing"))
        'Laughing'
        >>> class_of(Segment(0, 1, "dog", tier="notes")) is None
        True
    """
    named = infant_class(segment)
    if named is not None:
        return named
    text = (segment.label or "").strip()
    return infant_class(Segment(0, 0, segment.tier)) if not text and segment.tier else None


def _types() -> str:
    common = 'GRAPHIC_REFERENCES="false"'
    return (
        f'<LINGUISTIC_TYPE LINGUISTIC_TYPE_ID="{_CLASS_TYPE}" TIME_ALIGNABLE="true" {common} '
        f'CONTROLLED_VOCABULARY_REF="{_VOCABULARY}"/>'
        f'<LINGUISTIC_TYPE LINGUISTIC_TYPE_ID="{_CONFIDENCE_TYPE}" TIME_ALIGNABLE="false" {common} '
        'CONSTRAINTS="Symbolic_Association"/>'
        f'<LINGUISTIC_TYPE LINGUISTIC_TYPE_ID="{_REGION_TYPE}" TIME_ALIGNABLE="true" {common}/>'
    )


def _constraint() -> str:
    return (
        '<CONSTRAINT DESCRIPTION="1-1 association with a parent annotation" '
        'STEREOTYPE="Symbolic_Association"/>'
    )


def _vocabulary() -> str:
    entries = "".join(
        f'<CV_ENTRY_ML CVE_ID="cve_{name}"><CVE_VALUE DESCRIPTION={quoteattr(meaning)} '
        f'LANG_REF="eng">{escape(name)}</CVE_VALUE></CV_ENTRY_ML>'
        for name, meaning in _MEANINGS.items()
    )
    return (
        f'<CONTROLLED_VOCABULARY CV_ID="{_VOCABULARY}"><DESCRIPTION LANG_REF="eng">Classes of '
        f"vocalizations</DESCRIPTION>{entries}</CONTROLLED_VOCABULARY>"
    )


def _header(media: str) -> str:
    kind = "audio/x-wav" if media.lower().endswith(".wav") else "unknown"
    url = quoteattr(f"./{media}")
    return (
        '<HEADER MEDIA_FILE="" TIME_UNITS="milliseconds"><MEDIA_DESCRIPTOR MEDIA_URL='
        f'{url} RELATIVE_MEDIA_URL={url} MIME_TYPE="{kind}"/></HEADER>'
    )
