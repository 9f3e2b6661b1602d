"""Annotations of ELAN that describe another one, as in the ACLEW annotation scheme.

There, the tier ``vcm@CHI`` holds the vocal maturity of the utterances on the tier ``CHI``.
"""

from collections.abc import Mapping
from dataclasses import replace
from typing import Final

from vocalbaby.entity.timeline import Segment, Timeline

__all__ = ["root_of", "without_dependents"]

#: Begin of a tier's name to ChildProject's column.
_COLUMNS: Final[Mapping[str, str]] = {
    "vcm": "vcm_type",
    "lex": "lex_type",
    "mwu": "mwu_type",
    "msc": "msc_type",
    "gra": "gra_type",
    "xds": "addressee",
}

#: Attributes that only make sense in a file of ELAN.
_OF_ELAN: Final = (
    "ANNOTATION_ID",
    "ANNOTATION_REF",
    "PREVIOUS_ANNOTATION",
    "TIME_SLOT_REF1",
    "TIME_SLOT_REF2",
)


def root_of(own: str | None, parents: Mapping[str, str | None]) -> str | None:
    """ID of the annotation that has the times of another one.

    Args:
        own: ID of an annotation.
        parents: ID to which each annotation refers; None if it has times of its own.

    Returns:
        The ID; None if an annotation on the way does not exist, or refers to itself.

    Examples:
        >>> root_of("a3", {"a1": None, "a2": "a1", "a3": "a2"}), root_of("a1", {"a1": "a1"})
        ('a1', None)
    """
    for _ in range(len(parents) + 1):
        if own is None or own not in parents:
            return None
        if (parent := parents[own]) is None:
            return own
        own = parent
    return None


def without_dependents(timeline: Timeline) -> Timeline:
    """Turn annotations that refer to another one into attributes of that one.

    The attribute is ChildProject's column for the tier, or the begin of the tier's name.
    Segments that do not come from ELAN stay as they are.

    Examples:
        >>> chi = Segment(1.0, 2.0, "mama", tier="CHI", attributes={"ANNOTATION_ID": "a1"})
        >>> refers = {"ANNOTATION_ID": "a2", "ANNOTATION_REF": "a1"}
        >>> vcm = Segment(1.0, 2.0, "C", tier="vcm@CHI", attributes=refers)
        >>> merged = without_dependents(Timeline("day1", (chi, vcm)))
        >>> len(merged.segments), dict(merged.segments[0].attributes)
        (1, {'vcm_type': 'C'})
    """
    parents = {
        segment.attributes["ANNOTATION_ID"]: segment.attributes.get("ANNOTATION_REF")
        for segment in timeline.segments
        if "ANNOTATION_ID" in segment.attributes
    }
    if not parents:
        return timeline
    described: dict[str, dict[str, str]] = {}
    kept: list[tuple[str | None, Segment]] = []
    for segment in timeline.segments:
        own = segment.attributes.get("ANNOTATION_ID")
        root = root_of(own, parents)
        if root is None or root == own:
            kept.append((own, segment))
        else:
            name = (segment.tier or "").partition("@")[0]
            described.setdefault(root, {})[_COLUMNS.get(name, name)] = segment.label or ""
    segments = tuple(_described(segment, described.get(own or "", {})) for own, segment in kept)
    used, had = ({s.tier for s in some} for some in (segments, timeline.segments))
    tiers = tuple(t for t in timeline.tiers if t.name in used or t.name not in had)
    return replace(timeline, segments=segments, tiers=tiers)


def _described(segment: Segment, values: Mapping[str, str]) -> Segment:
    attributes = {k: v for k, v in segment.attributes.items() if k not in _OF_ELAN}
    attributes |= {name: value for name, value in values.items() if value}
    return replace(segment, attributes=attributes)
