"""Remarks on what was compared, for the reader of a result."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Final

import numpy as np

from vocalbaby.corpus.agreement.results import Coverage
from vocalbaby.corpus.agreement.tracks import Track
from vocalbaby.entity.timeline import Timeline

__all__ = ["remarks_of"]

_NAMES: Final = 3
#: Length of the blocks in which the reference should have segments, in seconds.
_BLOCK_S: Final = 300.0
#: Longest difference of durations in seconds that is not remarked on.
_SAME_S: Final = 1.0


def remarks_of(
    coverage: Coverage,
    *,
    tracks: Mapping[str, tuple[Track, Track]],
    timelines: tuple[Mapping[str, Timeline], Mapping[str, Timeline]],
    others: tuple[int, int],
    with_regions: bool,
    sounds: Mapping[str, Path],
) -> tuple[str, ...]:
    """Collect remarks.

    Args:
        coverage: What was compared.
        tracks: Recording to the segments of both sides.
        timelines: Timelines of both sides by recording.
        others: Segments of other speakers of both sides, which were left out.
        with_regions: Whether only annotated stretches were compared.
        sounds: Recording to its sound.

    Returns:
        Sentences.
    """
    found = _left_out(coverage)
    for whose, number in zip(("the reference", "the other side"), others, strict=True):
        if number:
            found.append(f"{number} segments of other speakers of {whose} are left out.")
    empty = sum(int((t.offset <= t.onset).sum()) for pair in tracks.values() for t in pair)
    if empty:
        found.append(f"{empty} segments without length are left out.")
    for index, whose in enumerate(("reference", "other")):
        silent = [name for name, pair in tracks.items() if not pair[index].size]
        if silent:
            found.append(f"The {whose} side has no segment of a class in {_some(silent)}.")
    different = [
        name
        for name, partner in coverage.recordings.items()
        if _differ(timelines[0][name], timelines[1][partner])
    ]
    if different:
        found.append(f"Durations differ, and the common part is compared, in {_some(different)}.")
    if coverage.clusters in {"recordings", "blocks"} and coverage.n_children > 1:
        found.append(
            f"Intervals are drawn from {coverage.clusters}, since there are only "
            f"{coverage.n_children} children; they leave out how children differ."
        )
    if not with_regions and (text := _sparse(tracks)):
        found.append(text)
    if sounds and (missing := [name for name in tracks if name not in sounds]):
        found.append(f"There is no sound of {_some(missing)}, so no signal-to-noise ratio.")
    return tuple(found)


def _left_out(coverage: Coverage) -> list[str]:
    """Remarks on recordings and labels that are not compared."""
    found = []
    for names, whose in (
        (coverage.reference_only, "the reference"),
        (coverage.other_only, "the other side"),
    ):
        if names:
            found.append(f"Only {whose} has annotations of {_some(names)}; not compared.")
    if coverage.without_stretches:
        found.append(
            f"No annotated stretch is known of {_some(coverage.without_stretches)}; not compared."
        )
    for whose, labels in coverage.unmapped.items():
        if labels:
            counts = ", ".join(f"{name} ({n})" for name, n in list(labels.items())[:6])
            more = f" and {len(labels) - 6} more" if len(labels) > 6 else ""
            found.append(f"Labels of the {whose} side without a class are left out: "
                         f"{counts}{more}.")  # fmt: skip
    return found


def _differ(a: Timeline, b: Timeline) -> bool:
    if a.duration_s is None or b.duration_s is None:
        return False
    return abs(a.duration_s - b.duration_s) > _SAME_S


def _sparse(tracks: Mapping[str, tuple[Track, Track]]) -> str:
    """Warn if most blocks in which the other side has segments have none of the reference."""
    covered = everything = 0
    for own, given in tracks.values():
        blocks = [set(np.floor(t.onset / _BLOCK_S).astype(int).tolist()) for t in (own, given)]
        covered, everything = covered + len(blocks[0] & blocks[1]), everything + len(blocks[1])
    if everything <= 1 or covered >= 0.5 * everything:
        return ""
    return (
        f"The reference has segments in {covered} of the {everything} stretches of 5 minutes in "
        "which the other side has some. If only parts were annotated, name them with regions: "
        "time that was not annotated now counts as disagreement."
    )


def _some(names: Sequence[str]) -> str:
    what = f"{len(names)} recording{'s' * (len(names) != 1)}: "
    more = f" and {len(names) - _NAMES} more" if len(names) > _NAMES else ""
    return what + ", ".join(names[:_NAMES]) + more
