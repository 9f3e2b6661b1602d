"""The real service, the drift job, Debian's Prometheus and Alertmanager, and a webhook."""

import json
import os
import socket
import subprocess
import sys
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any, Self

import yaml

__all__ = [
    "Webhook",
    "alertmanager",
    "drift_job",
    "free_port",
    "get_json",
    "prometheus",
    "server",
    "wait_for",
]

#: From ``infra/monitoring``: what the live stack has, with other places and times.
CONFIGS = Path("infra/monitoring")


def wait_for(what: str, condition: Callable[[], object], seconds: float = 60.0) -> None:
    """Wait until it is so.

    Raises:
        TimeoutError: It did not become so.
    """
    deadline = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > deadline:
            raise TimeoutError(f"{what}: not within {seconds:g} s")
        time.sleep(0.1)


def get_json(url: str) -> Any:
    """What an address answers; None while nobody does."""
    try:
        with urllib.request.urlopen(url, timeout=10) as answer:
            return json.load(answer)
    except (urllib.error.URLError, ConnectionError):
        return None


def _answers(url: str) -> bool:
    try:
        urllib.request.urlopen(url, timeout=5).close()
    except (urllib.error.URLError, ConnectionError):
        return False
    return True


def free_port() -> int:
    """A port that nobody listens on now."""
    with socket.create_server(("127.0.0.1", 0)) as probe:
        return int(probe.getsockname()[1])


@contextmanager
def _running(name: str, argv: list[str], folder: Path, ready: str) -> Iterator[None]:
    """A process, from the moment it is ready; what it says is in ``<name>.log``."""
    said = folder / f"{name}.log"
    with said.open("w", encoding="utf-8") as log:
        process = subprocess.Popen(argv, stdout=log, stderr=log, env=_environment())
    try:
        wait_for(f"{name} is ready", lambda: process.poll() is not None or _answers(ready))
        assert process.poll() is None, said.read_text(encoding="utf-8")
        yield
    finally:
        process.terminate()
        try:
            process.wait(20)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def _environment() -> dict[str, str]:
    path = os.pathsep.join(filter(None, sys.path))
    return {**os.environ, "PYTHONPATH": path, "OMP_NUM_THREADS": "1"}


@contextmanager
def server(folder: Path, *flags: str) -> Iterator[str]:
    """``vocalbaby-serve``; gives its address."""
    port = free_port()
    start = "from vocalbaby.cli import serve; serve()"
    argv = [sys.executable, "-c", start, "--host=127.0.0.1", f"--port={port}", *flags]
    url = f"http://127.0.0.1:{port}"
    with _running("server", argv, folder, f"{url}/ready"):
        yield url


def drift_job(*flags: str) -> str:
    """One run of ``vocalbaby-drift run``, which must be able to compare; gives what it says."""
    start = "from vocalbaby.monitoring.drift.cli import main; main()"
    argv = [sys.executable, "-c", start, "run", "--config=configs/drift.yaml", *flags]
    done = subprocess.run(argv, check=False, capture_output=True, text=True, env=_environment())
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


@contextmanager
def alertmanager(folder: Path, webhook: str) -> Iterator[str]:
    """Alertmanager by our file, told to hurry; gives its address."""
    config = yaml.safe_load((CONFIGS / "alertmanager.yml").read_text(encoding="utf-8"))
    config["route"] |= {"group_wait": "1s", "group_interval": "1s"}
    (receiver,) = config["receivers"][0]["webhook_configs"]
    receiver["url"] = webhook
    file = folder / "alertmanager.yml"
    file.write_text(yaml.safe_dump(config), encoding="utf-8")
    address = f"127.0.0.1:{free_port()}"
    argv = [
        "prometheus-alertmanager",
        f"--config.file={file}",
        f"--storage.path={folder / 'alertmanager'}",
        f"--web.listen-address={address}",
        "--cluster.listen-address=",
    ]
    with _running("alertmanager", argv, folder, f"http://{address}/-/ready"):
        yield f"http://{address}"


@contextmanager
def prometheus(folder: Path, *, rules: Path, service: str, alerts: str) -> Iterator[str]:
    """Prometheus by our file, scraping every second; gives its address."""
    config = yaml.safe_load((CONFIGS / "prometheus.yml").read_text(encoding="utf-8"))
    config["global"] = {"scrape_interval": "1s", "evaluation_interval": "1s"}
    config["rule_files"] = [str(rules.resolve() / "*.yaml")]
    targets = {"vocalbaby": service, "alertmanager": alerts}
    (managers,) = config["alerting"]["alertmanagers"]
    managers["static_configs"] = [{"targets": [alerts.removeprefix("http://")]}]
    address = f"127.0.0.1:{free_port()}"
    for job in config["scrape_configs"]:
        target = targets.get(job["job_name"], address).removeprefix("http://")
        job["static_configs"] = [{"targets": [target]}]
    file = folder / "prometheus.yml"
    file.write_text(yaml.safe_dump(config), encoding="utf-8")
    argv = [
        "prometheus",
        f"--config.file={file}",
        f"--storage.tsdb.path={folder / 'prometheus'}",
        f"--web.listen-address={address}",
    ]
    with _running("prometheus", argv, folder, f"http://{address}/-/ready"):
        yield f"http://{address}"


class Webhook:
    """Where Alertmanager tells of alerts; a context manager.

    Attributes:
        alerts: Labels and annotations of those that fired, as they came.
    """

    def __init__(self) -> None:
        self.alerts: list[dict[str, Any]] = []
        alerts = self.alerts

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                """Take what is told."""
                body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
                alerts.extend(found for found in body["alerts"] if found["status"] == "firing")
                self.send_response(200)
                self.end_headers()

            def log_message(self, *_: object) -> None:
                """Say nothing."""

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self._server.server_port}/"

    def __enter__(self) -> Self:
        threading.Thread(target=self._server.serve_forever, daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._server.server_close()

    def names(self) -> set[str]:
        """Which alerts came."""
        return {found["labels"]["alertname"] for found in self.alerts}
