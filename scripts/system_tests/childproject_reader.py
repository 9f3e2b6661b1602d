"""ChildProject imports and validates annotations that VocalBaby has written, and compares."""

import importlib
import random
import sys
from pathlib import Path
from typing import Any, Final

from vocalbaby import annotations
from vocalbaby.annotations import speaker_type, vcm_type
from vocalbaby.entity.timeline import Segment, Tier, Timeline

__all__ = ["check_childproject"]

_RECORDING: Final = "day1.wav"
_ITS: Final = """<?xml version="1.0" encoding="UTF-8"?>
<ITS fileName="day1"><ProcessingUnit><ChildInfo algorithmAge="P9M" gender="F"/>
<Recording num="1" startClockTime="2024-05-01T09:30:00Z" startTime="PT0S" endTime="PT57600S">
<Conversation num="1" type="CIC">{}</Conversation></Recording></ProcessingUnit></ITS>
"""
_SEGMENT: Final = """<Segment spkr="{}" average_dB="-20.5" peak_dB="-10.1" startTime="PT{:.2f}S"
 endTime="PT{:.2f}S" conversationInfo="|RC|1|2|3|CIC|TIFR|FI|" childUttCnt="1"/>
"""


def check_childproject(day: Timeline, folder: Path) -> None:
    """Its importers find the same segments in our files, and its validator accepts them."""
    raw = _project(folder)
    (folder / "day1.its").write_text(_its(len(day.segments)), encoding="utf-8")
    (its,) = annotations.read(folder / "day1.its")
    aclew = _aclew(day)
    vtc = Timeline("day1", tuple(_as_vtc(segment) for segment in day.segments))
    vcm = Timeline("day1", tuple(_as_vcm(segment) for segment in day.segments))
    sets: dict[str, tuple[str, Timeline, str]] = {
        "ours": ("csv", day, "childproject"),
        "its_csv": ("csv", its, "childproject"),
        "aclew_csv": ("csv", aclew, "childproject"),
        "aclew": ("eaf", aclew, "eaf"),
        "vtc": ("vtc_rttm", vtc, "rttm"),
        "vcm": ("vcm_rttm", vcm, "rttm"),
    }
    for name, (_, timeline, form) in sets.items():
        (raw / name / "raw").mkdir(parents=True)
        annotations.write(timeline, raw / name / "raw" / "day1.x", form)
    (raw / "its" / "raw").mkdir(parents=True)
    (folder / "day1.its").rename(raw / "its" / "raw" / "day1.x")
    formats = {name: form for name, (form, _, _) in sets.items()} | {"its": "its"}
    tables = _imported(folder, formats)
    _compare("ours", tables["ours"], day)
    _compare("its_csv", tables["its_csv"], its)
    _compare("its", tables["its"], its)
    _compare("aclew", tables["aclew"], aclew)
    _compare("aclew_csv", tables["aclew_csv"], aclew)
    _compare("vtc", tables["vtc"], vtc, vtc=True)
    _compare("vcm", tables["vcm"], vcm)


def _project(folder: Path) -> Path:
    """Make a project with one recording; returns the folder of annotations."""
    for name in ("metadata", "recordings/raw", "extra", "annotations"):
        (folder / name).mkdir(parents=True)
    (folder / "recordings" / "raw" / _RECORDING).touch()
    (folder / "metadata" / "children.csv").write_text(
        "experiment,child_id,child_dob\ntest,c1,2023-08-01\n"
    )
    (folder / "metadata" / "recordings.csv").write_text(
        "experiment,child_id,date_iso,start_time,recording_device_type,recording_filename,duration\n"
        f"test,c1,2024-05-01,09:30,lena,{_RECORDING},57600000\n"
    )
    return folder / "annotations"


