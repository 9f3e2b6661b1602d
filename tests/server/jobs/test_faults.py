"""Jobs under faults: cut uploads, a full disk, killed processes and workers."""

import errno
import os
import signal
import socket
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, suppress
from pathlib import Path
from typing import Any

import httpx
import pytest
from fastapi.testclient import TestClient

from packages.api.tests.support import submit_job, wait_until
from vocalbaby.api.app import create_app
from vocalbaby.api.jobs import spool as spool_module
from vocalbaby.api.jobs.temporary import temporary_spool
from vocalbaby.api.settings import Settings

App = Callable[..., AbstractContextManager[TestClient]]
MakeWav = Callable[..., bytes]
Serve = Callable[..., Any]

HEADERS = {"content-type": "audio/wav"}


def folders(jobs: Path) -> list[Path]:
    return list(jobs.glob("[!.]*"))


def submit(url: str, data: bytes, client: Any = httpx) -> str:
    answer = client.post(f"{url}/segment", content=data, headers=HEADERS)
    assert answer.status_code == 202, answer.text
    return f"{url}{answer.headers['location']}"


def job_processes(jobs: Path) -> set[int]:
    """The processes that work on a job of a folder."""
    found = set()
    for file in Path("/proc").glob("[0-9]*/cmdline"):
        with suppress(OSError):
            if f"\0{jobs}/".encode() in file.read_bytes():
                found.add(int(file.parent.name))
    return found


@pytest.mark.parametrize("kind", ["multipart/form-data; boundary=x", "audio/wav"])
def test_an_upload_that_is_cut_leaves_nothing(serve: Serve, tmp_path: Path, kind: str) -> None:
    jobs, form = tmp_path / "jobs", kind.startswith("multipart")
    head = (
        b'--x\r\nContent-Disposition: form-data; name="file"; filename="a"\r\n\r\n' if form else b""
    )
    with serve(f"--job-folder={jobs}") as server:
        with socket.create_connection(("127.0.0.1", server.port)) as client:
            client.sendall(
                f"POST /segment HTTP/1.1\r\nHost: a\r\nContent-Type: {kind}\r\n"
                "Content-Length: 9000000\r\n\r\n".encode()
                + head
                + bytes(3_000_000)
            )
            wait_until(
                lambda: sum(p.stat().st_size for p in jobs.glob("new.*/recording")) > 2_000_000
            )
        wait_until(lambda: not folders(jobs))
        assert httpx.get(f"{server.url}/health").status_code == 200


def test_an_upload_that_stops_is_408_and_leaves_nothing(serve: Serve, tmp_path: Path) -> None:
    jobs = tmp_path / "jobs"
    limits = ("--body-seconds=0.3", "--request-seconds=0.5")
    with serve(f"--job-folder={jobs}", *limits) as server:

        def slow(pause: float) -> Iterator[bytes]:
            for _ in range(6):
                time.sleep(pause)
                yield bytes(1000)

        begin = time.monotonic()
        answer = httpx.post(f"{server.url}/segment", content=slow(0.1), headers=HEADERS)
        assert answer.status_code == 202  # only a pause is limited so, not the whole
        assert time.monotonic() - begin > 0.5
        httpx.delete(f"{server.url}{answer.headers['location']}")
        answer = httpx.post(f"{server.url}/segment", content=slow(1.0), headers=HEADERS)
        assert (answer.status_code, answer.json()["code"]) == (408, "request_timeout")
        wait_until(lambda: not folders(jobs))


def test_a_full_disk_refuses_a_recording_and_leaves_nothing(serve: Serve, wav: MakeWav) -> None:
    with serve("--job-folder=/dev/shm/vocalbaby-test-jobs", full_disk=True) as server:
        answer = httpx.post(f"{server.url}/segment", content=wav(9), headers=HEADERS)
        assert (answer.status_code, answer.json()["code"]) == (503, "job_space")
        assert answer.headers["retry-after"] == "1"
        assert folders(Path("/dev/shm/vocalbaby-test-jobs")) == []
        assert httpx.post(f"{server.url}/predict", content=wav(1), headers=HEADERS).is_success
    Path("/dev/shm/vocalbaby-test-jobs").rmdir()


