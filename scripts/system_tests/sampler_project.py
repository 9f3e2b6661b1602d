"""Writes a ChildProject folder with segments, and samples of it by VocalBaby, for a comparison.

python -m scripts.system_tests.sampler_project FOLDER
"""

import random
import sys
from pathlib import Path

from scripts.system_tests.sampler_windows import COUNT, LENGTH_S, PERIOD_S, RECORDINGS, START_S
from vocalbaby import annotations
from vocalbaby.corpus.sampling.drawing import draw
from vocalbaby.corpus.sampling.frame import build_frame
from vocalbaby.corpus.sampling.manifest import write_sample
from vocalbaby.corpus.sampling.options import SampleOptions
from vocalbaby.entity.timeline import Segment, Timeline

__all__ = ["write"]


def write(folder: Path) -> None:
    """Write a project with segments, and VocalBaby's samples of it."""
    for name in ("metadata", "recordings/raw", "extra", "annotations/set/raw"):
        (folder / name).mkdir(parents=True)
    timelines = [_day(name, seconds) for name, seconds in RECORDINGS.items()]
    for timeline in timelines:
        (folder / "recordings" / "raw" / timeline.recording_id).touch()
        path = folder / "annotations" / "set" / "raw" / f"{timeline.recording_id}.csv"
        annotations.write(timeline, path, "childproject")
    (folder / "metadata" / "children.csv").write_text(
        "experiment,child_id,child_dob\ntest,c1,2023-08-01\n"
    )
    rows = [
        f"test,c1,2024-05-0{i},09:30,lena,{name},{1000 * seconds}"
        for i, (name, seconds) in enumerate(RECORDINGS.items(), 1)
    ]
    head = "experiment,child_id,date_iso,start_time,recording_device_type,"
    (folder / "metadata" / "recordings.csv").write_text(
        "\n".join([f"{head}recording_filename,duration", *rows, ""])
    )
    frame = build_frame(timelines, length_s=LENGTH_S)
    periodic = SampleOptions(period_s=PERIOD_S, start_s=START_S)
    write_sample(draw(frame, "periodic", options=periodic).stretches, folder / "periodic.csv")
    volubility = SampleOptions(per_recording=COUNT)
    sample = draw(frame, "high-volubility", options=volubility)
    write_sample(sample.stretches, folder / "high-volubility.csv")


def _day(name: str, seconds: int) -> Timeline:
    """Vocalizations that cross no border of a minute, whose numbers per minute differ."""
    rng = random.Random(name)  # noqa: S311
    minutes = list(range(seconds // LENGTH_S))
    rng.shuffle(minutes)
    segments = []
    for number, minute in enumerate(minutes[:25]):
        for i in range(number + 1):
            onset = LENGTH_S * minute + 2 * i + round(rng.uniform(0.1, 0.5), 3)
            label = rng.choice(("Canonical", "Crying", "Laughing"))
            segments.append(Segment(onset, onset + 1.2, label, speaker="CHI"))
        adult = LENGTH_S * minute + 55.0
        segments.append(Segment(adult, adult + 2, "hello", speaker="FEM"))
    segments.sort(key=lambda s: s.onset_s)
    return Timeline(name, tuple(segments), duration_s=float(seconds))


if __name__ == "__main__":
    write(Path(sys.argv[1]))
