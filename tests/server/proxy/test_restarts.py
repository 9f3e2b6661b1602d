"""The service stops and restarts behind nginx while requests arrive."""

import os
import socket
import subprocess
import sys
import threading
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from typing import Any

import httpx

from packages.api.tests.support import wait_until

#: Makes a recording: seconds, rate, channels.
MakeWav = Callable[..., bytes]
#: A running nginx.
Proxy = Any
Start = Callable[..., AbstractContextManager[Any]]

#: Starts the service as systemd does: the socket is file 3.
AS_SYSTEMD = """
import os, sys
os.dup2(int(sys.argv[1]), 3)
os.environ |= {"LISTEN_FDS": "1", "LISTEN_PID": str(os.getpid())}
os.execv(sys.executable, [sys.executable, *sys.argv[2:]])
"""


@contextmanager
def started(listener: socket.socket, *flags: str) -> Iterator[subprocess.Popen[bytes]]:
    """The service with a socket that is already open; its options name another port."""
    script = str(Path(__file__).parents[1] / "conftest.py")
    environment = os.environ | {"PYTHONPATH": os.pathsep.join(filter(None, sys.path))}
    number = listener.fileno()
    command = [sys.executable, "-c", AS_SYSTEMD, str(number), script, "--port=1", *flags]
    process = subprocess.Popen(command, pass_fds=[number], env=environment)
    try:
        yield process
    finally:
        process.kill()
        process.wait(20)


class Load:
    """Clients that send clips without a pause, and what happens to their requests."""

    def __init__(self, proxy: Proxy, clip: bytes, clients: int = 6) -> None:
        self.counts: Counter[str] = Counter()
        self._stop = threading.Event()
        self._threads = [
            threading.Thread(target=self._send, args=(proxy, clip)) for _ in range(clients)
        ]
        for thread in self._threads:
            thread.start()

    def _send(self, proxy: Proxy, clip: bytes) -> None:
        with proxy.client(timeout=100) as client:
            while not self._stop.is_set():
                try:
                    answer = client.post("/predict", files={"files": ("a", clip)})
                    self.counts[str(answer.status_code)] += 1
                except httpx.HTTPError as error:
                    self.counts[repr(error)] += 1

    def wait_for_more(self) -> None:
        """Wait until more clips have been classified."""
        before = self.counts["200"]
        wait_until(lambda: self.counts["200"] > before + 50, seconds=60)

    def finish(self) -> None:
        self._stop.set()
        for thread in self._threads:
            thread.join(110)


def test_a_restart_behind_nginx_loses_no_request(nginx: Start, wav: MakeWav) -> None:
    """Requests wait in the socket, which stays open, and are answered by the next process."""
    unlimited = {"rate=100r/s": "rate=10000r/s", "proxy_next_upstream error timeout;": ""}
    with socket.create_server(("127.0.0.1", 0)) as listener:
        listener.listen(128)
        port = listener.getsockname()[1]
        with nginx(f"127.0.0.1:{port}", replace=unlimited) as proxy:
            load = Load(proxy, wav(0.2))
            for workers in ("1", "2"):
                with started(listener, "--drain-seconds=2", f"--workers={workers}") as process:
                    load.wait_for_more()
                    process.terminate()
                    assert process.wait(60) == 0
            with started(listener):
                load.wait_for_more()
                load.finish()
            assert set(load.counts) == {"200"}, proxy.errors()


def test_a_service_that_stops_answers_what_nginx_sends_it(
    serve: Start, nginx: Start, wav: MakeWav
) -> None:
    """nginx keeps connections to the service, and each is closed by a response or when idle.

    A second service takes what arrives once the first refuses connections.
    """
    unlimited = {"rate=100r/s": "rate=10000r/s"}
    with serve("--drain-seconds=2") as first, serve("--drain-seconds=2") as second:
        two = f"127.0.0.1:{first.port} max_conns=448; server 127.0.0.1:{second.port}"
        with nginx(two, replace=unlimited) as proxy:
            load = Load(proxy, wav(0.2))
            load.wait_for_more()
            first.terminate()
            assert first.process.wait(60) == 0
            load.wait_for_more()
            load.finish()
            assert set(load.counts) == {"200"}, proxy.errors()
