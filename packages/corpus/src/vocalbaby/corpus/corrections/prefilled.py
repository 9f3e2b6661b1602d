"""Timelines for annotators: tiers by class, confidences, and uncertain segments apart."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Final

from vocalbaby.annotations.vocabulary import infant_class, vcm_type
from vocalbaby.corpus.corrections.elan_elements import (
    CLASS_TYPE,
    CONFIDENCE_TYPE,
    REGION_TYPE,
    UTTERANCE_TYPE,
    VCM_TYPE,
    elements,
)
from vocalbaby.entity.labels import CLASSES
from vocalbaby.entity.timeline import Segment, Tier, Timeline

__all__ = [
    "CONFIDENCE",
    "REGIONS",
    "UNCERTAIN",
    "aclew_timeline",
    "class_of",
    "elan_timeline",
    "given_segments",
]

#: Tier of segments of which the model is not certain.
UNCERTAIN: Final = "uncertain"
#: Tier of the stretches that are to be annotated completely.
REGIONS: Final = "annotate"
#: Begin of the names of tiers with confidences.
CONFIDENCE: Final = "confidence@"


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
    tiers = [Tier(REGIONS, {"LINGUISTIC_TYPE_REF": REGION_TYPE})] if regions else []
    for name in names:
        tiers.append(Tier(name, {"LINGUISTIC_TYPE_REF": CLASS_TYPE, "PARTICIPANT": "CHI"}))
        own = {"LINGUISTIC_TYPE_REF": CONFIDENCE_TYPE, "PARENT_REF": name, "PARTICIPANT": "CHI"}
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
    return _made(timeline, segments, tiers, elements(media) if dependents else {})


def aclew_timeline(
    timeline: Timeline,
    given: Sequence[Segment],
    regions: Sequence[tuple[float, float]] = (),
    *,
    media: str = "",
) -> Timeline:
    """Return a timeline in the ACLEW annotation scheme, which ChildProject imports.

    The vocalizations are on the tier ``CHI``, and their classes on ``vcm@CHI`` below it, as C, N,
    Y, L or J; U is a class of which the model is not certain.

    Args:
        timeline: The recording.
        given: Its segments, as `given_segments` returns them.
        regions: Begin and end in seconds of stretches that are to be annotated completely.
        media: Path of the recording, relative to the file of ELAN.

    Examples:
        >>> crying = Segment(1.0, 2.0, "Crying", {"Crying": 0.9})
        >>> given = given_segments(Timeline("day1", (crying,)), uncertain_below=0.6)
        >>> [(s.tier, s.label) for s in aclew_timeline(Timeline("day1"), given).segments]
        [('CHI', '0.'), ('vcm@CHI', 'Y'), ('confidence@CHI', 'Crying 0.90')]
    """
    tiers = [Tier(REGIONS, {"LINGUISTIC_TYPE_REF": REGION_TYPE})] if regions else []
    tiers.append(Tier("CHI", {"LINGUISTIC_TYPE_REF": UTTERANCE_TYPE, "PARTICIPANT": "CHI"}))
    for name, kind in (("vcm@CHI", VCM_TYPE), ("confidence@CHI", CONFIDENCE_TYPE)):
        own = {"LINGUISTIC_TYPE_REF": kind, "PARENT_REF": "CHI", "PARTICIPANT": "CHI"}
        tiers.append(Tier(name, own))
    segments = [Segment(a, b, f"region {i}", tier=REGIONS) for i, (a, b) in enumerate(regions, 1)]
    for segment in given:
        name, label = segment.attributes["ANNOTATION_ID"], segment.label or ""
        code = "U" if segment.tier == UNCERTAIN else (vcm_type(segment) or "U")
        probability = (segment.probabilities or {}).get(label)
        confidence = label if probability is None else f"{label} {probability:.2f}"
        plain = replace(segment, probabilities=None, speaker=None)
        segments.append(replace(plain, label="0.", tier="CHI"))
        for prefix, tier, text in (("v", "vcm@CHI", code), ("c", "confidence@CHI", confidence)):
            refers = {"ANNOTATION_ID": f"{prefix}{name[1:]}", "ANNOTATION_REF": name}
            segments.append(replace(plain, label=text, tier=tier, attributes=refers))
    return _made(timeline, segments, tiers, elements(media))


def _made(
    timeline: Timeline, segments: Sequence[Segment], tiers: Sequence[Tier], own: dict[str, str]
) -> Timeline:
    """Return a timeline without what is known of the child, which annotators need not see."""
    return Timeline(
        timeline.recording_id, tuple(segments), timeline.duration_s, None, None, tuple(tiers), own
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
