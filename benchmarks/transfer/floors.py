"""What a run must reach: complete recordings, and the recall of cries through narrow bands."""

from collections.abc import Collection, Iterable, Mapping
from typing import Any, Final

from benchmarks.transfer.recordings import Recordings

__all__ = ["FLOORS", "below_floors", "lost_recordings", "unmeasured"]

#: Lowest recall of cries through a channel, relative to the recall of the clean clips.
FLOORS: Final[dict[str, float]] = {
    "band to 3.4 kHz": 0.90,
    "AMR-NB 12.2 kbit/s": 0.90,
}
_CLASS: Final = "Crying"


def lost_recordings(corpora: Iterable[Recordings]) -> list[str]:
    """Report corpora whose table names files that are not there.

    Returns:
        A sentence for each such corpus.
    """
    return [
        f"{corpus.name}: {corpus.rejected['file_missing']} recordings are missing."
        for corpus in corpora
        if corpus.rejected.get("file_missing")
    ]


def unmeasured(channels: Collection[str]) -> list[str]:
    """Report channels that have a floor, but are not among those of the run.

    Returns:
        A sentence for each such channel.
    """
    return [f"{name} has a floor, but is not measured." for name in FLOORS if name not in channels]


def below_floors(scores: Mapping[str, Mapping[str, Any]]) -> list[str]:
    """Compare the recalls of cries with their floors.

    Args:
        scores: The scores of each channel, as ``evaluation.channel_scores`` returns them.

    Returns:
        A sentence for each channel below its floor, and for each that was not measured.
    """
    found = unmeasured(scores)
    for name, floor in FLOORS.items():
        if name not in scores:
            continue
        relative = scores[name]["relative"].get(_CLASS)
        if relative is None:
            found.append(f"{name}: no cry is recalled without the channel either.")
        elif not relative >= floor:
            found.append(
                f"{name}: the recall of cries is {100 * relative:.1f} % of that of clean clips; "
                f"at least {100 * floor:g} % are required."
            )
    return found
