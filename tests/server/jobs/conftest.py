"""An application whose jobs are done by a stand-in for the segmentation, as slowly as needed.

Run as a script it is the process of a job: with the variable ``TEST_JOB_PAUSE_S`` it waits after
each second of sound, so that the job can be watched, cancelled and killed.
"""

import os
import resource
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from typing import Any, Final

import pytest
from fastapi.testclient import TestClient

from packages.api.tests.support import wait_until
from vocalbaby import audio
from vocalbaby.api.app import create_app
from vocalbaby.api.jobs import runner
from vocalbaby.api.settings import Settings
from vocalbaby.entity.labels import CLASSES
from vocalbaby.entity.timeline import Segment, Tier, Timeline

PAUSE: Final = "TEST_JOB_PAUSE_S"


def segment(
    recording: Path, *, evidence: Path, progress: Callable[..., None], name: str, **_: Any
) -> Timeline:
    """A cry in each second of the recording that was not heard before, and junk after it."""
    data = recording.read_bytes()
    if data.startswith(b"crash"):
        os.abort()
    before = evidence.stat().st_size if evidence.exists() else 0
    with audio.open_recording(recording) as opened:
        seconds = sum(map(len, opened.blocks())) / 16_000
    with evidence.open("ab") as file:
        for second in range(before, int(seconds)):
            progress(float(second), seconds)
            time.sleep(float(os.environ.get(PAUSE, "0")))
            file.write(b"x")
            file.flush()
    progress(seconds, seconds)
    cry: dict[str, float] = {label: float(label == "Crying") for label in CLASSES}
    segments = [
        Segment(s + begin, s + end, label, cry, tier=tier)
        for s in range(int(seconds))
        for begin, end, label, tier in ((0.1, 0.5, "Crying", "infant"), (0.6, 0.9, "Junk", "junk"))
    ]
    tiers = (Tier("infant"), Tier("junk"), Tier("quality"))
    heard = {"heard_before_s": str(before), "nice": os.environ["TEST_NICE"]}
    return Timeline(name, tuple(segments), seconds, tiers=tiers, attributes=heard)


@pytest.fixture
def pause(monkeypatch: pytest.MonkeyPatch) -> Callable[[float], None]:
    """Makes jobs wait after each second of sound."""
    return lambda seconds: monkeypatch.setenv(PAUSE, str(seconds))


@pytest.fixture
def stand_in(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(runner, "COMMAND", (sys.executable, __file__))
    monkeypatch.setenv("TEST_JOB_PROCESS", __file__)  # for servers in a process of their own


@pytest.fixture
def app(
    stand_in: None, tmp_path: Path, fake: Callable[[], Any]
) -> Callable[..., AbstractContextManager[TestClient]]:
    """Starts an application with settings, and jobs in ``tmp_path / "jobs"``."""

    @contextmanager
    def start(**settings: Any) -> Iterator[TestClient]:
        values = {"job_folder": str(tmp_path / "jobs")} | settings
        with TestClient(create_app(Settings(**values), fake())) as client:
            wait_until(lambda: client.get("/ready").status_code == 200)
            yield client

    return start


if __name__ == "__main__":
    from vocalbaby import inference
    from vocalbaby.api.jobs import sound, work

    if "TEST_JOB_FILE_BYTES" in os.environ:
        limit = int(os.environ["TEST_JOB_FILE_BYTES"])
        resource.setrlimit(resource.RLIMIT_FSIZE, (limit, limit))
    # Other processes may use the machine, so that one with a low priority would wait for long.
    os.nice = lambda priority: os.environ.update(TEST_NICE=str(priority))  # type: ignore[assignment,return-value]
    if "TEST_JOB_REAL" not in os.environ:
        inference.segment = segment  # type: ignore[assignment]
        sound.write_levels = lambda folder: None
    work.main()
