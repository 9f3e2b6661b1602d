"""A model is rolled out by its channel, watched, and taken back when something is wrong."""

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, NamedTuple

import boto3
import pytest
from moto import mock_aws
from moto.cloudwatch.models import cloudwatch_backends

from scripts.request_counts import Counts, Source, exposed, load_balanced, too_many
from tests.delivery.commands import ENVIRONMENT, run
from tests.delivery.service import Service, serving
from vocalbaby.bundle.files import default_bundle_path, read_bundle
from vocalbaby.bundle.store import ModelStore
from vocalbaby.bundle.writing import BundleContent, write_bundle
from vocalbaby.cloud.opening import open_storage

CANARY = "scripts/deploy_canary.sh"
METRICS = """\
vocalbaby_requests_total{{method="POST",route="/predict",status="200"}} {well}
vocalbaby_requests_total{{method="POST",route="/predict",status="503"}} {failed}
vocalbaby_requests_total{{method="GET",route="/health",status="200"}} 1e+06
vocalbaby_requests_total{{method="GET",route="/ready",status="503"}} 900
"""


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
def twin(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The built-in model under another version."""
    content = replace(
        BundleContent.of(read_bundle(default_bundle_path())),
        name="twin",
        training_data_sha256="2" * 64,
    )
    folder = tmp_path_factory.mktemp("twin") / "bundle"
    write_bundle(folder, content, card=lambda manifest: f"# {manifest.version}\n")
    return folder


@pytest.fixture
def rollout(commands: Path, twin: Path, tmp_path: Path) -> Iterator[Rollout]:
    folder = tmp_path / "store"
    store = ModelStore(open_storage(folder))
    first, second = store.publish(default_bundle_path()), store.publish(twin)
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


def test_a_model_that_is_well_stays(rollout: Rollout) -> None:
    first, second, service = rollout.first, rollout.second, rollout.service
    service.serves = {first: 0.9, second: 0.1}
    said = rollout.canary("production", second, "0.1")
    assert f"{first} 100% -> {first} 90%, {second} 10%" in said
    assert f"{second} is well after " in said
    assert rollout.shares() == {first: 0.9, second: 0.1}
    assert f"/v2/models/vocalbaby/versions/{second}/infer" in service.asked

    service.serves = {second: 1.0}
    assert "is well" in rollout.canary("production", second, "promote")
    assert rollout.shares() == {second: 1.0}
    rollout.canary("production", "rollback")
    assert rollout.shares() == {first: 1.0}


@pytest.mark.parametrize(
    ("why", "faults"),
    [
        ("failed", {"status": 500}),
        ("failed", {"status": 404}),
        ("have not taken", {"serves": {}}),
        ("refuses", {"faults": [{"model_version": "TWIN", "title": "The bundle is damaged"}]}),
        ("have not taken", {"ready": 503}),
    ],
)
def test_a_model_that_is_not_goes(rollout: Rollout, why: str, faults: dict[str, Any]) -> None:
    first, second, service = rollout.first, rollout.second, rollout.service
    service.serves = {first: 0.5, second: 0.5}
    for fault in faults.get("faults", ()):
        fault["model_version"] = second
    for name, value in faults.items():
        setattr(service, name, value)
    said = rollout.canary("production", second, "0.5", expect=4)
    assert why in said
    assert "rolling back" in said
    assert rollout.shares() == {first: 1.0}


def test_errors_of_clients_take_it_back(rollout: Rollout) -> None:
    first, second, service = rollout.first, rollout.second, rollout.service
    service.serves = {second: 1.0}
    counted = iter([(5000, 400), (5100, 401), (5150, 403)])  # 3 of 153 since the beginning

    class Counting(Service):
        def answer(self, path: str, authorization: str) -> tuple[int, str]:
            if path == "/metrics":
                well, failed = next(counted, (5150, 403))
                return 200, METRICS.format(well=well, failed=failed)
            return super().answer(path, authorization)

    service.__class__ = Counting
    url = f"{service.url}/metrics"
    said = rollout.canary("production", second, "promote", expect=4, VOCALBABY_METRICS_URL=url)
    assert "3 of 153 requests failed" in said
    assert rollout.shares() == {first: 1.0}


def test_a_counter_that_is_silent_takes_it_back(rollout: Rollout) -> None:
    rollout.service.metrics = (500, "")
    said = rollout.canary(
        "production",
        rollout.second,
        "promote",
        expect=4,
        VOCALBABY_METRICS_URL=f"{rollout.service.url}/metrics",
    )
    assert "rolling back" in said
    assert rollout.shares() == {rollout.first: 1.0}


def test_an_interrupt_takes_it_back(rollout: Rollout) -> None:
    first, second, service = rollout.first, rollout.second, rollout.service
    service.serves = {second: 1.0}
    env = {**ENVIRONMENT, **rollout.env, "VOCALBABY_WATCH_SECONDS": "60"}
    command = [CANARY, str(rollout.folder), "production", second, "promote"]
    process = subprocess.Popen(command, env=env, stderr=subprocess.PIPE, text=True)
    deadline = time.monotonic() + 30
    while not any("infer" in path for path in service.asked) and time.monotonic() < deadline:
        time.sleep(0.05)
    process.send_signal(signal.SIGTERM)
    _, said = process.communicate(timeout=30)
    assert process.returncode == 4, said
    assert rollout.shares() == {first: 1.0}
    asked = len(service.asked)
    time.sleep(0.3)
    assert len(service.asked) == asked, "the watch goes on"


def test_withdrawing_again_changes_nothing(rollout: Rollout) -> None:
    """After an interrupt nobody knows how far a rollout came."""
    rollout.store.canary("production", rollout.second, 0.1)
    for _ in range(2):
        rollout.canary("production", rollout.second, "withdraw")
        assert rollout.shares() == {rollout.first: 1.0}


def test_a_version_that_is_not_there_changes_nothing(rollout: Rollout) -> None:
    rollout.canary("production", "twin-000000000000", "0.1", expect=6)
    assert rollout.shares() == {rollout.first: 1.0}
    assert not rollout.service.asked


def test_where_nothing_was_before_nothing_is_taken_back(rollout: Rollout) -> None:
    rollout.service.status = 500
    rollout.service.serves = {rollout.first: 1.0}
    said = rollout.canary("fresh", rollout.first, "promote", expect=1)
    assert f"the rollback FAILED: fresh still serves {rollout.first}" in said


def test_wrong_words_are_refused(rollout: Rollout) -> None:
    assert "promote   all requests" in rollout.canary("production", expect=2)
    rollout.canary("production", rollout.second, "2", expect=6)


def test_publishing_prints_the_version(rollout: Rollout, twin: Path, tmp_path: Path) -> None:
    store = tmp_path / "other"
    done = run("scripts/release_bundle.sh", store, twin, env=rollout.env)
    assert done.stdout == f"{rollout.second}\n"
    assert ModelStore(open_storage(store)).versions() == [rollout.second]
    (twin.parent / "broken").mkdir(exist_ok=True)
    run("scripts/release_bundle.sh", store, twin.parent / "broken", env=rollout.env, expect=6)


def test_a_few_failures_are_not_a_share() -> None:
    well = [Counts(0, 0), Counts(2, 2), Counts(3, 300)]
    bad = [Counts(3, 3), Counts(4, 300)]
    assert [counts for counts in well + bad if too_many(counts, 0.01)] == bad


def test_metrics_count_only_work() -> None:
    with serving() as service:
        service.metrics = (200, METRICS.format(well=97, failed=3))
        assert exposed(f"{service.url}/metrics") == (3, 100)


def test_a_restart_counts_from_nought() -> None:
    counted = iter([Counts(5, 100), Counts(6, 110), Counts(1, 4), Counts(1, 8)])
    source = Source("server", lambda: next(counted))
    assert source.since() == (1, 10)
    assert source.since() == (2, 14)
    assert source.since() == (2, 18)


@mock_aws
def test_a_load_balancer_counts_what_it_could_not_pass_on(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_DEFAULT_REGION", "eu-central-1")
    began = datetime.now(UTC) - timedelta(minutes=5)

    def count(metric: str, value: float, name: str, minutes: float) -> None:
        datum = {
            "MetricName": metric,
            "Value": value,
            "Timestamp": (began + timedelta(minutes=minutes)).replace(tzinfo=None),
            "Dimensions": [{"Name": "LoadBalancer", "Value": name}],
        }
        # As AWS itself does; a client may not write into AWS' own namespaces.
        cloudwatch_backends["123456789012"]["eu-central-1"].put_metric_data(
            "AWS/ApplicationELB", [datum]
        )

    name = "app/vocalbaby-staging/0123456789abcdef"
    count("RequestCount", 40, name, 1)
    count("RequestCount", 50, name, 2)
    count("HTTPCode_Target_5XX_Count", 4, name, 2)
    count("HTTPCode_ELB_5XX_Count", 10, name, 3)
    count("HTTPCode_Target_5XX_Count", 70, "app/another/0123456789abcdef", 2)
    count("HTTPCode_Target_5XX_Count", 80, name, -30)
    assert boto3.client("cloudwatch").list_metrics()["Metrics"]
    assert load_balanced(name, began) == (14, 100)


def test_the_watch_is_told_all() -> None:
    """Every setting that the script names in its head reaches the watch."""
    text = Path(CANARY).read_text(encoding="utf-8")
    head, _, body = text.partition("set -euo pipefail")
    named = {word for word in head.replace(",", " ").split() if word.startswith("VOCALBABY_")}
    assert len(named) >= 6
    assert not [name for name in named - {"VOCALBABY_API_KEY"} if name not in body]
    assert "VOCALBABY_API_KEY" in Path("scripts/watch_rollout.py").read_text(encoding="utf-8")


def test_the_key_goes_along(rollout: Rollout) -> None:
    rollout.service.key = "secret"
    rollout.service.serves = {rollout.second: 1.0}
    rollout.canary("production", rollout.second, "promote", VOCALBABY_API_KEY="secret")
    rollout.service.serves = {rollout.first: 1.0}
    said = rollout.canary("production", rollout.first, "promote", expect=4, VOCALBABY_API_KEY="no")
    assert json.dumps("key_required") in said
