"""Processes of the live test: the service, the drift job, Prometheus, Alertmanager, a webhook."""

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

#: The configuration files of production; the stack changes their addresses and intervals.
CONFIGS = Path("infra/monitoring")


def wait_for(event: str, condition: Callable[[], object], seconds: float = 60.0) -> None:
    """Wait until a condition holds.

    Args:
        event: Name of the condition, for the error message.
        condition: A function that is called until its result is true.
        seconds: How long to wait.

    Raises:
        TimeoutError: The condition did not hold in time.
    """
    deadline = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > deadline:
            raise TimeoutError(f"no {event} within {seconds:g} s")
        time.sleep(0.1)


def get_json(url: str) -> Any:
    """Return the JSON at an address; None while no server answers."""
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
    """Return a port that is free now."""
    with socket.create_server(("127.0.0.1", 0)) as probe:
        return int(probe.getsockname()[1])


@contextmanager
def _running(name: str, argv: list[str], folder: Path, ready: str) -> Iterator[None]:
    """A process, from when it is ready; its output is in ``<name>.log``."""
    output = folder / f"{name}.log"
    with output.open("w", encoding="utf-8") as log:
        process = subprocess.Popen(argv, stdout=log, stderr=log, env=_environment())
    try:
        wait_for(f"response of the {name}", lambda: process.poll() is not None or _answers(ready))
        assert process.poll() is None, output.read_text(encoding="utf-8")
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
    """Run ``vocalbaby-serve`` and yield its address."""
    port = free_port()
    start = "from vocalbaby.cli import serve; serve()"
    argv = [sys.executable, "-c", start, "--host=127.0.0.1", f"--port={port}", *flags]
    url = f"http://127.0.0.1:{port}"
    with _running("server", argv, folder, f"{url}/ready"):
        yield url


def drift_job(*flags: str) -> str:
    """Run ``vocalbaby-drift run``, which must succeed, and return its output."""
    start = "from vocalbaby.monitoring.drift.cli import main; main()"
    argv = [sys.executable, "-c", start, "run", "--config=configs/drift.yaml", *flags]
    done = subprocess.run(argv, check=False, capture_output=True, text=True, env=_environment())
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


@contextmanager
def alertmanager(folder: Path, webhook: str) -> Iterator[str]:
    """Run Alertmanager with short grouping intervals and yield its address."""
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
    """Run Prometheus with a scrape interval of one second and yield its address."""
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
    """The receiver of Alertmanager's notifications; a context manager.

    Attributes:
        alerts: The alerts that fired, in the order in which they were received.
    """

    def __init__(self) -> None:
        self.alerts: list[dict[str, Any]] = []
        alerts = self.alerts

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                """Store the alerts of a notification."""
                body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
                alerts.extend(alert for alert in body["alerts"] if alert["status"] == "firing")
                self.send_response(200)
                self.end_headers()

            def log_message(self, *_: object) -> None:
                """Log nothing."""

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self._server.server_port}/"

    def __enter__(self) -> Self:
        threading.Thread(target=self._server.serve_forever, daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._server.server_close()

    def names(self) -> set[str]:
        """Return the names of the alerts that were received."""
        return {alert["labels"]["alertname"] for alert in self.alerts}
