"""The annotations of ``corpus estimate`` and ``corpus gain``, under the names of recordings."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from pathlib import PurePosixPath

from vocalbaby.corpus.commands.agree_inputs import read_side
from vocalbaby.entity.timeline import Timeline
from vocalbaby.exception import DataNotFoundError

__all__ = ["HumanAnnotations", "read_human"]


@dataclass(frozen=True, slots=True)
class HumanAnnotations:
    """What annotators labelled.

    Attributes:
        timelines: Their segments.
        regions: Annotated stretches in seconds by recording; None where the inputs do not say.
    """

    timelines: list[Timeline]
    regions: dict[str, list[tuple[float, float]]] | None


def read_human(inputs: Sequence[str], recordings: Collection[str] = ()) -> HumanAnnotations:
    """Read files, folders, and sets of ChildProject.

    Args:
        inputs: What the user has named.
        recordings: Names of recordings. A timeline whose name is that of a file, with a suffix or
            without the folder, gets the name of the recording.

    Raises:
        DataNotFoundError: A file cannot be read.
    """
    found: list[Timeline] = []
    regions: dict[str, list[tuple[float, float]]] | None = {}
    by_name = {PurePosixPath(name).name: name for name in recordings}
    for each in inputs:
        side = read_side(each)
        if side.failed:
            path, message = side.failed[0]
            raise DataNotFoundError(
                f"{path} cannot be read: {message}", hint="Correct or remove it."
            )
        found += side.timelines
        if side.regions is None or regions is None:
            regions = None
            continue
        for name, spans in side.regions.items():
            own = _named(Timeline(name), recordings, by_name).recording_id
            regions.setdefault(own, []).extend((float(a), float(b)) for a, b in spans)
    return HumanAnnotations([_named(each, recordings, by_name) for each in found], regions)


def _named(timeline: Timeline, recordings: Collection[str], by_name: dict[str, str]) -> Timeline:
    own = timeline.recording_id
    bare = PurePosixPath(own).with_suffix("").as_posix()
    if own in recordings or not recordings:
        return timeline
    if bare in recordings:
        return replace(timeline, recording_id=bare)
    name = by_name.get(PurePosixPath(own).name) or by_name.get(PurePosixPath(bare).name)
    return replace(timeline, recording_id=name) if name else timeline
