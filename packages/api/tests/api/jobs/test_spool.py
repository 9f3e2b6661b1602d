"""The folder of jobs: admission, damaged files, and what starts a process."""

import errno
import json
import os
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any
from unittest import mock

import pytest

from packages.api.tests.support import wait_until
from vocalbaby import inference
from vocalbaby.api.jobs import runner as runner_module
from vocalbaby.api.jobs import work
from vocalbaby.api.jobs.job import Job, JobState
from vocalbaby.api.jobs.runner import JobRunner
from vocalbaby.api.jobs.service import describe
from vocalbaby.api.jobs.spool import Spool
from vocalbaby.api.settings import Settings
from vocalbaby.bundle.files import default_bundle_path
from vocalbaby.bundle.store import ModelStore
from vocalbaby.cloud.opening import open_storage
from vocalbaby.exception import (
    JobNotFoundError,
    JobSpaceError,
    JobUnreadableError,
    NotReadyError,
    OverloadedError,
)
from vocalbaby.monitoring.metrics import ServiceMetrics


def make_spool(folder: Path, **settings: Any) -> Spool:
    return Spool(Settings(job_folder=str(folder), **settings))


def make_job(spool: Spool, state: JobState | None = None) -> Path:
    arriving = spool.admit(1)
    (arriving.folder / "recording").write_bytes(b"sound")
    folder = spool.path(arriving.finish("day1", None, None).id)
    arriving.close()
    if state is not None:
        (folder / "state.json").write_text(state.model_dump_json())
    return folder


