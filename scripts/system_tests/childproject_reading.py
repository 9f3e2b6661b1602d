"""ChildProject imports sets of annotations, and reads those that VocalBaby has published.

scripts/test_childproject.sh calls this with the Python of an environment that has ChildProject, and
which is imported by name since no other one has it.
"""

import importlib
import json
import sys
from pathlib import Path
from typing import Any, Final

__all__ = ["main"]

COLUMNS: Final = ("segment_onset", "segment_offset", "speaker_type", "vcm_type")
Rows = list[list[Any]]


def _manager(work: Path) -> Any:  # noqa: ANN401 - of ChildProject
    project = importlib.import_module("ChildProject.projects").ChildProject(str(work / "project"))
    project.read()
    manager = importlib.import_module("ChildProject.annotations").AnnotationManager(project)
    if manager.errors:
        sys.exit(f"ChildProject does not accept the index: {manager.errors[:3]}")
    return manager


def import_sets(work: Path) -> None:
    """Import the raw annotations."""
    pandas = importlib.import_module("pandas")
    imported, errors = _manager(work).import_annotations(
        pandas.read_csv(work / "import.csv"), threads=1
    )
    if errors is not None and len(errors):
        sys.exit(f"ChildProject does not import: {errors['error'].iloc[0]}")
    print(f"import: {len(imported)} stretches")


def compare(work: Path) -> None:
    """Compare segments and metrics, import the published raw files, and write the index anew."""
    manager = _manager(work)
    expected: dict[str, dict[str, Rows]] = json.loads((work / "expected.json").read_text())
    for name, recordings in expected.items():
        found = _segments(manager, name)
        if found != {each: rows for each, rows in recordings.items() if rows}:
            sys.exit(f"{name}: ChildProject has {found}\nand VocalBaby {recordings}")
        print(f"{name}: {sum(map(len, found.values()))} segments agree")
    _compare_metrics(work, expected["vocalbaby"])
    _import_published(manager, work)
    found = _segments(manager, "imported_again")
    if found != _segments(manager, "vocalbaby"):
        sys.exit("The set differs when ChildProject imports its raw files.")
    print("import of the published raw files: the same segments")
    manager.write()


def _segments(manager: Any, name: str) -> dict[str, Rows]:  # noqa: ANN401 - of ChildProject
    index = manager.annotations
    table = manager.get_segments(index[index["set"] == name].copy())
    found: dict[str, Rows] = {}
    for row in table.to_dict(orient="records"):
        values = [row.get(column) for column in COLUMNS]
        known = [int(values[0]), int(values[1]), *(str(v) for v in values[2:])]
        cells = ["NA" if value in {"None", "<NA>", "nan"} else value for value in known]
        found.setdefault(row["recording_filename"], []).append(cells)
    return {recording: sorted(rows) for recording, rows in found.items()}


def _compare_metrics(work: Path, expected: dict[str, Rows]) -> None:
    """The canonical proportion and the counts of ChildProject are those of the segments."""
    table = importlib.import_module("pandas").read_csv(work / "metrics.csv")
    for row in table.to_dict(orient="records"):
        codes = [each[3] for each in expected[row["recording_filename"]] if each[2] == "CHI"]
        n, hours = {code: codes.count(code) for code in "CNYL"}, 40 / 3600
        wanted = {
            "cp_n": n["C"] / (n["C"] + n["N"]),
            "can_voc_chi_ph": n["C"] / hours,
            "non_can_voc_chi_ph": n["N"] / hours,
            "voc_chi_ph": len(codes) / hours,
        }
        for name, value in wanted.items():
            if abs(row[name] - value) > 1e-6 * max(1.0, value):
                sys.exit(f"{row['recording_filename']}: {name} is {row[name]}, not {value}")
        print(f"metrics of {row['recording_filename']}: cp_n {row['cp_n']:.3f}, {n}")


def _import_published(manager: Any, work: Path) -> None:  # noqa: ANN401 - of ChildProject
    index = manager.annotations[manager.annotations["set"] == "vocalbaby"]
    raw = work / "project/annotations"
    (raw / "imported_again").mkdir()
    (raw / "vocalbaby/raw").rename(raw / "imported_again/raw")
    columns = ["recording_filename", "time_seek", "range_onset", "range_offset", "raw_filename"]
    wanted = index[[*columns, "format"]].assign(set="imported_again")
    _, errors = manager.import_annotations(wanted, threads=1)
    (raw / "imported_again/raw").rename(raw / "vocalbaby/raw")
    if errors is not None and len(errors):
        sys.exit(f"ChildProject does not import what was published: {errors['error'].iloc[0]}")


def main() -> None:
    """Run the stage that the first argument names, in the folder that the second one does."""
    {"import": import_sets, "compare": compare}[sys.argv[1]](Path(sys.argv[2]))


if __name__ == "__main__":
    main()
