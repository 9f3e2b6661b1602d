"""A short archive for the tests: a ChildProject folder with three recordings of two children."""

import shutil
from pathlib import Path

import numpy as np
import pytest

from vocalbaby.audio import write_wav
from vocalbaby.corpora.synthetic import SyntheticConfig, generate_per_class
from vocalbaby.entity.clip import SAMPLE_RATE

RECORDINGS = """\
experiment,child_id,date_iso,start_time,recording_device_type,recording_filename
lab,007,2024-05-01,09:30,usb,a/day 1.wav
lab,007,2024-06-01,10:00,usb,a/day2.wav
lab,Zoë/b,2024-05-01,09:30,usb,b/day1.wav
"""
CHILDREN = """\
experiment,child_id,child_dob,child_sex
lab,007,2023-08-01,f
lab,Zoë/b,2023-11-01,m
"""


@pytest.fixture(scope="session")
def made_archive(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = tmp_path_factory.mktemp("made") / "archive"
    (root / "metadata").mkdir(parents=True)
    (root / "metadata/recordings.csv").write_text(RECORDINGS, "utf-8")
    (root / "metadata/children.csv").write_text(CHILDREN, "utf-8")
    day = np.random.default_rng(7).normal(0, 0.0005, 8 * SAMPLE_RATE).astype(np.float32)
    config = SyntheticConfig(seed=3, n_children=1, clips_per_child=1)
    for i, clip in enumerate(generate_per_class(config, ["Crying", "Canonical"])):
        begin = (1 + 4 * i) * SAMPLE_RATE
        samples = clip.samples[: 2 * SAMPLE_RATE]
        day[begin : begin + len(samples)] += samples
    for i, name in enumerate(("a/day 1.wav", "a/day2.wav", "b/day1.wav")):
        path = root / "recordings/raw" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        write_wav(path, np.roll(day, 800 * i), SAMPLE_RATE, encoding="pcm16")
    return root


@pytest.fixture
def archive(made_archive: Path, tmp_path: Path) -> Path:
    """A copy of the archive, which a test may change."""
    return Path(shutil.copytree(made_archive, tmp_path / "archive"))