def test_without_a_folder_jobs_are_refused(serve: Serve, wav: MakeWav) -> None:
    with serve(full_disk=True) as server:  # there is no folder for temporary files either
        answer = httpx.post(f"{server.url}/segment", content=wav(1), headers=HEADERS)
        assert (answer.status_code, answer.json()["code"]) == (503, "job_space")
        assert "--job-folder" in answer.json()["hint"]


def test_a_full_folder_refuses_recordings_until_jobs_are_removed(
    app: App, wav: MakeWav, tmp_path: Path
) -> None:
    with app(max_job_folder_bytes=200_000) as client:
        job = submit("", wav(5), client)
        wait_until(lambda: client.get(job).json()["state"] == "done")
        (tmp_path / "jobs" / job.rpartition("/")[2] / "more").write_bytes(bytes(100_000))
        answer = client.post("/segment", content=wav(5), headers=HEADERS)
        assert (answer.status_code, answer.json()["code"]) == (503, "job_space")
        assert client.delete(job).status_code == 204
        submit("", wav(5), client)


def test_a_disk_that_fills_up_during_a_job_fails_it(
    app: App, wav: MakeWav, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("TEST_JOB_FILE_BYTES", "10000")  # its files cannot grow further
    with app() as client:
        job = submit("", wav(30), client)
        wait_until(lambda: client.get(job).json()["state"] == "failed")
        assert client.get(job).json()["error"]["code"] == "job_space"
        assert sum(path.stat().st_size for path in (tmp_path / "jobs").rglob("*")) < 20_000


def test_a_process_that_cannot_be_started_costs_the_job_nothing(
    app: App, wav: MakeWav, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """There are too many processes, more often than a job may kill its process."""
    start, failures = subprocess.Popen, list(range(4))

    def popen(*arguments: Any, **options: Any) -> Any:
        if failures:
            failures.pop()
            raise BlockingIOError(errno.EAGAIN, os.strerror(errno.EAGAIN))
        return start(*arguments, **options)

    monkeypatch.setattr(subprocess, "Popen", popen)
    with app() as client:
        job = submit_job(client, wav(1))
        wait_until(lambda: not failures and client.get(job).json()["state"] == "running")
        (state,) = (tmp_path / "jobs").glob("[!.]*/state.json")
        assert '"crashes":0' in state.read_text()


def test_cancelling_a_job_stops_it_and_frees_the_disk(
    app: App, wav: MakeWav, tmp_path: Path, pause: Callable[[float], None]
) -> None:
    pause(0.2)
    jobs = tmp_path / "jobs"
    with app() as client:
        first, second = (submit("", wav(30), client) for _ in range(2))
        wait_until(lambda: client.get(first).json()["done_s"] > 0)
        assert len(job_processes(jobs)) == 1
        assert client.delete(first).status_code == 204
        assert client.get(first).status_code == 404
        assert client.delete(first).status_code == 404
        assert folders(jobs) == [jobs / second.rpartition("/")[2]]
        wait_until(lambda: client.get(second).json()["state"] == "running")
        assert len(job_processes(jobs)) == 1
        assert client.delete(second).status_code == 204
        wait_until(lambda: not job_processes(jobs))
        assert 'jobs_ended_total{outcome="removed"} 2.0' in client.get("/metrics").text


def test_a_killed_process_is_started_again_and_goes_on(
    app: App, wav: MakeWav, tmp_path: Path, pause: Callable[[float], None]
) -> None:
    pause(0.2)
    with app() as client:
        job = submit("", wav(10), client)
        wait_until(lambda: client.get(job).json()["done_s"] > 2)
        (process,) = job_processes(tmp_path / "jobs")
        os.kill(process, signal.SIGKILL)
        wait_until(lambda: client.get(job).json()["state"] == "done")
        assert int(client.get(f"{job}/result").json()["attributes"]["heard_before_s"]) >= 2


def test_a_job_that_kills_its_process_fails(app: App) -> None:
    with app() as client:
        job = submit("", b"crash", client)
        wait_until(lambda: client.get(job).json()["state"] == "failed")
        error = client.get(job).json()["error"]
        assert (error["code"], error["status"]) == ("internal", 500)


def test_a_stopped_service_resumes_its_jobs(
    app: App, wav: MakeWav, tmp_path: Path, pause: Callable[[float], None]
) -> None:
    pause(0.2)
    with app() as client:
        job = submit("", wav(10), client)
        wait_until(lambda: client.get(job).json()["done_s"] > 2)
    assert not job_processes(tmp_path / "jobs")
    with app() as client:
        wait_until(lambda: client.get(job).json()["state"] == "done")
        assert int(client.get(f"{job}/result").json()["attributes"]["heard_before_s"]) >= 2


def test_two_workers_share_jobs_and_a_killed_worker_loses_none(
    serve: Serve, wav: MakeWav, tmp_path: Path, pause: Callable[[float], None], stand_in: None
) -> None:
    pause(0.1)
    jobs = tmp_path / "jobs"
    with serve("--workers=2", f"--job-folder={jobs}", "--drain-seconds=0") as server:
        made = [submit(server.url, wav(10)) for _ in range(2)]
        assert {httpx.get(job).status_code for job in made for _ in range(8)} == {200}
        wait_until(lambda: any(httpx.get(job).json()["done_s"] > 2 for job in made))
        (process,) = job_processes(jobs)
        stat = Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()
        worker = int(stat[1])
        assert worker in server.workers()
        os.kill(worker, signal.SIGKILL)
        wait_until(lambda: process not in job_processes(jobs))  # nobody would watch it any more
        wait_until(lambda: all(httpx.get(job).json()["state"] == "done" for job in made), 60)
        heard = [httpx.get(f"{j}/result").json()["attributes"]["heard_before_s"] for j in made]
        assert sum(map(int, heard)) > 0  # the other worker went on where the first one was killed
        httpx.delete(made[0])
        server.terminate()
        assert server.process.wait(20) == 0
        assert len(folders(jobs)) == 1


def test_a_service_without_a_folder_keeps_jobs_among_the_temporary_files(
    wav: MakeWav, fake: Callable[[], Any], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    dead = tmp_path / "vocalbaby-jobs-999999999-0"
    alive = tmp_path / f"vocalbaby-jobs-{os.getppid()}-0"
    dead.mkdir()
    alive.mkdir()
    with temporary_spool(Settings()) as settings:
        assert set(tmp_path.iterdir()) == {alive}  # made when the first recording arrives
        with TestClient(create_app(settings, fake())) as client:
            client.delete(submit("", wav(1), client))
        (folder,) = set(tmp_path.iterdir()) - {alive}
        assert folder.stat().st_mode & 0o777 == 0o700
    assert set(tmp_path.iterdir()) == {alive}


def test_what_a_killed_service_left_is_removed(
    app: App, wav: MakeWav, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(spool_module, "_ABANDONED_S", -1.0)
    jobs = tmp_path / "jobs"
    left = [jobs / f"{kind}.{'a' * 22}" for kind in ("new", "old")]
    others = [jobs / name for name in ("new.recordings", "old.recordings", f"old.{'b' * 22}")]
    for folder in (*left, *others):
        folder.mkdir(parents=True)
        (folder / "recording").write_bytes(wav(1))
    for folder in left:
        (folder / "lock").touch()
    with app():
        wait_until(lambda: not any(folder.exists() for folder in left))
    assert {path for path in jobs.iterdir() if path.name[0] != "."} == set(others)
    assert all((folder / "recording").exists() for folder in others)  # of the user of the folder
