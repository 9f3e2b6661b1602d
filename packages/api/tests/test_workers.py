"""Several workers on one port: metrics that add up, deaths that are made good, stopping."""

import os
import re
import signal
import time
from collections.abc import Callable
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any

import httpx
import pytest

from vocalbaby import cli
from vocalbaby.api.workers import Supervisor

#: Makes a recording: seconds, rate, channels.
MakeWav = Callable[..., bytes]
#: Starts a server process, see conftest.
Serve = Callable[..., AbstractContextManager[Any]]


def children(pid: int) -> set[int]:
    """Processes whose parent is ``pid``, and that are not dead."""
    found = set()
    for stat in Path("/proc").glob("[0-9]*/stat"):
        try:
            state, parent = stat.read_text().rpartition(")")[2].split()[:2]
        except OSError:
            continue  # it ended meanwhile
        if int(parent) == pid and state != "Z":
            found.add(int(stat.parent.name))
    return found


def wait_until(condition: Callable[[], bool], seconds: float = 10) -> None:
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end
        time.sleep(0.02)


def value(url: str, series: str) -> float:
    """One series of /metrics, over a connection of its own."""
    text = httpx.get(f"{url}/metrics").text
    found = re.search(rf"^{re.escape(series)} (\S+)$", text, re.MULTILINE)
    return float(found[1]) if found else 0.0


ANSWERED = 'vocalbaby_requests_total{method="POST",route="/predict",status="200"}'
STARTS = "vocalbaby_worker_starts_total"


def test_a_killed_worker_is_replaced_and_no_count_is_lost(serve: Serve, wav: MakeWav) -> None:
    clip = wav(0.2)

    def ask(times: int) -> int:
        done = 0
        while done < times:
            try:
                answer = httpx.post(f"{server.url}/predict", files={"files": ("a", clip)})
            except httpx.TransportError:
                continue  # the worker died with this connection
            assert answer.status_code == 200
            done += 1
        return done

    with serve("--workers=2", "--drain-seconds=0") as server:
        wait_until(lambda: value(server.url, STARTS) == 2)
        workers = children(server.process.pid)
        assert len(workers) == 2
        ask(10)
        assert {value(server.url, ANSWERED) for _ in range(8)} == {10.0}
        for victim in workers:
            os.kill(victim, signal.SIGKILL)
        ask(10)
        wait_until(lambda: value(server.url, STARTS) == 4)
        assert len(children(server.process.pid) - workers) == 2
        assert {value(server.url, ANSWERED) for _ in range(8)} == {20.0}
        assert value(server.url, "vocalbaby_requests_in_flight") == 1  # this one
        server.terminate()
        assert server.process.wait(20) == 0
        assert children(server.process.pid) == set()


def test_every_worker_shows_the_same_of_all(
    serve: Serve, wav: MakeWav, tmp_path: Path, drift_result: Callable[..., bytes]
) -> None:
    latest = tmp_path / "latest.json"
    score = 'vocalbaby_drift_score{feature_set="none"}'

    def found(score: float) -> None:
        scratch = tmp_path / "scratch"
        scratch.write_bytes(drift_result(score))
        scratch.replace(latest)

    def ask() -> None:
        files = [("files", ("a", wav(0.7))), ("files", ("b", wav(0.05)))]
        assert httpx.post(f"{server.url}/predict", files=files).status_code == 200

    found(0.7)
    flags = (f"--drift-results={tmp_path}", "--drift-seconds=0.3")
    with serve("--workers=2", "--drain-seconds=0", *flags) as server:
        wait_until(lambda: value(server.url, STARTS) == 2)
        for _ in range(10):
            ask()
        expected = {
            "vocalbaby_batch_clips_sum": 20.0,
            "vocalbaby_queue_clips": 0.0,
            'vocalbaby_confidence_count{model_version="fake-1"}': 20.0,
            'vocalbaby_clip_warnings_total{code="not_confident"}': 10.0,
            'vocalbaby_predictions_total{class="abstained",model_version="fake-1"}': 10.0,
            "vocalbaby_model_switches_total": 0.0,
            score: 0.7,
        }
        for series, count in expected.items():
            assert {value(server.url, series) for _ in range(6)} == {count}, series
        found(0.9)
        wait_until(lambda: value(server.url, score) == 0.9)
        for victim in children(server.process.pid):
            os.kill(victim, signal.SIGKILL)
        latest.unlink()
        wait_until(lambda: value(server.url, STARTS) == 4)
        missing = 'vocalbaby_drift_status_fault{code="missing"}'
        wait_until(lambda: value(server.url, missing) == 1)
        assert {value(server.url, score) for _ in range(8)} == {0.9}


def test_sigterm_drains_every_worker(serve: Serve, wav: MakeWav) -> None:
    files = {"files": wav(0.2)}
    with serve("--workers=2", "--drain-seconds=1") as server:
        clients = [httpx.Client(base_url=server.url) for _ in range(8)]
        assert {client.post("/predict", files=files).status_code for client in clients} == {200}
        server.terminate()
        time.sleep(0.4)
        for client in clients:
            answer = client.post("/predict", files=files)
            assert (answer.status_code, answer.headers["connection"]) == (200, "close")
            client.close()
        assert server.process.wait(20) == 0


def test_workers_end_and_clean_up_when_their_parent_is_killed(serve: Serve) -> None:
    shared_memory = Path("/dev/shm")
    before = set(shared_memory.glob("vocalbaby-*"))
    with serve("--workers=2", "--drain-seconds=0") as server:
        workers = children(server.process.pid)
        server.process.kill()
        server.process.wait(10)
        wait_until(lambda: not any(Path(f"/proc/{pid}/stat").exists() for pid in workers))
    assert set(shared_memory.glob("vocalbaby-*")) <= before


def test_a_bad_model_ends_the_service(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    pid = os.fork()  # the parent of workers must be a process without other threads
    if pid == 0:
        os._exit(
            cli.main(["--host=127.0.0.1", "--port=0", "--workers=2", f"--model={tmp_path}/no"])
        )
    assert os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]) == 6
    assert "vocalbaby-serve: There is no model bundle at" in capfd.readouterr().err


def test_a_worker_that_keeps_dying_is_restarted_ever_later() -> None:
    """In a process of its own, whose workers kill themselves."""
    read, write = os.pipe()
    pid = os.fork()
    if pid == 0:

        def work(_: int) -> int:
            os.write(write, b"x")
            time.sleep(0.01)
            os.kill(os.getpid(), signal.SIGKILL)
            return 0

        def tell() -> None:
            os.write(write, b"s")

        deaths: list[int] = []
        supervisor = Supervisor(1, work, on_death=deaths.append, on_stop=tell)
        code = supervisor.run()
        os._exit(code if len(deaths) > 2 else 99)
    time.sleep(1.2)
    os.kill(pid, signal.SIGTERM)
    assert os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]) == 0
    os.close(write)
    told = os.read(read, 1000)
    os.close(read)
    assert told.endswith(b"s")
    assert 3 <= told.count(b"x") <= 6  # after 0, 0.1, 0.3, 0.7 s ...
