"""Segments that another tool has found, for the recordings of a run."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from vocalbaby import annotations
from vocalbaby.annotations import FORMATS
from vocalbaby.audio.listing import list_folder
from vocalbaby.corpora.childproject import read_sets, set_of
from vocalbaby.entity.timeline import Segment, Timeline
from vocalbaby.exception import DataError, DataNotFoundError, VocalBabyError

__all__ = ["GivenSegments", "KeyChildSegments"]

_SUFFIXES: Final = {suffix.lower() for each in FORMATS.values() for suffix in each.suffixes}
_SEVERAL: Final = {suffix.lower() for f in FORMATS.values() if f.many for suffix in f.suffixes}
#: Most names in a message.
_NAMES: Final = 8


@dataclass(frozen=True, slots=True)
class KeyChildSegments:
    """The segments of the key child of one recording.

    Attributes:
        path: The file of annotations.
        segments: Each stretch of time once, in order.
        others: Number of segments of others, which are passed over.
        speakers: Who is named in the file.
    """

    path: Path
    segments: tuple[Segment, ...]
    others: int
    speakers: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class GivenSegments:
    """A file of annotations, or a folder of them.

    Attributes:
        path: The file or folder. That of a set of a ChildProject folder is read by its index,
            with all files of a recording.
        key_child: Names of the speakers, tiers or labels of the key child; if there are none, the
            codes of VTC, LENA and ChildProject decide.
        only: Whether the run has one recording, to which a file of one recording belongs
            whatever its name.
    """

    path: Path
    key_child: tuple[str, ...] = ()
    only: bool = False

    def check_names(self, recordings: Iterable[tuple[str, str]]) -> None:
        """Check that the names that were given for the key child occur.

        Args:
            recordings: Path and name of each recording of the run.

        Raises:
            DataError: No recording has a segment of them, though some have others.
        """
        speakers: set[str] = set()
        for source, name in recordings if self.key_child else ():
            try:
                found = self.of(source, name)
            except VocalBabyError:
                continue  # which is the result of this recording
            if found.segments:
                return
            speakers.update(found.speakers)
        if speakers:
            raise DataError(
                f"No segment in {self.path} is of {' or '.join(self.key_child)}.",
                hint=f"Name one of these with --key-child: {', '.join(sorted(speakers))}.",
            )

    def of(self, source: str, name: str) -> KeyChildSegments:
        """Find the segments of a recording.

        Args:
            source: Path of the recording.
            name: Its name.

        Raises:
            DataNotFoundError: There are no annotations of this recording.
            DataError: There are several, or the file is damaged.
        """
        path, timeline = self._of_set(source, name) or self._find(
            (name, Path(source).name, Path(source).stem)
        )
        chosen = [segment for segment in timeline.segments if self._is_key_child(segment, timeline)]
        times = {(each.onset_s, each.offset_s): each for each in reversed(chosen)}
        speakers = {each.speaker or each.tier or each.label or "" for each in timeline.segments}
        return KeyChildSegments(
            path,
            tuple(times[key] for key in sorted(times)),
            len(timeline.segments) - len(chosen),
            tuple(sorted(speakers - {""})[:_NAMES]),
        )

    def _of_set(self, source: str, name: str) -> tuple[Path, Timeline] | None:
        """Read a set of a ChildProject folder, which may have several files for a recording."""
        place = set_of(self.path) if self.path.is_dir() else None
        if place is None:
            return None
        found = read_sets(place[0]).get(place[1])
        if found is None:
            return None
        recording = found.find(name + Path(source).suffix) or found.find(name)
        if recording is None:
            listed = ", ".join(found.recordings)[:300]
            raise DataNotFoundError(
                f"{self.path} has no segments of {name}.", hint=f"It has those of: {listed}."
            )
        read = found.read(recording)
        return read.paths[0], read.timeline

    def _find(self, names: Sequence[str]) -> tuple[Path, Timeline]:
        if not self.path.is_dir():
            timelines = annotations.read(self.path)
            if self.only and len(timelines) == 1:
                return self.path, timelines[0]
            return self.path, _one([(self.path, t) for t in timelines], names, self.path)[1]
        files = [
            Path(entry.path)
            for entry in list_folder(str(self.path))
            if entry.reason == "not_audio" and Path(entry.path).suffix.lower() in _SUFFIXES
        ]
        below = [path.relative_to(self.path).with_suffix("").as_posix() for path in files]
        named = [path for path, known in zip(files, below, strict=True) if known == names[0]]
        named = named or [path for path in files if path.stem in names]
        others = [path for path in files if path.suffix.lower() in _SEVERAL]
        found = [(path, t) for path in named or others for t in annotations.read(path)]
        if named and len(found) == 1:
            return found[0]
        return _one(found, names, self.path)

    def _is_key_child(self, segment: Segment, timeline: Timeline) -> bool:
        if self.key_child:
            return bool({segment.speaker, segment.tier, segment.label} & {*self.key_child})
        vtc = any(each.speaker in {"KCHI", "SPEECH"} for each in timeline.segments)
        label = Segment(0, 0, speaker=segment.label) if segment.label else segment
        found = annotations.speaker_type(segment, vtc=vtc)
        return (found or annotations.speaker_type(label, vtc=vtc)) == "CHI"


def _one(
    found: Sequence[tuple[Path, Timeline]], names: Sequence[str], where: Path
) -> tuple[Path, Timeline]:
    """Return the only annotations with one of these names."""
    name = names[0]
    own = {name, name + Path(names[1]).suffix}
    exact = [each for each in found if each[1].recording_id in own]
    fitting = exact or [
        (path, t) for path, t in found if {t.recording_id, Path(t.recording_id).stem} & {*names}
    ]
    if not fitting:
        listed = ", ".join(dict.fromkeys(t.recording_id for _, t in found)) or "none"
        raise DataNotFoundError(
            f"{where} has no segments of {name}.",
            hint=f"It has those of: {listed[:300]}. Name the files after the recordings.",
        )
    if len(fitting) > 1:
        paths = ", ".join(str(path) for path, _ in fitting[:_NAMES])
        raise DataError(
            f"There are several annotations of {name}: {paths}.", hint="Leave only one."
        )
    return fitting[0]
