"""Several workers on one port: shared metrics and limits, and a killed worker."""

import os
import re
import signal
import socket
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any

import httpx

from packages.api.tests.support import classify, wait_until
from vocalbaby.api.middleware.keys import add_key, new_key

#: Makes a recording: seconds, rate, channels.
MakeWav = Callable[..., bytes]
#: Starts a server process, see conftest.
Serve = Callable[..., AbstractContextManager[Any]]


def value(url: str, series: str) -> float:
    """One series of /metrics, over a new connection."""
    text = httpx.get(f"{url}/metrics").text
    found = re.search(rf"^{re.escape(series)} (\S+)$", text, re.MULTILINE)
    return float(found[1]) if found else 0.0


ANSWERED = 'vocalbaby_requests_total{method="POST",route="/predict",status="200"}'
STARTS = "vocalbaby_worker_starts_total"
IN_FLIGHT = "vocalbaby_requests_in_flight"


def test_a_killed_worker_is_replaced_and_no_count_is_lost(serve: Serve, wav: MakeWav) -> None:
    clip = wav(0.2)
    with serve("--workers=2", "--drain-seconds=0") as server:
        wait_until(lambda: value(server.url, STARTS) == 2)
        workers = server.workers()
        assert len(workers) == 2
        classify(server.url, clip, 10)
        assert {value(server.url, ANSWERED) for _ in range(8)} == {10.0}
        for victim in workers:
            os.kill(victim, signal.SIGKILL)
        classify(server.url, clip, 10)
        wait_until(lambda: value(server.url, STARTS) == 4)
        assert len(server.workers() - workers) == 2
        assert {value(server.url, ANSWERED) for _ in range(8)} == {20.0}
        assert value(server.url, IN_FLIGHT) == 1  # this request
        server.terminate()
        assert server.process.wait(20) == 0
        assert server.workers() == set()


def test_no_two_requests_have_the_same_id(serve: Serve) -> None:
    """The workers are forked from one process, and so are their random generators."""
    with serve("--workers=2", "--drain-seconds=0") as server:
        wait_until(lambda: value(server.url, STARTS) == 2)
        ids = [httpx.get(f"{server.url}/health").headers["x-request-id"] for _ in range(40)]
    assert len(set(ids)) == len(ids)


def test_every_worker_exposes_the_metrics_of_all(
    serve: Serve, wav: MakeWav, tmp_path: Path, drift_result: Callable[..., bytes]
) -> None:
    latest = tmp_path / "latest.json"
    score = 'vocalbaby_drift_score{feature_set="none"}'

    def found(score: float) -> None:
        scratch = tmp_path / "scratch"
        scratch.write_bytes(drift_result(score))
        scratch.replace(latest)

    def classify() -> None:
        files = [("files", ("a", wav(0.7))), ("files", ("b", wav(0.05)))]
        assert httpx.post(f"{server.url}/predict", files=files).status_code == 200

    found(0.7)
    flags = (f"--drift-results={tmp_path}", "--drift-seconds=0.3")
    with serve("--workers=2", "--drain-seconds=0", *flags) as server:
        wait_until(lambda: value(server.url, STARTS) == 2)
        for _ in range(10):
            classify()
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
        for victim in server.workers():
            os.kill(victim, signal.SIGKILL)
        latest.unlink()
        wait_until(lambda: value(server.url, STARTS) == 4)
        missing = 'vocalbaby_drift_status_fault{code="missing"}'
        wait_until(lambda: value(server.url, missing) == 1)
        assert {value(server.url, score) for _ in range(8)} == {0.9}


def test_a_full_disk_stops_no_worker(serve: Serve, wav: MakeWav) -> None:
    """No file can grow and the log cannot be written; the service starts, answers and restarts."""
    with serve("--workers=2", "--drain-seconds=0", "--access-log", full_disk=True) as server:
        wait_until(lambda: value(server.url, STARTS) == 2)
        classify(server.url, wav(0.2), 5)
        os.kill(min(server.workers()), signal.SIGKILL)
        classify(server.url, wav(0.2), 5)
        wait_until(lambda: value(server.url, STARTS) == 3)
        assert value(server.url, ANSWERED) == 10
        for process in (server.process.pid, *server.workers()):
            assert shared_files(process) == set()
        server.terminate()
        assert server.process.wait(20) == 0


