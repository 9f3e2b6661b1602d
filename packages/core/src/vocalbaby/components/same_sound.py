"""Children whose clips contain the same sound, which must be in one split."""

from collections import defaultdict
from collections.abc import Mapping, Sequence

from vocalbaby.audio import load
from vocalbaby.components.landmarks import landmarks
from vocalbaby.components.near_duplicates import find_near_duplicates, groups
from vocalbaby.entity.identity import ChildKey
from vocalbaby.entity.manifest import ClipRecord, Note
from vocalbaby.entity.progress import ProgressCallback

__all__ = ["children_with_same_sound", "notes_of_same_sound"]

#: A sound in more than this share of the clips is one of the recorder or of the experiment.
_COMMON_SHARE = 0.5


def children_with_same_sound(
    records: Sequence[ClipRecord], progress: ProgressCallback | None = None
) -> dict[ChildKey, ChildKey]:
    """Find the children whose clips contain the same sound, e.g. cuts of one recording.

    Args:
        records: Clips whose paths can be opened.
        progress: Called with (clips done, clips in all).

    Returns:
        For each child that shares a sound with another, the first child of its group.

    Raises:
        AudioError: A clip cannot be decoded.

    Examples:
        >>> children_with_same_sound([])
        {}
    """
    marks = []
    for done, record in enumerate(records, 1):
        marks.append(landmarks(load(record.path).samples))
        if progress is not None:
            progress(done, len(records))
    pairs = find_near_duplicates(
        marks,
        lambda index: load(records[index].path).samples,
        lambda first, second: records[first].child != records[second].child,
    )
    first_of: dict[ChildKey, ChildKey] = {}

    def first(child: ChildKey) -> ChildKey:
        while first_of.get(child, child) != child:
            child = first_of[child]
        return child

    for group in groups(pairs):
        clips = sorted({index for pair in group for index in (pair.first, pair.second)})
        if len(clips) > max(4, len(records) * _COMMON_SHARE):
            continue
        for index in clips:
            one, other = first(records[clips[0]].child), first(records[index].child)
            first_of[max(one, other)] = first_of[min(one, other)] = min(one, other)
    return {child: first(child) for child in sorted(first_of)}


def notes_of_same_sound(
    records: Sequence[ClipRecord], first_of: Mapping[ChildKey, ChildKey]
) -> list[Note]:
    """Return a note for each group of children that share a sound.

    Args:
        records: Clips of the children.
        first_of: The result of `children_with_same_sound`.

    Examples:
        >>> notes_of_same_sound([], {})
        []
    """
    names = {record.child: (record.corpus, record.child_ID) for record in records}
    members: dict[ChildKey, list[ChildKey]] = defaultdict(list)
    for child, head in first_of.items():
        members[head].append(child)
    return [
        Note(
            names[head][0],
            "",
            "same_sound",
            f"the children {', '.join(names[child][1] for child in sorted(group))} share a sound, "
            "and are in one split",
        )
        for head, group in members.items()
    ]
