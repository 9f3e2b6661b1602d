"""An archive with the layout of ChildProject, in a folder and in a bucket."""

import os
from collections.abc import Callable, Iterator
from pathlib import Path

import boto3
import numpy as np
import pytest
from moto import mock_aws

from vocalbaby.audio import write_wav

Upload = Callable[[Path, str], None]

COLUMNS = "experiment,child_id,date_iso,start_time,recording_filename,duration,its_filename,discard"
RECORDINGS = f"""{COLUMNS}
lab,c1,2024-05-01,9:30,c1/day1.wav,1000,day1.its,0
lab,c1,2024-05-02,10:00,c1/noisy.wav,1000,NA,1
lab,c2,2024-05-03,10:00,c2/gone.wav,1000,NA,0
"""
ITS = (
    '<ITS><ProcessingUnit><ChildInfo algorithmAge="P9M" gender="F"/><Recording num="1"'
    ' startClockTime="2024-05-01T09:30:00Z" startTime="PT0S" endTime="PT1S"/>'
    "</ProcessingUnit></ITS>"
)


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """Recordings that are used, discarded, missing and not listed, and other files."""
    root = tmp_path / "project"
    raw = root / "recordings" / "raw"
    for name in ("c1/day1", "c1/noisy", "unlisted"):
        (raw / name).parent.mkdir(parents=True, exist_ok=True)
        write_wav(raw / f"{name}.wav", np.zeros(16_000, np.float32), 16_000)
    (raw / "unlisted.wav").rename(raw / "unlisted")  # a recording whose name has no suffix
    (raw / "c1/notes.txt").write_text("Nothing.")
    (raw / "README").write_text("Read me.")
    (root / "metadata").mkdir()
    (root / "metadata/recordings.csv").write_text(RECORDINGS)
    (root / "metadata/children.csv").write_text(
        "experiment,child_id,child_dob\nlab,c1,2023-08-01\n"
    )
    (root / "annotations/its/raw").mkdir(parents=True)
    (root / "annotations/its/raw/day1.its").write_text(ITS)
    return root


@pytest.fixture
def upload() -> Iterator[Upload]:
    """Copies a folder to a prefix of the bucket ``archive``, which lives in this process."""
    with pytest.MonkeyPatch.context() as patch:
        for name in [name for name in os.environ if name.startswith("AWS_")]:
            patch.delenv(name)
        patch.setenv("AWS_ACCESS_KEY_ID", "testing")
        patch.setenv("AWS_SECRET_ACCESS_KEY", "testing")
        patch.setenv("AWS_DEFAULT_REGION", "us-east-1")
        with mock_aws():
            client = boto3.client("s3")
            client.create_bucket(Bucket="archive")

            def copy(folder: Path, prefix: str) -> None:
                for path in folder.rglob("*"):
                    if path.is_file():
                        key = f"{prefix}/{path.relative_to(folder).as_posix()}"
                        client.put_object(Bucket="archive", Key=key, Body=path.read_bytes())

            yield copy
