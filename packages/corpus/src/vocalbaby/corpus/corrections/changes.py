"""What an annotator changed in the segments that the model gave."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, Literal, TypeAlias

from vocalbaby.annotations.vocabulary import is_class
from vocalbaby.corpus.agreement.matching import match_segments
from vocalbaby.corpus.agreement.tracks import track_of
from vocalbaby.corpus.corrections.prefilled import CONFIDENCE, REGIONS, UNCERTAIN, class_of
from vocalbaby.entity.timeline import Segment

__all__ = ["KINDS", "Change", "Kind", "changes_of", "ignored_of"]

#: What became of a segment.
Kind: TypeAlias = Literal[
    "kept",
    "relabelled",
    "moved",
    "relabelled_and_moved",
    "added",
    "deleted",
    "unresolved",
    "other_label",
]

#: All kinds, with what each means.
KINDS: Final[dict[Kind, str]] = {
    "kept": "as the model gave it",
    "relabelled": "with another class",
    "moved": "with another begin or end",
    "relabelled_and_moved": "with another class, and another begin or end",
    "added": "which the model had not given",
    "deleted": "which the annotator removed",
    "unresolved": "still on the tier uncertain, as given",
    "other_label": "with a label that names no class",
}

#: Begin of the names of tiers of vocal maturity, in the ACLEW scheme.
_VCM: Final = "vcm@"

#: Least intersection over union of segments that are the same one, where IDs are lost.
_SAME: Final = 0.3
#: Formats round times to milliseconds.
_ROUNDING_S: Final = 0.0011


@dataclass(frozen=True, slots=True)
class Change:
    """A segment before and after correction.

    Attributes:
        kind: One of `KINDS`.
        given: The model's segment; None if it was added.
        corrected: The annotator's segment; None if it was deleted.
        label: Class of the annotator's segment; None if it was deleted, or its label is no class.

    Examples:
        >>> (change,) = changes_of([Segment(0, 1, "Crying")], [Segment(0, 1, "Laughing")])
        >>> change.kind, change.label
        ('relabelled', 'Laughing')
    """

    kind: Kind
    given: Segment | None
    corrected: Segment | None
    label: str | None

    @property
    def segment(self) -> Segment:
        """The annotator's segment, or the model's if it was deleted.

        Raises:
            ValueError: There is neither.
        """
        segment = self.corrected or self.given
        if segment is None:
            raise ValueError("A change has a segment.")
        return segment


def ignored_of(segments: Sequence[Segment]) -> list[Segment]:
    """Return segments of an annotator's file that have no class, and are no help of the export.

    Args:
        segments: All segments of the file.

    Examples:
        >>> [s.label for s in ignored_of([Segment(0, 1, "a dog", tier="notes"), Segment(0, 1, "0.9",
        ...     tier="confidence@Crying")])]
        ['a dog']
    """
    classed = {_own_id(s) for s in segments if (s.tier or "").startswith(_VCM)}
    return [
        segment
        for segment in segments
        if class_of(segment) is None
        and not _is_open(segment)
        and not (segment.tier == "CHI" and _own_id(segment) in classed)
        and segment.tier != REGIONS
        and not (segment.tier or "").startswith(CONFIDENCE)
        and (segment.label or "").strip()
    ]


def changes_of(given: Sequence[Segment], corrected: Sequence[Segment]) -> list[Change]:
    """Compare what annotators were given with what they returned.

    Segments are the same one if they have the same ID of ELAN and overlap, or else if they overlap
    by at least 0.3 of their union; pairs are chosen such that the overlaps are largest.

    Args:
        given: The model's segments.
        corrected: All segments of the annotator's file. Those without a class count where they have
            the ID of a given segment, or are on a tier of classes; others are passed over.

    Returns:
        A change for each segment of both, in order of time.
    """
    ids = {s.attributes.get("ANNOTATION_ID", "") for s in given} - {""}
    others = {id(s) for s in ignored_of(corrected) if _own_id(s) in ids or _is_classed(s)}
    returned = [s for s in corrected if class_of(s) is not None or _is_open(s) or id(s) in others]
    pairs = _pairs(given, returned)
    found = [_change(given[i], returned[j]) for i, j in pairs]
    first, second = ({pair[k] for pair in pairs} for k in (0, 1))
    found += [Change("deleted", s, None, None) for i, s in enumerate(given) if i not in first]
    found += [
        Change("other_label" if class_of(s) is None else "added", None, s, class_of(s))
        for j, s in enumerate(returned)
        if j not in second and not _is_open(s)
    ]
    return sorted(found, key=lambda each: (each.segment.onset_s, each.segment.offset_s))


def _is_open(segment: Segment) -> bool:
    """Whether the class is still said to be uncertain, in the ACLEW scheme."""
    return segment.label == "U" and (segment.tier or "").startswith(_VCM)


def _is_classed(segment: Segment) -> bool:
    """Whether the tier is one whose annotations are classes."""
    tier = segment.tier or ""
    return tier == UNCERTAIN or tier.startswith(_VCM) or is_class(tier)


def _own_id(segment: Segment) -> str:
    """ID of the vocalization; in the ACLEW scheme, the class refers to it."""
    key = "ANNOTATION_REF" if (segment.tier or "").startswith(_VCM) else "ANNOTATION_ID"
    return segment.attributes.get(key, "")


def _pairs(given: Sequence[Segment], returned: Sequence[Segment]) -> list[tuple[int, int]]:
    ids = {s.attributes.get("ANNOTATION_ID", ""): i for i, s in enumerate(given)} | {"": -1}
    pairs = []
    for j, segment in enumerate(returned):
        i = ids.get(_own_id(segment), -1)
        if i >= 0 and given[i].onset_s < segment.offset_s and segment.onset_s < given[i].offset_s:
            pairs.append((i, j))
            ids[given[i].attributes["ANNOTATION_ID"]] = -1
    used_given, used_returned = ({pair[k] for pair in pairs} for k in (0, 1))
    left = [i for i in range(len(given)) if i not in used_given]
    right = [j for j in range(len(returned)) if j not in used_returned]
    left.sort(key=lambda i: given[i].onset_s)
    right.sort(key=lambda j: returned[j].onset_s)
    before = track_of([(given[i].onset_s, given[i].offset_s, "") for i in left], [""])
    after = track_of([(returned[j].onset_s, returned[j].offset_s, "") for j in right], [""])
    matched = match_segments(before, after, _SAME) if left and right else ()
    return sorted([*pairs, *((left[i], right[j]) for i, j in matched)])


def _change(given: Segment, corrected: Segment) -> Change:
    label = given.label if _is_open(corrected) else class_of(corrected)
    if label is None:
        return Change("other_label", given, corrected, None)
    differences = (corrected.onset_s - given.onset_s, corrected.offset_s - given.offset_s)
    moved = any(abs(each) > _ROUNDING_S for each in differences)
    if label != given.label:
        return Change("relabelled_and_moved" if moved else "relabelled", given, corrected, label)
    if (given.tier == UNCERTAIN == corrected.tier and not moved) or _is_open(corrected):
        return Change("unresolved", given, corrected, label)
    return Change("moved" if moved else "kept", given, corrected, label)
