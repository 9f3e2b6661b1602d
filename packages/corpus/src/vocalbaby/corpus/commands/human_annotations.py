"""The annotations of ``corpus estimate`` and ``corpus gain``, under the names of recordings."""

from collections.abc import Collection, Sequence
from dataclasses import replace
from pathlib import PurePosixPath

from vocalbaby.corpus.commands.agree_inputs import read_side
from vocalbaby.entity.timeline import Timeline
from vocalbaby.exception import DataNotFoundError

__all__ = ["read_human"]


def read_human(inputs: Sequence[str], recordings: Collection[str] = ()) -> list[Timeline]:
    """Read files, folders, and sets of ChildProject.

    Args:
        inputs: What the user has named.
        recordings: Names of recordings. A timeline whose name is that of a file, with a suffix or
            without the folder, gets the name of the recording.

    Raises:
        DataNotFoundError: A file cannot be read.
    """
    found: list[Timeline] = []
    by_name = {PurePosixPath(name).name: name for name in recordings}
    for each in inputs:
        side = read_side(each)
        if side.failed:
            path, message = side.failed[0]
            raise DataNotFoundError(
                f"{path} cannot be read: {message}", hint="Correct or remove it."
            )
        found += side.timelines
    return [_named(timeline, recordings, by_name) for timeline in found]


def _named(timeline: Timeline, recordings: Collection[str], by_name: dict[str, str]) -> Timeline:
    own = timeline.recording_id
    bare = PurePosixPath(own).with_suffix("").as_posix()
    if own in recordings or not recordings:
        return timeline
    if bare in recordings:
        return replace(timeline, recording_id=bare)
    name = by_name.get(PurePosixPath(own).name) or by_name.get(PurePosixPath(bare).name)
    return replace(timeline, recording_id=name) if name else timeline
