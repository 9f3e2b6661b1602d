"""Corrected segments as labelled clips, for `vocalbaby adapt` and `vocalbaby ingest`."""

import csv
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Final

from vocalbaby.audio import write_wav
from vocalbaby.corpus.corrections.changes import Change
from vocalbaby.corpus.corrections.exporting import file_of
from vocalbaby.corpus.corrections.importing import CorrectedFile
from vocalbaby.corpus.sampling.sounds import cut
from vocalbaby.entity.clip import SAMPLE_RATE
from vocalbaby.entity.timeline import Timeline

__all__ = ["COLUMNS", "write_clips"]

#: Columns of the table of clips: those of BabbleCor, and where each clip comes from.
COLUMNS: Final = (
    "clip_ID",
    "child_ID",
    "Answer",
    "age_mo_round",
    "child_gender",
    "corpus",
    "path",
    "recording_id",
    "onset_s",
    "offset_s",
    "change",
    "given_label",
    "given_probability",
    "model_version",
    "annotator",
    "source_file",
    "source_sha256",
)

#: Lengths of clips in seconds that VocalBaby labels.
_SHORTEST_S: Final = 0.02
_LONGEST_S: Final = 30.0


def write_clips(
    files: Sequence[CorrectedFile],
    recordings: Mapping[str, Path],
    out: Path,
    *,
    deleted_as_junk: bool = False,
    confirmed: bool = False,
    progress: Callable[[int, int], None] | None = None,
) -> Counter[str]:
    """Write a clip for each segment that an annotator labelled, and ``metadata.csv``.

    Args:
        files: The corrected files.
        recordings: File of the sound of each recording.
        out: Folder of the clips; it exists.
        deleted_as_junk: Write segments that annotators removed as clips of Junk.
        confirmed: Also write segments that are still uncertain as they were given.
        progress: Called with the number of files that are done, and all.

    Returns:
        Number of clips by class, and of segments without a clip by reason: ``too_short``,
        ``too_long``, ``unresolved``, ``deleted``, ``other_label``, ``no_sound``, ``conflicting``
        (segments of the same times with several classes) and ``repeated``.

    Raises:
        AudioError: A recording cannot be read.
        ConfigError: The name of a recording leads out of the folder.
    """
    counts: Counter[str] = Counter()
    with (out / "metadata.csv").open("w", encoding="utf-8", newline="") as stream:
        table = csv.DictWriter(stream, COLUMNS, lineterminator="\n")
        table.writeheader()
        for number, file in enumerate(files, 1):
            labelled = []
            for change in file.changes:
                label = _label(change, deleted_as_junk=deleted_as_junk, confirmed=confirmed)
                reason = label if label in _REASONS else _reason(change)
                if reason:
                    counts[reason] += 1
                else:
                    labelled.append((change, label))
            labelled = _once(labelled, counts)
            path = recordings.get(file.timeline.recording_id)
            if path is None:
                counts["no_sound"] += len(labelled)
                continue
            times = [(c.segment.onset_s, c.segment.offset_s) for c, _ in labelled]
            for i, samples in cut(path, times):
                change, label = labelled[i]
                if len(samples) < _SHORTEST_S * SAMPLE_RATE:
                    counts["too_short"] += 1
                    continue
                row = _row(file, change, label)
                (out / str(row["path"])).parent.mkdir(parents=True, exist_ok=True)
                write_wav(out / str(row["path"]), samples, SAMPLE_RATE)
                table.writerow(row)
                counts[label] += 1
            if progress is not None:
                progress(number, len(files))
    return counts


_REASONS: Final = frozenset({"deleted", "unresolved", "other_label"})


def _once(labelled: Sequence[tuple[Change, str]], counts: Counter[str]) -> list[tuple[Change, str]]:
    """Return one segment for each pair of times, and none where annotators gave several classes."""
    same: dict[str, list[tuple[Change, str]]] = {}
    for change, label in labelled:
        same.setdefault(_times(change), []).append((change, label))
    kept = []
    for group in same.values():
        if len({label for _, label in group}) > 1:
            counts["conflicting"] += len(group)
        else:
            counts.update({"repeated": len(group) - 1} if len(group) > 1 else {})
            kept.append(group[0])
    return kept


def _times(change: Change) -> str:
    times = (change.segment.onset_s, change.segment.offset_s)
    return "_".join(f"{round(1000 * each):09d}" for each in times)


def _label(change: Change, *, deleted_as_junk: bool, confirmed: bool) -> str:
    if change.kind == "other_label":
        return "other_label"
    if change.label is None:
        return "Junk" if deleted_as_junk else "deleted"
    if change.kind == "unresolved" and not confirmed:
        return "unresolved"
    return change.label


def _reason(change: Change) -> str:
    duration = change.segment.duration_s
    if duration < _SHORTEST_S:
        return "too_short"
    return "too_long" if duration > _LONGEST_S else ""


def _row(file: CorrectedFile, change: Change, label: str) -> dict[str, object]:
    segment, given = change.segment, change.given
    path = f"clips/{file_of(file.timeline.recording_id, f'_{_times(change)}.wav').as_posix()}"
    probability = (given.probabilities or {}).get(given.label or "") if given else None
    return {
        "clip_ID": path,
        "Answer": label,
        "path": path,
        "recording_id": file.timeline.recording_id,
        "onset_s": round(segment.onset_s, 6),
        "offset_s": round(segment.offset_s, 6),
        "change": change.kind,
        "given_label": given.label if given else "",
        "given_probability": "" if probability is None else round(probability, 6),
        "model_version": file.timeline.attributes.get("model_version", ""),
        "annotator": file.annotator,
        "source_file": file.path.name,
        "source_sha256": file.sha256,
        **_child(file.timeline),
    }


def _child(timeline: Timeline) -> dict[str, object]:
    child = timeline.child
    age = child.age_months if child else None
    return {
        "child_ID": child.child_id if child else timeline.recording_id,
        "age_mo_round": "" if age is None else round(age),
        "child_gender": child.gender if child else "",
        "corpus": (child.corpus if child else "") or "corrections",
    }
