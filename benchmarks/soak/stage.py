"""The service of a soak with everything on: its store, keys, log, drift results and process."""

import os
import signal
import socket
import subprocess
import sys
import time
from dataclasses import replace
from pathlib import Path
from typing import Final

from vocalbaby.api.middleware.keys import add_key, new_key
from vocalbaby.bundle.files import default_bundle_path, read_bundle
from vocalbaby.bundle.store import ModelStore
from vocalbaby.bundle.writing import BundleContent, write_bundle
from vocalbaby.cloud.opening import open_storage
from vocalbaby.inference import Predictor
from vocalbaby.monitoring.drift_result import DriftResult, to_json

__all__ = ["CLIENTS", "Stage"]

#: Names of the keys of the clients.
CLIENTS: Final = ("lab", "clinic", "phone", "greedy")
_SERVE: Final = (sys.executable, "-c", "from vocalbaby import cli; raise SystemExit(cli.serve())")
_SECONDS_TO_STOP: Final = 120.0


class Stage:
    """Files of the service in a folder, and its process.

    Attributes:
        folder: All of its files.
        store: Two versions of the model, and the channel.
        versions: The two versions.
        predictors: Predictors of both.
        keys: Key of each client.
        port: Where it listens.
        process: The running service.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.store = ModelStore(open_storage(folder / "store"))
        content = BundleContent.of(read_bundle(default_bundle_path()))
        other = replace(
            content,
            name="second",
            training_data_sha256="2" * 64,
            calibration=content.calibration.model_copy(
                update={"temperature": content.calibration.temperature * 1.5}
            ),
        )
        write_bundle(folder / "second", other, card=lambda manifest: f"# {manifest.version}\n")
        bundles = (default_bundle_path(), folder / "second")
        self.versions = [self.store.publish(bundle) for bundle in bundles]
        self.predictors = [Predictor(read_bundle(bundle)) for bundle in bundles]
        self.store.set_channel("production", self.versions[0])
        self.keys: dict[str, str] = {}
        for name in CLIENTS:
            self.add_key(name)
        self.log, self.shipped, self.jobs = (folder / n for n in ("log", "shipped", "jobs"))
        self.drift = folder / "drift"
        self.drift.mkdir()
        self.write_drift(0.6)

    def add_key(self, name: str) -> str:
        """Add a key to the file of keys and return it."""
        self.keys[name], line = new_key(name)
        add_key(self.folder / "keys", line)
        return self.keys[name]

    def revoke_key(self, name: str) -> None:
        """Revoke a key."""
        lines = (self.folder / "keys").read_text().splitlines()
        changed = [f"{line} revoked" if line.split()[0] == name else line for line in lines]
        beside = self.folder / "keys.new"
        beside.write_text("\n".join(changed) + "\n")
        beside.replace(self.folder / "keys")

    def write_drift(self, score: float) -> None:
        """Write a result of the drift job."""
        now = time.time()
        result = DriftResult(
            run=f"run-{now:.0f}",
            started=now - 1,
            finished=now,
            outcome="drift",
            model_version=self.versions[0],
            feature_set="none",
            rows=100,
            score=score,
            threshold=0.6,
            summary=("Drift.",),
        )
        beside = self.drift / "beside"
        beside.write_bytes(to_json(result))
        beside.replace(self.drift / "latest.json")

    def start(self, *flags: str) -> None:
        """Start the service; its messages go to the file ``service.log``."""
        with socket.create_server(("127.0.0.1", 0)) as free:
            self.port = free.getsockname()[1]
        options = {
            "host": "127.0.0.1",
            "port": self.port,
            "workers": 2,
            "store": self.folder / "store",
            "store-seconds": 1,
            "keys-file": self.folder / "keys",
            "prediction-log": self.log,
            "prediction-log-store": self.shipped,
            "job-folder": self.jobs,
            "drift-results": self.drift,
            "drift-seconds": 2,
            # Clients never wait for that long before they use a connection again.
            "keep-alive-seconds": 60,
        }
        with (self.folder / "service.log").open("a") as messages:
            self.process = subprocess.Popen(
                [
                    *_SERVE,
                    "--access-log",
                    *(f"--{name}={value}" for name, value in options.items()),
                    *flags,
                ],
                stdout=messages,
                stderr=messages,
                env=os.environ
                | {"PYTHONPATH": os.pathsep.join(filter(None, sys.path))}
                | {"OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1"},
            )

    def stop(self) -> int | None:
        """Stop the service; returns its exit code, or None if it had to be killed."""
        self.process.send_signal(signal.SIGTERM)
        try:
            return self.process.wait(_SECONDS_TO_STOP)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
            return None
