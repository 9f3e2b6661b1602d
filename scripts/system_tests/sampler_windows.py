"""ChildProject's samplers choose the stretches that VocalBaby's choose, from the same segments.

scripts/test_samplers.sh calls this with the Python of an environment that has ChildProject, and the
folder that scripts/system_tests/sampler_project.py has written; no environment has both programs.
"""

import csv
import importlib
import sys
from pathlib import Path
from typing import Any, Final

__all__ = ["COUNT", "LENGTH_S", "PERIOD_S", "RECORDINGS", "START_S", "main"]

RECORDINGS: Final = {"day1.wav": 36_000, "day2.wav": 7_230, "day3.wav": 3_600}
LENGTH_S: Final = 60
PERIOD_S: Final = 240
START_S: Final = 30
COUNT: Final = 8


def compare(folder: Path) -> None:
    """Draw with ChildProject, and compare."""
    pandas = importlib.import_module("pandas")
    samplers = importlib.import_module("ChildProject.pipelines.samplers")
    project = importlib.import_module("ChildProject.projects").ChildProject(str(folder))
    project.read()
    manager = importlib.import_module("ChildProject.annotations").AnnotationManager(project)
    _, errors = manager.import_annotations(
        pandas.DataFrame(
            [
                {
                    "set": "set",
                    "recording_filename": name,
                    "time_seek": 0,
                    "range_onset": 0,
                    "range_offset": 1000 * seconds,
                    "raw_filename": f"{name}.csv",
                    "format": "csv",
                }
                for name, seconds in RECORDINGS.items()
            ]
        ),
        threads=1,
        new_tiers=[],
    )
    if errors is not None and len(errors):
        sys.exit(f"ChildProject does not import: {errors['error'].iloc[0]}")
    periodic = samplers.PeriodicSampler(
        project, length=1000 * LENGTH_S, period=1000 * PERIOD_S, offset=1000 * START_S
    )
    ours = _ours(folder / "periodic.csv")
    theirs = {(r["recording_filename"], *_times(r)) for r in _rows(periodic.sample())}
    if ours != theirs:
        sys.exit(f"periodic: VocalBaby {sorted(ours - theirs)}, ChildProject {theirs - ours}")
    volubility = samplers.HighVolubilitySampler(
        project, "set", "vocs", 1000 * LENGTH_S, COUNT, speakers=["CHI"], threads=1
    )
    volubility.sample()
    # ChildProject's windows begin and end with their first and last segment.
    found = {
        (r["recording_filename"], r["segment_onset"] // (1000 * LENGTH_S))
        for r in _rows(volubility.segments)
    }
    expected = {(n, a // (1000 * LENGTH_S)) for n, a, _ in _ours(folder / "high-volubility.csv")}
    if found != expected:
        sys.exit(f"high-volubility: {sorted(expected - found)} are not {sorted(found - expected)}")
    print(f"{len(ours)} periods and {len(expected)} windows are the same.")


def _rows(table: Any) -> list[dict[str, Any]]:  # noqa: ANN401 - of pandas
    return list(table.to_dict(orient="records"))


def _times(row: dict[str, Any]) -> tuple[int, int]:
    return int(row["segment_onset"]), int(row["segment_offset"])


def _ours(path: Path) -> set[tuple[str, int, int]]:
    with path.open(encoding="utf-8", newline="") as stream:
        return {
            (
                row["recording_id"],
                round(1000 * float(row["onset_s"])),
                round(1000 * float(row["offset_s"])),
            )
            for row in csv.DictReader(stream)
        }


def main() -> None:
    """Compare the samples of a folder."""
    (folder,) = sys.argv[1:]
    compare(Path(folder))


if __name__ == "__main__":
    main()