def shared_files(pid: int) -> set[str]:
    """Files whose pages a process writes through to; a full disk would kill it."""
    lines = [line.split(maxsplit=5) for line in Path(f"/proc/{pid}/maps").read_text().splitlines()]
    shared = {line[5] for line in lines if line[1].startswith("rw") and line[1].endswith("s")}
    assert shared  # the metrics of several workers
    return {name for name in shared if not name.startswith(("/dev/zero", "anon_inode:"))}


def test_each_worker_reports_its_resources(serve: Serve, wav: MakeWav) -> None:
    with serve("--workers=2", "--drain-seconds=0") as server:
        wait_until(lambda: value(server.url, STARTS) == 2)
        workers = server.workers()
        pages = {
            int(Path(f"/proc/{pid}/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE")
            for pid in workers
        }
        for worker in (0, 1):
            memory = value(server.url, f'process_resident_memory_bytes{{worker="{worker}"}}')
            assert min(abs(memory - size) for size in pages) < 8 * 2**20
            assert value(server.url, f'process_open_fds{{worker="{worker}"}}') > 3
        before = sum(cpu_seconds(server.url))
        classify(server.url, wav(0.2), 40)
        assert 0 < sum(cpu_seconds(server.url)) - before < 10
        series = httpx.get(f"{server.url}/metrics").text
        assert len(re.findall(r"^process_cpu_seconds_total", series, re.MULTILINE)) == 2


def cpu_seconds(url: str) -> list[float]:
    return [value(url, f'process_cpu_seconds_total{{worker="{worker}"}}') for worker in (0, 1)]


def test_limits_apply_to_all_workers_together(serve: Serve, wav: MakeWav, tmp_path: Path) -> None:
    file, (key, line) = tmp_path / "keys", new_key("lab")
    add_key(file, line)
    rate = ("--key-requests-per-second=0.01", "--key-burst=40", f"--keys-file={file}")
    auth = {"authorization": f"Bearer {key}"}

    def post(name: str) -> int:
        files = [("files", (name, wav(0.2)))] * 6
        return httpx.post(f"{server.url}/predict", files=files, headers=auth).status_code

    with serve("--workers=2", "--max-in-flight=1", "--drain-seconds=0", *rate) as server:
        wait_until(lambda: value(server.url, STARTS) == 2)
        with ThreadPoolExecutor(1) as pool:
            slow = pool.submit(post, "slow")
            wait_until(lambda: value(server.url, IN_FLIGHT) == 2)  # this request and the scrape
            time.sleep(0.1)
            assert {post("a") for _ in range(8)} == {503}
            assert slow.result() == 200
            lost = pool.submit(post, "slow")
            wait_until(lambda: value(server.url, IN_FLIGHT) == 2)
            time.sleep(0.1)
            for victim in server.workers():
                os.kill(victim, signal.SIGKILL)
            assert isinstance(lost.exception(), httpx.TransportError)
        wait_until(lambda: value(server.url, STARTS) == 4)
        assert (
            post("a") == 200
        )  # its request no longer counts; the tokens of the key are still spent
        codes = [httpx.get(f"{server.url}/nowhere", headers=auth).status_code for _ in range(40)]
        assert codes == [404] * 29 + [429] * 11
        assert value(server.url, 'vocalbaby_errors_total{code="rate_limited"}') == 11


def test_connections_are_limited_over_all_workers(serve: Serve) -> None:
    with serve("--workers=2", "--max-connections=20", "--drain-seconds=0") as server:
        idle = [socket.create_connection(("127.0.0.1", server.port)) for _ in range(20)]
        time.sleep(0.2)
        answers = [httpx.get(f"{server.url}/nowhere") for _ in range(6)]
        assert {answer.status_code for answer in answers} == {503}
        for client in idle:
            client.close()
        wait_until(lambda: httpx.get(f"{server.url}/nowhere").status_code == 404)
