"""One side of a comparison: its timelines by recording, with their classes."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from vocalbaby.corpus.agreement.settings import AgreementConfig
from vocalbaby.corpus.agreement.tracks import UNCLASSIFIED, Labelled, Mode, label_timelines
from vocalbaby.entity.timeline import Timeline
from vocalbaby.exception import DataError

__all__ = ["Side", "choose_mode", "side_of"]


@dataclass(frozen=True, slots=True)
class Side:
    """Timelines of one side.

    Attributes:
        timelines: Recording to its timeline.
        labelled: Segments with their classes.

    Examples:
        >>> side_of([Timeline("day1"), Timeline("day2")], "classes").listed
        "'day1', 'day2'"
    """

    timelines: Mapping[str, Timeline]
    labelled: Labelled

    @property
    def listed(self) -> str:
        """Names of the first recordings, for messages."""
        names = list(self.timelines)
        more = f" and {len(names) - 3} more" if len(names) > 3 else ""
        return (", ".join(map(repr, names[:3])) + more) or "none"

    def classes(self, names: Iterable[str]) -> frozenset[str]:
        """Return the classes that are used in recordings.

        Args:
            names: Names of the recordings.
        """
        recordings = self.labelled.recordings
        return frozenset(label for name in names for *_, label in recordings[name])


def side_of(
    timelines: Sequence[Timeline], mode: Mode, mapping: Mapping[str, str] | None = None
) -> Side:
    """Find the classes of all segments of a side.

    Args:
        timelines: Timelines of the side.
        mode: Whether classes of the infant or speakers are compared.
        mapping: Label to class.

    Returns:
        The side.

    Raises:
        DataError: Two timelines are of the same recording.

    Examples:
        >>> side_of([Timeline("day1"), Timeline("day1")], "classes")
        Traceback (most recent call last):
        vocalbaby.exception.DataError: There are two timelines of the recording 'day1' on one ...
    """
    found: dict[str, Timeline] = {}
    for each in timelines:
        if each.recording_id in found:
            raise DataError(
                f"There are two timelines of the recording {each.recording_id!r} on one side.",
                hint="Join them, or name one file of annotations for each recording.",
            )
        found[each.recording_id] = each
    return Side(found, label_timelines(timelines, mode, mapping))


def choose_mode(
    sides: Sequence[Sequence[Timeline]],
    mapping: Mapping[str, str] | None,
    config: AgreementConfig,
) -> Mode:
    """Choose what is compared: speakers if a side has segments, but none with a class.

    Args:
        sides: Timelines of each side.
        mapping: Label to class.
        config: Settings.

    Returns:
        ``classes`` or ``speakers``.

    Examples:
        >>> from vocalbaby.entity.timeline import Segment
        >>> vtc = [Timeline("day1", (Segment(0, 1, speaker="KCHI"),))]
        >>> choose_mode([vtc, vtc], None, AgreementConfig())
        'speakers'
    """
    if config.labels != "auto":
        return config.labels
    labelled = [label_timelines(side, "classes", mapping) for side in sides]
    bare = [s for s in labelled if not s.classes - {UNCLASSIFIED} and (s.classes or s.others)]
    return "speakers" if bare else "classes"
