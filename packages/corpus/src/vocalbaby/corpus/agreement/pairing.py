"""Which recordings of two sides are the same, and which of their stretches are compared."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import Final

import numpy as np

from vocalbaby.annotations import FORMATS
from vocalbaby.corpus.agreement.stretches import Spans, intersect, merge
from vocalbaby.entity.timeline import Timeline
from vocalbaby.exception import DataError

__all__ = ["Pairing", "common_spans", "pair_recordings", "recording_key"]

#: Suffixes of recordings and of annotations. Importing the package audio would take longer.
_SUFFIXES: Final = {
    *(".wav", ".flac", ".ogg", ".oga", ".opus", ".mp3", ".m4a", ".mp4", ".aac", ".wma"),
    *(".aiff", ".aif", ".au", ".caf"),
    *(suffix.lower() for each in FORMATS.values() for suffix in each.suffixes),
}


@dataclass(frozen=True, slots=True)
class Pairing:
    """Recordings of both sides.

    Attributes:
        pairs: Recording of the reference to that of the other side.
        reference_only: Recordings of the reference without a partner.
        other_only: Recordings of the other side without a partner.

    Examples:
        >>> pair_recordings(["day1"], ["day1", "day2"]).other_only
        ('day2',)
    """

    pairs: Mapping[str, str]
    reference_only: tuple[str, ...]
    other_only: tuple[str, ...]


def recording_key(recording_id: str) -> str:
    """Return the name of a recording without folders and without the suffix of a file.

    Args:
        recording_id: The name.

    Examples:
        >>> recording_key("child=c07/day1.wav"), recording_key("day1.v2")
        ('day1', 'day1.v2')
    """
    path = PurePosixPath(recording_id.replace("\\", "/"))
    return path.stem if path.suffix.lower() in _SUFFIXES else path.name


def pair_recordings(
    reference: Sequence[str], other: Sequence[str], names: Mapping[str, str] | None = None
) -> Pairing:
    """Pair recordings by their names.

    Recordings that are named in ``names`` come first, then those of the same name, then those
    whose names are the same without folder and suffix.

    Args:
        reference: Recordings of the reference.
        other: Recordings of the other side.
        names: Recording of the reference to that of the other side.

    Returns:
        The pairs, and all recordings that have no partner.

    Raises:
        DataError: A name of ``names`` is of no recording.

    Examples:
        >>> found = pair_recordings(["day1.wav", "day2"], ["c07/day1", "day3"])
        >>> dict(found.pairs), found.reference_only, found.other_only
        ({'day1.wav': 'c07/day1'}, ('day2',), ('day3',))
    """
    pairs: dict[str, str] = {}
    for own, partner in (names or {}).items():
        for name, side in ((own, reference), (partner, other)):
            if name not in side:
                raise DataError(
                    f"There are no annotations of a recording {name!r}, which is to be paired.",
                    hint="Its recordings are " + ", ".join(sorted(side)[:5]) + ".",
                )
        pairs[own] = partner
    if len(set(pairs.values())) < len(pairs):
        raise DataError("Two recordings of the reference are paired with the same recording.")
    free, left = set(reference) - set(pairs), set(other) - set(pairs.values())
    pairs |= {name: name for name in free & left}
    free, left = free - set(pairs), left - set(pairs)
    keys_a, keys_b = _by_key(free), _by_key(left)
    for key, own_names in keys_a.items():
        partners = keys_b.get(key, [])
        if len(own_names) == len(partners) == 1:
            pairs[own_names[0]] = partners[0]
    ordered = {name: pairs[name] for name in reference if name in pairs}
    used = set(ordered.values())
    return Pairing(
        ordered,
        tuple(name for name in reference if name not in ordered),
        tuple(name for name in other if name not in used),
    )


def _by_key(names: set[str]) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for name in sorted(names):
        found.setdefault(recording_key(name), []).append(name)
    return found


def common_spans(
    sides: Sequence[Timeline], regions: Sequence[tuple[float, float]] | None = None
) -> Spans:
    """Return the stretches of a recording that all sides have and that were annotated.

    The duration is the shortest that a side knows, or else the end of the last segment.

    Args:
        sides: Timelines of the same recording.
        regions: Onsets and offsets of annotated stretches in seconds; None for the whole.

    Returns:
        Onsets and offsets in seconds, float64, shape (n, 2).

    Examples:
        >>> day = Timeline("day1", duration_s=60.0)
        >>> common_spans([day, Timeline("day1", duration_s=50.0)], [(40, 70)]).tolist()
        [[40.0, 50.0]]
    """
    known = [side.duration_s for side in sides if side.duration_s is not None]
    if known:
        end = min(known)
    elif regions is not None:
        end = max((offset for _, offset in regions), default=0.0)
    else:
        end = max((s.offset_s for side in sides for s in side.segments), default=0.0)
    whole = merge([(0.0, end)])
    return whole if regions is None else intersect(whole, merge(np.asarray(list(regions), float)))