def test_recordings_that_arrive_together_do_not_share_a_place(tmp_path: Path) -> None:
    outcomes: list[object] = []

    class SlowSpool(Spool):
        def active(self) -> int:
            found = super().active()
            time.sleep(0.02)
            return found

    spool = SlowSpool(Settings(job_folder=str(tmp_path), max_jobs=3))

    def admit() -> None:
        try:
            outcomes.append(spool.admit(1))
        except OverloadedError:
            outcomes.append(None)

    threads = [threading.Thread(target=admit) for _ in range(12)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sum(outcome is not None for outcome in outcomes) == 3


def test_the_space_of_recordings_that_arrive_is_reserved(tmp_path: Path) -> None:
    spool = make_spool(tmp_path, max_job_folder_bytes=1_000_000)
    first = spool.admit(600_000)
    with pytest.raises(JobSpaceError):
        spool.admit(600_000)
    (first.folder / "recording").write_bytes(bytes(300_000))
    spool.admit(300_000).close()
    first.close()
    spool.admit(600_000)


@pytest.mark.parametrize("text", ["", "{}}", '{"state": "asleep"}'])
def test_a_damaged_state_is_that_of_a_failed_job(tmp_path: Path, text: str) -> None:
    spool = make_spool(tmp_path, job_keep_seconds=0.01)
    damaged, sound = make_job(spool), make_job(spool)
    (damaged / "state.json").write_text(text)
    state = spool.state(damaged.name)
    assert (state.state, state.error and state.error.code) == ("failed", "internal")
    assert (spool.active(), spool.counts()) == (1, {"failed": 1, "queued": 1})
    time.sleep(0.05)
    spool.sweep()
    assert spool.ids() == [sound.name]


@pytest.mark.parametrize("code", [errno.EMFILE, errno.EIO, errno.EACCES])
@pytest.mark.parametrize("state", [None, JobState(state="running")])
def test_a_job_that_cannot_be_read_at_one_look_is_neither_failed_nor_removed(
    tmp_path: Path, code: int, state: JobState | None
) -> None:
    spool = make_spool(tmp_path, job_keep_seconds=0.01)
    folder = make_job(spool, state)
    time.sleep(0.05)
    with mock.patch("os.open", side_effect=OSError(code, os.strerror(code))):
        for ask in (spool.job, spool.state):
            with pytest.raises(JobUnreadableError, match=os.strerror(code)):
                ask(folder.name)
        spool.sweep()
    assert spool.ids() == [folder.name]
    assert spool.state(folder.name).state == ("running" if state else "queued")


def test_a_job_without_a_readable_description_is_removed_by_age(tmp_path: Path) -> None:
    spool = make_spool(tmp_path, job_keep_seconds=0.01)
    folder = make_job(spool)
    (folder / "job.json").write_text("")
    other = tmp_path / ("b" * 22)
    other.mkdir()
    with pytest.raises(JobNotFoundError):
        spool.job(folder.name)
    assert spool.active() == 0
    time.sleep(0.05)
    spool.sweep()
    assert list(tmp_path.iterdir()) == [other]  # no job: it is of the user of the folder


@pytest.fixture
def run(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Callable[..., tuple[Spool, JobRunner, Path]]:
    """Makes a runner whose processes write their tasks to files, and end."""
    script = tmp_path / "process.py"
    script.write_text(
        "import sys, pathlib\n"
        "folder, task = pathlib.Path(sys.argv[1]), sys.stdin.readline()\n"
        "(folder / 'task').write_text(task)\n"
        "with open(__file__ + '.started', 'a') as file:\n"
        "    print(folder.name, file=file)\n"
    )
    monkeypatch.setattr(runner_module, "COMMAND", (sys.executable, str(script)))

    def make(version: Callable[[], str], **settings: Any) -> tuple[Spool, JobRunner, Path]:
        made = Settings(job_folder=str(tmp_path / "jobs"), **settings)
        metrics = ServiceMetrics(classes=("a",), error_codes=(), warning_codes=())
        spool = Spool(made)
        return spool, JobRunner(spool, made, metrics.jobs, version), make_job(spool)

    return make


def test_a_job_waits_until_the_model_of_the_store_is_known(run: Callable[..., Any]) -> None:
    ready = threading.Event()

    def version() -> str:
        if not ready.is_set():
            raise NotReadyError("The model is loading.")
        return "right-1"

    spool, runner, folder = run(version, store="/store")
    runner.start()
    time.sleep(0.3)
    assert spool.state(folder.name).state == "queued"
    ready.set()
    runner.wake()
    wait_until((folder / "task").exists)
    wait_until((folder / "task").read_text)
    runner.close()
    assert json.loads((folder / "task").read_text())["version"] == "right-1"


def test_a_job_that_always_kills_its_worker_fails(run: Callable[..., Any], tmp_path: Path) -> None:
    spool, runner, folder = run(lambda: "1")
    killed = JobState(state="running", crashes=2)
    (folder / "state.json").write_text(killed.model_dump_json())
    runner.start()
    wait_until(lambda: spool.state(folder.name).state == "failed")
    runner.close()
    assert not (tmp_path / "process.py.started").exists()


def test_the_oldest_job_runs_first(run: Callable[..., Any], tmp_path: Path) -> None:
    spool, runner, first = run(lambda: "1")
    later = [make_job(spool) for _ in range(4)]
    runner.start()
    wait_until(lambda: set(spool.counts()) == {"failed"})
    runner.close()
    started = (tmp_path / "process.py.started").read_text().split()
    assert list(dict.fromkeys(started)) == [folder.name for folder in (first, *later)]


def test_a_job_that_is_asked_for_is_kept(tmp_path: Path) -> None:
    spool = make_spool(tmp_path, job_keep_seconds=60)
    folders = [make_job(spool, JobState(state="done", ended=1.0)) for _ in range(2)]
    for folder in folders:
        os.utime(folder, (1, 1))
    spool.own(folders[0].name, None)
    spool.sweep()
    assert spool.ids() == [folders[0].name]


def test_the_time_left_is_that_of_this_run() -> None:
    job = Job(id="a", name="a", created=0.0)
    state = JobState(state="running", started=time.time() - 10, done_s=500.0, total_s=600.0)
    state.begun_s = 400.0  # 100 s of sound in 10 s, not 500 s
    assert describe(job, state).eta_s == pytest.approx(10.0, abs=0.5)


def test_a_job_that_is_fetched_has_no_more_space_than_the_folder(run: Callable[..., Any]) -> None:
    _, runner, folder = run(lambda: "1", max_job_folder_bytes=100_000)
    runner.start()
    wait_until(lambda: (folder / "task").exists() and (folder / "task").read_text())
    runner.close()
    assert 0 < json.loads((folder / "task").read_text())["max_bytes"] < 100_000


def test_a_process_imports_nothing_of_the_working_folder(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "secrets.py").write_text("raise SystemExit('imported')")
    monkeypatch.setattr(sys, "path", [str(Path(path).absolute()) for path in sys.path if path])
    monkeypatch.chdir(tmp_path)
    spool = make_spool(tmp_path / "jobs")
    settings = Settings(job_folder=str(tmp_path / "jobs"))
    metrics = ServiceMetrics(classes=("a",), error_codes=(), warning_codes=())
    folder = make_job(spool)
    runner = JobRunner(spool, settings, metrics.jobs, lambda: "1")
    runner.start()
    wait_until(lambda: spool.state(folder.name).ended)
    runner.close()
    error = spool.state(folder.name).error
    assert error is not None
    assert error.code == "audio_unreadable"  # and not that the process ended


def test_the_model_of_a_job_is_that_of_the_service(tmp_path: Path) -> None:
    limits: dict[str, Any] = {"max_hours": 1.0, "max_bytes": 1}
    built_in = inference.load()
    version = built_in.manifest.version
    store = str(tmp_path / "store")
    task = work.Task(store=store, version=version, fallback=True, **limits)
    assert work.load_model(task).manifest.version == version  # it is not in the store
    ModelStore(open_storage(store)).publish(default_bundle_path())
    task = work.Task(store=store, version=version, **limits)
    assert work.load_model(task).manifest.version == version
