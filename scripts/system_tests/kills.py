"""Kills processes of the service at random moments, under load: ``--kills 200``.

Clients with a key classify clips and submit recordings all the time. After each kill the service
has to answer again. It is verified that no answer was wrong, no row that counted as written is
missing from the prediction log, no count and no job was lost, and no process or file is left.
"""

import argparse
import json
import os
import random
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any, Final

import httpx
import numpy as np

from scripts.deploy.programs import ScriptError
from vocalbaby.api.middleware.keys import add_key, new_key
from vocalbaby.audio import wav_bytes
from vocalbaby.monitoring.prediction_log import read

__all__ = ["Kills"]

_CLIENTS: Final = 3
_SERVE: Final = "from vocalbaby.cli import serve; serve()"
_ANSWERED: Final = 'vocalbaby_requests_total{method="POST",route="/predict",status="200"}'
_WRITTEN: Final = 'vocalbaby_prediction_log_rows_total{outcome="written"}'
_LONGEST_S: Final = 120.0


def _wav(seconds: float, pitch: float) -> bytes:
    """A tone with harmonics that begins and ends, as 16-bit WAV."""
    t = np.arange(int(seconds * 16_000)) / 16_000
    tone = sum(np.sin(2 * np.pi * pitch * n * t) / n for n in range(1, 6))
    loud = np.sin(np.pi * (t % 1.0)) ** 2
    return wav_bytes(0.2 * tone * loud, 16_000, encoding="pcm16")


def _require(holds: object, what: str) -> None:
    if not holds:
        raise ScriptError(f"not true: {what}")


def _wait(condition: Callable[[], object], what: str) -> None:
    end = time.monotonic() + _LONGEST_S
    while not condition():
        _require(time.monotonic() < end, f"{what}, within {_LONGEST_S:g} s")
        time.sleep(0.05)


def _mentioning(text: str) -> dict[int, int]:
    """Processes with a text in their command line, and their parents."""
    found = {}
    for stat in Path("/proc").glob("[0-9]*/stat"):
        with suppress(OSError):
            state, parent = stat.read_text().rpartition(")")[2].split()[:2]
            command = stat.with_name("cmdline").read_bytes()
            if state != "Z" and text.encode() in command:
                found[int(stat.parent.name)] = int(parent)
    return found


