"""Writing a synthetic archive as a ChildProject folder."""

import csv
from collections.abc import Mapping, Sequence
from pathlib import Path, PurePosixPath

from vocalbaby import annotations
from vocalbaby.commands.synthetic_day import write_recording
from vocalbaby.corpora.childproject.index_rows import replace_set
from vocalbaby.corpora.synthetic.archive import PlannedRecording, plan_archive
from vocalbaby.entity.progress import TaskProgressCallback
from vocalbaby.entity.timeline import Timeline

__all__ = ["SET", "write_archive"]

#: Name of the set of annotations with the true segments.
SET = "truth"

_EXPERIMENT = "synthetic"


def write_archive(
    folder: Path,
    recordings: int,
    children: int,
    hours: float,
    seed: int,
    progress: TaskProgressCallback | None = None,
) -> int:
    """Write recordings, their metadata, and the true segments as the set ``truth``.

    Args:
        folder: The folder, which is made.
        recordings: Number of recordings.
        children: Number of children.
        hours: Length of each recording.
        seed: Determines every sample.
        progress: Called after each recording with ("synthesize", recordings done, all).

    Returns:
        The number of segments.

    Raises:
        ConfigError: A WAV file cannot hold so many hours.
        OSError: A file cannot be written.
    """
    planned = plan_archive(recordings, children, seed)
    segments, rows = 0, []
    for number, each in enumerate(planned, 1):
        sound = folder / "recordings" / "raw" / each.name
        sound.parent.mkdir(parents=True, exist_ok=True)
        name = PurePosixPath(each.name).with_suffix("").as_posix()
        timeline = write_recording(sound, name, hours, each.seed, each.child)
        segments += len(timeline.segments)
        rows.append(_write_truth(folder / "annotations" / SET, each, timeline))
        if progress is not None:
            progress("synthesize", number, len(planned))
    _write_metadata(folder / "metadata", planned, hours)
    index = replace_set(b"", SET, rows)
    (folder / "metadata" / "annotations.csv").write_bytes(index)
    (folder / "annotations" / SET / "metannots.yml").write_text(
        "segmentation: synthetic\nsegmentation_type: restrictive\nmethod: derived\n"
        "annotation_algorithm_name: vocalbaby synthesize\nhas_vcm_type: Y\n",
        "utf-8",
    )
    return segments


def _write_truth(folder: Path, each: PlannedRecording, timeline: Timeline) -> dict[str, str]:
    end_ms = round(1000 * (timeline.duration_s or 0.0))
    stem = PurePosixPath(each.name).with_suffix("").as_posix()
    raw, converted = f"{stem}.csv", f"{stem}_0_{end_ms}.csv"
    table, _ = annotations.serialize(timeline, "childproject")
    for kind, name in (("raw", raw), ("converted", converted)):
        path = folder / kind / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(table)
    return {
        "set": SET,
        "recording_filename": each.name,
        "time_seek": "0",
        "range_onset": "0",
        "range_offset": str(end_ms),
        "raw_filename": raw,
        "format": "csv",
        "filter": "",
        "annotation_filename": converted,
        "imported_at": f"{each.start:%Y-%m-%d %H:%M:%S}",
        "package_version": "NA",
        "error": "",
        "merged_from": "",
    }


def _write_metadata(folder: Path, planned: Sequence[PlannedRecording], hours: float) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    recordings = [
        {
            "experiment": _EXPERIMENT,
            "child_id": each.child_id,
            "date_iso": f"{each.start:%Y-%m-%d}",
            "start_time": f"{each.start:%H:%M}",
            "recording_device_type": "unknown",
            "recording_filename": each.name,
            "duration": str(round(hours * 3_600_000)),
        }
        for each in planned
    ]
    children = {
        each.child_id: {
            "experiment": _EXPERIMENT,
            "child_id": each.child_id,
            "child_dob": each.born.isoformat(),
            "child_sex": each.child.sex.lower(),
        }
        for each in planned
    }
    _write_table(folder / "recordings.csv", recordings)
    _write_table(folder / "children.csv", list(children.values()))


def _write_table(path: Path, rows: Sequence[Mapping[str, str]]) -> None:
    with path.open("w", encoding="utf-8", newline="") as stream:
        table = csv.DictWriter(stream, list(rows[0]), lineterminator="\n")
        table.writeheader()
        table.writerows(rows)
