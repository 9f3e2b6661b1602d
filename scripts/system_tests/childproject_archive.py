"""An archive with the layout of ChildProject, whose segments become sets of annotations.

scripts/test_childproject.sh calls this with the Python of VocalBaby, and the stages of
`childproject_reading` with that of an environment that has ChildProject.
"""

import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Final

import numpy as np

from vocalbaby import annotations
from vocalbaby.annotations import speaker_type, vcm_type
from vocalbaby.audio import write_wav
from vocalbaby.corpora.childproject import read_sets
from vocalbaby.corpora.synthetic import SyntheticConfig, generate_per_class
from vocalbaby.corpus.engine.dataset import Dataset
from vocalbaby.entity.clip import SAMPLE_RATE
from vocalbaby.entity.labels import Label
from vocalbaby.entity.timeline import Segment, Timeline

__all__ = ["main"]

LENGTH_S: Final = 40
NAMES: Final = ("c1/day 1.wav", "c1/day2.wav", "c2/day1.wav")
COLUMNS: Final = (
    "experiment,child_id,date_iso,start_time,recording_device_type,recording_filename,duration"
)
ITS: Final = """<?xml version="1.0" encoding="UTF-8"?>
<ITS fileName="day1"><ProcessingUnit><Recording num="1" startClockTime="2024-05-01T09:30:00Z"
 startTime="PT0S" endTime="PT40S"><Conversation num="1" type="CIC">
<Segment spkr="CHN" average_dB="-20.5" peak_dB="-10.1" startTime="PT1.00S" endTime="PT4.25S"
 conversationInfo="|RC|1|2|3|CIC|TIFR|FI|" childUttCnt="1"/>
<Segment spkr="FAN" average_dB="-20.5" peak_dB="-10.1" startTime="PT4.25S" endTime="PT9.00S"
 conversationInfo="|RC|1|2|3|CIC|TIFR|FI|"/>
</Conversation></Recording></ProcessingUnit></ITS>
"""


def make(work: Path) -> None:
    """Write the archive, with raw annotations that ChildProject will import."""
    root = work / "project"
    for name in ("metadata", "recordings/raw", "extra"):
        (root / name).mkdir(parents=True)
    rows = [f"test,{n[:2]},2024-05-0{i + 1},09:30,usb,{n},40000" for i, n in enumerate(NAMES)]
    (root / "metadata/recordings.csv").write_text("\n".join([COLUMNS, *rows]) + "\n")
    (root / "metadata/children.csv").write_text(
        "experiment,child_id,child_dob\ntest,c1,2023-08-01\ntest,c2,2023-09-01\n"
    )
    config = SyntheticConfig(seed=3, n_children=1, clips_per_child=3)
    classes: list[Label] = ["Crying", "Canonical", "Non-canonical", "Laughing"]
    clips = list(generate_per_class(config, classes))
    for i, name in enumerate(NAMES):
        rng = np.random.default_rng(i)
        day = rng.normal(0, 0.0005, LENGTH_S * SAMPLE_RATE).astype(np.float32)
        for k, begin in enumerate(range(1, LENGTH_S - 3, 3)):
            samples = clips[(k + i) % len(clips)].samples[: 2 * SAMPLE_RATE]
            day[begin * SAMPLE_RATE : begin * SAMPLE_RATE + len(samples)] += samples
        path = root / "recordings/raw" / name
        path.parent.mkdir(exist_ok=True)
        write_wav(path, day, SAMPLE_RATE, encoding="pcm16")
    _raw_annotations(root)


