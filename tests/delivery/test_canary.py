"""The command that rolls a model version out, with a real store and a faulty service."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import NamedTuple

import pytest

from tests.delivery.commands import ENVIRONMENT, run
from tests.delivery.service import Service, serving
from vocalbaby.bundle.files import default_bundle_path, read_bundle
from vocalbaby.bundle.store import ModelStore
from vocalbaby.bundle.writing import BundleContent, write_bundle
from vocalbaby.cloud.opening import open_storage

CANARY = "scripts/deploy_canary.sh"


class Rollout(NamedTuple):
    """A store with two versions, the first in production, and a service."""

    store: ModelStore
    folder: Path
    first: str
    second: str
    service: Service
    env: dict[str, str]

    def shares(self) -> dict[str, float]:
        return dict(self.store.channel("production").serves)

    def canary(self, *arguments: str, expect: int = 0, **env: str) -> str:
        done = run(CANARY, self.folder, *arguments, env={**self.env, **env}, expect=expect)
        return done.stdout + done.stderr


@pytest.fixture(scope="module")
def commands(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder for PATH with `vocalbaby` and `python3`."""
    folder = tmp_path_factory.mktemp("commands")
    command = folder / "vocalbaby"
    command.write_text(
        f"#!{sys.executable}\nimport sys\nsys.path[:] = {sys.path!r}\n"
        "from vocalbaby.commands.main import main\nsys.exit(main())\n"
    )
    command.chmod(0o755)
    (folder / "python3").symlink_to(sys.executable)
    return folder


@pytest.fixture(scope="module")
def second_bundle(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The built-in model under another version."""
    content = replace(
        BundleContent.of(read_bundle(default_bundle_path())),
        name="second",
        training_data_sha256="2" * 64,
    )
    folder = tmp_path_factory.mktemp("second") / "bundle"
    write_bundle(folder, content, card=lambda manifest: f"# {manifest.version}\n")
    return folder


@pytest.fixture
def rollout(commands: Path, second_bundle: Path, tmp_path: Path) -> Iterator[Rollout]:
    folder = tmp_path / "store"
    store = ModelStore(open_storage(folder))
    first, second = store.publish(default_bundle_path()), store.publish(second_bundle)
    store.set_channel("production", first)
    with serving() as service:
        env = {
            "PATH": f"{commands}:{ENVIRONMENT['PATH']}",
            "PYTHONPATH": os.pathsep.join(filter(None, sys.path)),
            "VOCALBABY_URL": service.url,
            "VOCALBABY_WATCH_SECONDS": "0.4",
            "VOCALBABY_WATCH_EVERY": "0.02",
            "VOCALBABY_WATCH_PATIENCE": "1.5",
        }
        yield Rollout(store, folder, first, second, service, env)


def test_a_healthy_version_keeps_its_share(rollout: Rollout) -> None:
    first, second, service = rollout.first, rollout.second, rollout.service
    service.serves = {first: 0.9, second: 0.1}
    output = rollout.canary("production", second, "0.1")
    assert f"{first} 100% -> {first} 90%, {second} 10%" in output
    assert f"{second} is healthy after " in output
    assert rollout.shares() == {first: 0.9, second: 0.1}
    assert f"/v2/models/vocalbaby/versions/{second}/infer" in service.requested

    service.serves = {second: 1.0}
    assert "is healthy" in rollout.canary("production", second, "promote")
    assert rollout.shares() == {second: 1.0}
    rollout.canary("production", "rollback")
    assert rollout.shares() == {first: 1.0}


def test_a_version_that_fails_is_rolled_back(rollout: Rollout) -> None:
    first, second, service = rollout.first, rollout.second, rollout.service
    service.serves = {first: 0.5, second: 0.5}
    service.status = 500
    output = rollout.canary("production", second, "0.5", expect=4)
    assert f"requests to {second} failed" in output
    assert "rolling back" in output
    assert rollout.shares() == {first: 1.0}


def test_metrics_that_cannot_be_read_roll_back(rollout: Rollout) -> None:
    rollout.service.metrics = (500, "")
    metrics = f"{rollout.service.url}/metrics"
    rollout.canary("production", rollout.second, "promote", expect=4, VOCALBABY_METRICS_URL=metrics)
    assert rollout.shares() == {rollout.first: 1.0}


def test_an_interrupt_rolls_back(rollout: Rollout) -> None:
    first, second, service = rollout.first, rollout.second, rollout.service
    service.serves = {second: 1.0}
    env = {**ENVIRONMENT, **rollout.env, "VOCALBABY_WATCH_SECONDS": "60"}
    command = [CANARY, str(rollout.folder), "production", second, "promote"]
    process = subprocess.Popen(command, env=env, stderr=subprocess.PIPE, text=True)
    deadline = time.monotonic() + 30
    while not any("infer" in path for path in service.requested) and time.monotonic() < deadline:
        time.sleep(0.05)
    process.send_signal(signal.SIGTERM)
    _, output = process.communicate(timeout=30)
    assert process.returncode == 4, output
    assert rollout.shares() == {first: 1.0}
    requested = len(service.requested)
    time.sleep(0.3)
    assert len(service.requested) == requested, "the watch continues"


def test_withdrawing_twice_changes_nothing_more(rollout: Rollout) -> None:
    """After an interrupt it is not known whether the channel was moved."""
    rollout.store.canary("production", rollout.second, 0.1)
    for _ in range(2):
        rollout.canary("production", rollout.second, "withdraw")
        assert rollout.shares() == {rollout.first: 1.0}


def test_an_unknown_version_changes_nothing(rollout: Rollout) -> None:
    rollout.canary("production", "second-000000000000", "0.1", expect=6)
    assert rollout.shares() == {rollout.first: 1.0}
    assert not rollout.service.requested


def test_reports_a_rollback_that_is_impossible(rollout: Rollout) -> None:
    rollout.service.status = 500
    rollout.service.serves = {rollout.first: 1.0}
    output = rollout.canary("fresh", rollout.first, "promote", expect=1)
    assert f"the rollback FAILED: the channel still serves {rollout.first}" in output


def test_rejects_wrong_arguments(rollout: Rollout) -> None:
    assert "promote   all requests" in rollout.canary("production", expect=2)
    rollout.canary("production", rollout.second, "2", expect=6)


def test_publishing_prints_the_version(
    rollout: Rollout, second_bundle: Path, tmp_path: Path
) -> None:
    store = tmp_path / "other"
    done = run("scripts/release_bundle.sh", store, second_bundle, env=rollout.env)
    assert done.stdout == f"{rollout.second}\n"
    assert ModelStore(open_storage(store)).versions() == [rollout.second]
    (second_bundle.parent / "broken").mkdir(exist_ok=True)
    run(
        "scripts/release_bundle.sh",
        store,
        second_bundle.parent / "broken",
        env=rollout.env,
        expect=6,
    )