class Kills:
    """A service, its clients, and what they have seen.

    Args:
        folder: An empty folder.
        seed: Of the random moments and victims.
    """

    def __init__(self, folder: Path, seed: int) -> None:
        self.random = random.Random(seed)  # noqa: S311 - not for secrets
        self.log, self.jobs, self.temporary = folder / "log", folder / "jobs", folder / "tmp"
        self.temporary.mkdir()
        key, line = new_key("load")
        add_key(folder / "keys", line)
        self._stderr = folder / "stderr"
        self._headers = {"Authorization": f"Bearer {key}"}
        self._url = ""
        self._flags = [
            *("--host=127.0.0.1", "--workers=2", "--drain-seconds=0", "--max-jobs=4"),
            *(f"--keys-file={folder / 'keys'}", "--key-requests-per-second=10000"),
            *(f"--prediction-log={self.log}", f"--job-folder={self.jobs}"),
        ]
        self.clips = [_wav(0.4 + 0.1 * n, 220.0 + 60 * n) for n in range(5)]
        self.expected: list[Any] = []
        self.seen: Counter[str] = Counter()
        self._sent: set[str] = set()
        self._accepted: list[str] = []
        self._answered = self._killed_workers = self._written = 0
        self._last = {_ANSWERED: 0.0, _WRITTEN: 0.0}
        self._done = threading.Event()
        self._lock = threading.Lock()

    def start(self) -> None:
        """Start the service and wait until it answers."""
        # Another port each time: the one before may be taken meanwhile.
        with socket.create_server(("127.0.0.1", 0)) as probe:
            port = probe.getsockname()[1]
        self._url = f"http://127.0.0.1:{port}"
        with self._stderr.open("a") as log:
            self._process = subprocess.Popen(
                [sys.executable, "-c", _SERVE, f"--port={port}", *self._flags],
                env={**os.environ, "PYTHONPATH": ":".join(sys.path), "TMPDIR": str(self.temporary)},
                stderr=log,
            )
        self._answered = self._killed_workers = 0
        self._last = dict.fromkeys(self._last, 0.0)
        _wait(self._ready, "ready")

    def _ready(self) -> bool:
        _require(self._process.poll() is None, "the service runs")
        with suppress(httpx.TransportError):
            return httpx.get(f"{self._url}/ready", timeout=20).status_code == 200
        return False

    def classify(self, clip: int, id_: str) -> list[dict[str, Any]] | None:
        """The results for a clip; None if no response arrived."""
        headers = {**self._headers, "X-Request-ID": id_, "Content-Type": "audio/wav"}
        body = self.clips[clip]
        self._sent.add(id_)
        try:
            answer = httpx.post(f"{self._url}/predict", content=body, headers=headers, timeout=60)
        except httpx.TransportError:
            self.seen["without a response"] += 1
            return None
        if answer.status_code != 200:
            self.seen[f"status {answer.status_code}"] += 1
            return None
        with self._lock:
            self._answered += 1
            self.seen["answered"] += 1
        return list(answer.json()["results"])

    def load(self, client: int) -> None:
        """Classify until the end, and submit a recording now and then."""
        number = 0
        while not self._done.is_set():
            number += 1
            clip = number % len(self.clips)
            results = self.classify(clip, f"c{client}-{number}")
            if results is not None and results != self.expected[clip]:
                self.seen["wrong answers"] += 1
            if results is None:
                time.sleep(0.05)
            if client == 0 and number % 20 == 0:
                self._submit(number)

    def _submit(self, number: int) -> None:
        headers = {**self._headers, "Content-Type": "audio/wav"}
        with suppress(httpx.TransportError):
            address = f"{self._url}/segment?name=n{number}.wav"
            answer = httpx.post(address, content=_wav(20.0, 330.0), headers=headers, timeout=60)
            if answer.status_code == 202:
                self._accepted.append(answer.headers["location"])

    def scrape(self) -> None:
        """Verify that no count has gone back, and that every response was counted."""
        with self._lock:
            answered = self._answered
        with suppress(httpx.TransportError):
            text = httpx.get(f"{self._url}/metrics", headers=self._headers, timeout=60).text
            for series, before in self._last.items():
                values = [line for line in text.splitlines() if line.startswith(series)]
                now = float(values[0].split()[1]) if values else 0.0
                _require(now >= before, f"{series} does not go back from {before} to {now}")
                self._last[series] = now
            # A worker that is killed may have sent one response that it has not counted, and a
            # client may have its response before a worker that runs has counted it.
            missing = answered - self._last[_ANSWERED] - _CLIENTS
            _require(missing <= self._killed_workers, f"only {missing} responses are not counted")

    def kill(self) -> None:
        """Kill a random process, and wait until the service answers."""
        time.sleep(self.random.uniform(0.0, 1.0))
        self.scrape()
        own = _mentioning(str(self.jobs))
        workers = [pid for pid, parent in own.items() if parent == self._process.pid]
        jobs = [pid for pid, parent in own.items() if parent in workers]
        kind = self.random.choices(["worker", "job", "parent", "stop"], [55, 30, 10, 5])[0]
        if kind == "worker" and workers:
            self._killed_workers += 1
            os.kill(self.random.choice(workers), signal.SIGKILL)
        elif kind == "job":
            if not jobs:
                self.kill()
                return
            with suppress(ProcessLookupError):
                os.kill(self.random.choice(jobs), signal.SIGKILL)
        else:
            self.end(signal.SIGTERM if kind == "stop" else signal.SIGKILL)
            self.start()
        self.seen[f"{kind} killed" if kind != "stop" else "stopped"] += 1
        _wait(self._ready, f"an answer after a kill: {kind}")

    def end(self, number: int) -> None:
        """Stop or kill the service, and wait until each of its processes has ended."""
        self.scrape()
        self._process.send_signal(number)
        code = self._process.wait(_LONGEST_S)
        _require(
            code == (0 if number == signal.SIGTERM else -number), f"the exit code is not {code}"
        )
        _wait(lambda: not _mentioning(str(self.jobs)), "the end of every process")
        self._written += int(self._last[_WRITTEN])

    def run(self, kills: int) -> dict[str, int]:
        """Kill this often, and verify what is left; returns figures."""
        self.start()
        try:
            self._kill_under_load(kills)
            self._finish_jobs()
            _wait(lambda: not list(self.jobs.glob("new.*")), "the end of uploads that were cut")
            self.scrape()
            self.seen["responses not counted"] = max(0, self._answered - int(self._last[_ANSWERED]))
            self.end(signal.SIGTERM)
        finally:
            self._process.kill()  # its workers end with it
        self._check_what_is_left()
        return dict(self.seen)

    def _kill_under_load(self, kills: int) -> None:
        self.expected = [self.classify(clip, f"first-{clip}") for clip in range(len(self.clips))]
        _require(None not in self.expected, "every clip was classified")
        clients = [threading.Thread(target=self.load, args=(n,)) for n in range(_CLIENTS)]
        for client in clients:
            client.start()
        try:
            for _ in range(kills):
                self.kill()
        finally:
            self._done.set()
            for client in clients:
                client.join()

    def _check_what_is_left(self) -> None:
        _require(self.seen["wrong answers"] == 0, "no answer is wrong")
        self._check_log()
        left = list(self.jobs.glob("[!.]*"))
        _require(not left, f"nothing is left in the folder of jobs, as {left}")
        left = list(self.temporary.iterdir())
        _require(not left, f"no temporary file is left, as {left}")

    def _finish_jobs(self) -> None:
        """Wait for the jobs that were accepted, and remove them."""
        results = set()
        for address in [f"{self._url}{job}" for job in self._accepted]:
            state: dict[str, Any] = {}

            def ended(address: str = address, state: dict[str, Any] = state) -> bool:
                state |= httpx.get(address, headers=self._headers, timeout=60).json()
                return state["state"] in {"done", "failed"}

            _wait(ended, f"the end of {address}")
            self.seen[f"jobs {state['state']}"] += 1
            if state["state"] == "done":
                result = httpx.get(f"{address}/result", headers=self._headers, timeout=60).json()
                results.add(json.dumps(result["segments"]))
            deleted = httpx.delete(address, headers=self._headers, timeout=60)
            _require(deleted.status_code == 204, f"{address} was removed")
        _require(len(results) <= 1, "the same recording has one result")

    def _check_log(self) -> None:
        rows = read(self.log)
        ids = rows.request_id.tolist()
        self.seen["rows"] = len(ids)
        _require(len(set(ids)) == len(ids), "no row was written twice")
        _require(set(ids) <= self._sent, "each row belongs to a request")
        _require(
            len(ids) >= self._written,
            f"{self._written} rows were written, and {len(ids)} are there",
        )
        left = [path.name for path in self.log.rglob("*.part")]
        _require(not left, f"every file is finished, also {left}")


def main() -> None:
    """Run the command."""
    parser = argparse.ArgumentParser(description=__doc__, allow_abbrev=False)
    for option, default in (("--kills", 200), ("--seed", 0)):
        parser.add_argument(option, type=int, default=default)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        figures = Kills(Path(folder), options.seed).run(options.kills)
    print("\n".join(f"{what}: {count}" for what, count in sorted(figures.items())))


if __name__ == "__main__":
    main()