def _raw_annotations(root: Path) -> None:
    """Write sets of VTC (in two stretches, and shifted), of LENA and of ELAN."""
    vtc = Timeline(
        "day",
        (
            Segment(0.5, 3.5, speaker="KCHI"),
            Segment(3.75, 6.125, speaker="FEM"),
            Segment(7.0, 9.5, speaker="KCHI"),
        ),
    )
    human = (Segment(1.0, 2.0, "0.", tier="CHI"), Segment(3.0, 4.0, "yes", tier="FA1"))
    for name in ("vtc", "its", "eaf"):
        (root / "annotations" / name / "raw").mkdir(parents=True)
    annotations.write(vtc, root / "annotations/vtc/raw/all.rttm")
    annotations.write(Timeline("x", human), root / "annotations/eaf/raw/x.eaf")
    (root / "annotations/its/raw/x.its").write_text(ITS)
    rows = [
        "set,recording_filename,time_seek,range_onset,range_offset,raw_filename,format",
        *(f"vtc,{name},0,0,8000,all.rttm,vtc_rttm" for name in NAMES),
        f"vtc,{NAMES[0]},20000,20000,40000,all.rttm,vtc_rttm",
        f"its,{NAMES[1]},0,0,40000,x.its,its",
        f"eaf,{NAMES[2]},10000,10000,20000,x.eaf,eaf",
    ]
    (root.parent / "import.csv").write_text("\n".join(rows) + "\n")


def publish(work: Path) -> None:
    """Segment the archive, classify the segments of VTC, and publish both."""
    root = work / "project"
    _vocalbaby("corpus", "run", root, "--out", work / "found")
    _vocalbaby("corpus", "run", root, "--out", work / "classified", "--segments", "vtc")
    others = _rows_of_others(root)
    _vocalbaby("corpus", "publish", work / "found", root)
    _vocalbaby("corpus", "publish", work / "classified", root, "--set", "classified_vtc")
    if _rows_of_others(root) != others:
        sys.exit("The rows of other sets were changed.")
    sets = read_sets(root)
    expected = {
        "vocalbaby": _of_dataset(work / "found"),
        "classified_vtc": _of_dataset(work / "classified"),
        **{
            name: {each: _rows(sets[name].read(each).timeline) for each in sets[name].recordings}
            for name in ("vtc", "its", "eaf")
        },
    }
    (work / "expected.json").write_text(json.dumps(expected))


def _vocalbaby(*arguments: str | Path) -> str:
    """Run the command, and return what it prints."""
    command = [sys.executable, "-m", "scripts.system_tests.vocalbaby_command"]
    run = subprocess.run(
        [*command, *map(str, arguments)], check=False, capture_output=True, text=True
    )
    if run.returncode:
        sys.exit(f"{arguments} ends with {run.returncode}:\n{run.stdout}{run.stderr}")
    print(run.stdout, end="")
    return run.stdout


def _rows_of_others(root: Path) -> list[str]:
    lines = (root / "metadata/annotations.csv").read_text().splitlines()
    return [line for line in lines if "vocalbaby" not in line and "classified" not in line]


def _of_dataset(folder: Path) -> dict[str, list[list[object]]]:
    dataset = Dataset(str(folder))
    found = {}
    for record in dataset.records():
        if record.segments is None:
            sys.exit(f"{record.recording_id} has no results: {dict(record.error)}")
        (timeline,) = annotations.parse(dataset.read(record.segments) or b"", "parquet")
        kept = tuple(each for each in timeline.segments if each.tier != "quality")
        found[f"{record.recording_id}.wav"] = _rows(Timeline(timeline.recording_id, kept))
    return found


def _rows(timeline: Timeline) -> list[list[object]]:
    return sorted(
        [
            min(round(1000 * each.onset_s), 1000 * LENGTH_S),
            min(round(1000 * each.offset_s), 1000 * LENGTH_S),
            speaker_type(each) or "NA",
            vcm_type(each) or "NA",
        ]
        for each in timeline.segments
    )


def publish_again(work: Path) -> None:
    """ChildProject has written the index anew; there is still nothing to do."""
    for name, dataset in (("vocalbaby", "found"), ("classified_vtc", "classified")):
        answer = _vocalbaby("corpus", "publish", work / dataset, work / "project", "--set", name)
        if not answer.endswith("0 files written, 0 removed\n"):
            sys.exit(f"The set {name} was written again: {answer}")
    print("publish again: nothing is written")


def main() -> None:
    """Run the stage that the first argument names, in the folder that the second one does."""
    stages: dict[str, Callable[[Path], None]] = {
        "make": make,
        "publish": publish,
        "publish-again": publish_again,
    }
    stages[sys.argv[1]](Path(sys.argv[2]))


if __name__ == "__main__":
    main()