def _imported(folder: Path, formats: dict[str, str]) -> dict[str, list[dict[str, Any]]]:
    """Import the files, validate the tables, and return their rows."""
    pandas = importlib.import_module("pandas")
    project = importlib.import_module("ChildProject.projects").ChildProject(str(folder))
    project.read()
    manager = importlib.import_module("ChildProject.annotations").AnnotationManager(project)
    wanted = pandas.DataFrame(
        [
            {
                "set": name,
                "recording_filename": _RECORDING,
                "time_seek": 0,
                "range_onset": 0,
                "range_offset": 57_600_000,
                "raw_filename": "day1.x",
                "format": form,
            }
            for name, form in formats.items()
        ]
    )
    imported, errors = manager.import_annotations(wanted, threads=1, new_tiers=[])
    if errors is not None and len(errors):
        sys.exit(f"ChildProject does not import: {errors['error'].iloc[0]}")
    problems, _ = manager.validate(imported, threads=1)
    if problems:
        sys.exit(f"ChildProject does not accept: {problems[:3]}")
    tables = {}
    for row in imported.to_dict(orient="records"):
        path = folder / "annotations" / row["set"] / "converted" / row["annotation_filename"]
        table = pandas.read_csv(path, keep_default_na=False, dtype=str)
        tables[row["set"]] = table.to_dict(orient="records")
    return tables


def _compare(
    name: str, rows: list[dict[str, Any]], timeline: Timeline, *, vtc: bool = False
) -> None:
    """Compare times, types of speakers and classes; segments without length are not imported."""
    columns = ("segment_onset", "segment_offset", "speaker_type", "vcm_type")
    found = sorted(tuple(row.get(column) or "NA" for column in columns) for row in rows)
    has_vcm = any("vcm_type" in row for row in rows)
    expected = []
    for segment in timeline.segments:
        onset, offset = round(1000 * segment.onset_s), round(1000 * segment.offset_s)
        if "ANNOTATION_REF" in segment.attributes or onset == offset:
            continue
        who = speaker_type(segment, vtc=vtc) or "NA"
        what = (vcm_type(segment) or "NA") if has_vcm else "NA"
        if name.startswith("aclew") and (segment.tier or "") == "CHI":
            what = "C"
        expected.append((str(onset), str(offset), who, what))
    if found != sorted(expected):
        there = [row for row in found if row not in expected][:5]
        missing = [row for row in expected if row not in found][:5]
        sys.exit(f"{name}: ChildProject has {there}, and VocalBaby {missing}")


def _as_vtc(segment: Segment) -> Segment:
    name = {"CHI": "KCHI", "FA1": "FEM", "MA1": "MAL"}.get(segment.speaker or "", "CHI")
    return Segment(segment.onset_s, segment.offset_s, speaker=name)


def _as_vcm(segment: Segment) -> Segment:
    name = {"CHI": "CRY", "FA1": "NCS", "MA1": "CNS"}.get(segment.speaker or "", "OTH")
    return Segment(segment.onset_s, segment.offset_s, name)


def _aclew(day: Timeline) -> Timeline:
    """The day as ELAN would have it, with the vocal maturity of the child on a tier of its own."""
    segments = []
    end: dict[str, float] = {}
    for i, segment in enumerate(sorted(day.segments, key=lambda s: s.onset_s)):
        tier, own = segment.speaker or "CHI", f"a{2 * i + 1}"
        if segment.onset_s < end.get(tier, 0.0) or segment.duration_s == 0:
            continue  # a tier of ELAN has no overlaps
        end[tier] = segment.offset_s
        times = (round(segment.onset_s, 3), round(segment.offset_s, 3))
        segments.append(Segment(*times, "0.", tier=tier, attributes={"ANNOTATION_ID": own}))
        if tier == "CHI":
            refers = {"ANNOTATION_ID": f"a{2 * i + 2}", "ANNOTATION_REF": own}
            segments.append(Segment(*times, "C", tier="vcm@CHI", attributes=refers))
    tiers = {segment.tier or "": Tier(segment.tier or "") for segment in segments}
    if "vcm@CHI" in tiers:
        tiers["vcm@CHI"] = Tier("vcm@CHI", {"PARENT_REF": "CHI"})
    return Timeline("day1", tuple(segments), tiers=tuple(tiers.values()))


def _its(n: int) -> str:
    rng = random.Random(n)  # noqa: S311
    rows, at = [], 0.0
    for _ in range(n):
        length = rng.uniform(0.1, 10)
        code = rng.choice(["CHN", "CXN", "FAN", "MAN", "OLN", "TVF", "SIL"])
        rows.append(_SEGMENT.format(code, at, at + length))
        at += length
    return _ITS.format("".join(rows))
