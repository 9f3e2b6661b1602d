"""A run that is interrupted, or loses a worker or its scheduler, records no false failure."""

import subprocess
import sys
from pathlib import Path

import dask
import numpy as np
import pytest

from packages.corpus.tests.corpus.engine.helpers_runs import checksums, run, settings_of
from vocalbaby.audio import write_wav
from vocalbaby.corpus.archive import open_archive
from vocalbaby.corpus.engine import dask_executors, executors
from vocalbaby.corpus.engine.dataset import Dataset
from vocalbaby.corpus.engine.planning import make_plan
from vocalbaby.corpus.engine.run_settings import RunSettings
from vocalbaby.entity.clip import SAMPLE_RATE
from vocalbaby.exception import ConfigError, VocalBabyError
from vocalbaby.summary import SummaryConfig

SCHEDULER = """\
import time
import distributed
cluster = distributed.LocalCluster(
    n_workers=0, host="127.0.0.1", dashboard_address=None, silence_logs=50
)
print(cluster.scheduler_address, flush=True)
time.sleep(600)
"""


@pytest.fixture
def settings(tmp_path: Path) -> RunSettings:
    return settings_of(tmp_path, summary=SummaryConfig(draws=100))


@pytest.fixture
def long_archive(tmp_path: Path) -> Path:
    """Two recordings that take long enough to be interrupted."""
    noise = np.random.default_rng(1).normal(0, 0.01, 600 * SAMPLE_RATE).astype(np.float32)
    (tmp_path / "days").mkdir()
    for name in ("day1", "day2"):
        write_wav(tmp_path / f"days/{name}.wav", noise, SAMPLE_RATE, encoding="pcm16")
    return tmp_path / "days"


@pytest.mark.parametrize("workers", [1, 2])
def test_recordings_at_work_when_a_run_is_interrupted_are_no_failures(
    long_archive: Path, settings: RunSettings, workers: int
) -> None:
    def interrupt(*_: object) -> None:
        raise KeyboardInterrupt

    jobs = make_plan(
        open_archive(str(long_archive)).recordings, Dataset(settings.dataset), settings
    ).jobs
    with pytest.raises(KeyboardInterrupt):
        list(executors.processes(workers)(jobs, settings, interrupt))
    # One that was at its end may have become done.
    assert all(record.is_done for record in Dataset(settings.dataset).records())


def test_a_scheduler_that_is_lost_is_no_failure_of_recordings(
    archive: Path, settings: RunSettings
) -> None:
    scheduler = subprocess.Popen(
        [sys.executable, "-c", SCHEDULER], stdout=subprocess.PIPE, text=True
    )
    assert scheduler.stdout is not None
    address = scheduler.stdout.readline().strip()
    connected = dask_executors.scheduler(address, lambda _: scheduler.kill())
    with pytest.raises(VocalBabyError, match="connection to the scheduler was lost"):
        run(archive, settings, executor=connected)
    scheduler.communicate()
    assert checksums(settings) == {}


def test_a_scheduler_that_does_not_answer_is_an_error(archive: Path, settings: RunSettings) -> None:
    with dask.config.set({"distributed.comm.timeouts.connect": "300ms"}):
        nobody = dask_executors.scheduler("tcp://127.0.0.1:1", lambda _: None)
        with pytest.raises(ConfigError, match="does not answer"):
            run(archive, settings, executor=nobody)
