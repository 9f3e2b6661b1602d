"""A shadow model is compared without delaying or failing anything else."""

import threading
import time
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from prometheus_client import CollectorRegistry

from vocalbaby.api.models.routing import LoadedModel, model_labels
from vocalbaby.api.models.shadow import ShadowRunner
from vocalbaby.entity.clip import Clip
from vocalbaby.entity.labels import CLASSES
from vocalbaby.monitoring.metrics import ServiceMetrics

MakeFake = Callable[..., Any]

#: 20 s of sound.
CLIPS = [Clip(str(i), np.zeros(3200, np.float32), 0.2) for i in range(100)]


def counted(metrics: ServiceMetrics, runner: ShadowRunner) -> dict[str, float]:
    """Number of clips by outcome, once the queue is empty."""
    deadline = time.monotonic() + 5
    while runner._waiting_s > 0.001 and time.monotonic() < deadline:
        time.sleep(0.005)
    value = metrics.registry.get_sample_value
    name, labels = "vocalbaby_shadow_clips_total", {"model_version": "fake-1"}
    outcomes = ("agreed", "differed", "failed", "dropped")
    return {key: value(name, labels | {"outcome": key}) or 0.0 for key in outcomes}


@pytest.mark.parametrize("trouble", ["busy", "failing", "slow"])
def test_a_shadow_delays_and_fails_no_request(fake: MakeFake, trouble: str) -> None:
    release = threading.Event()

    def before(names: list[str]) -> None:
        if trouble == "failing":
            raise ZeroDivisionError
        release.wait(10)

    metrics, shadow = ServiceMetrics(CollectorRegistry(), classes=CLASSES), fake(before)
    metrics.models.set_models([model_labels(LoadedModel(shadow.bundle, None))])
    runner = ShadowRunner(metrics.models, lambda: trouble == "busy")
    predictions = fake().predict(CLIPS)
    start = time.monotonic()
    for _ in range(6):  # 120 s of sound, of which 60 s are queued
        runner.submit(shadow, CLIPS, predictions)
    assert time.monotonic() - start < 1
    release.set()
    found = counted(metrics, runner)
    assert sum(found.values()) == 600
    if trouble == "busy":
        assert found["dropped"] == 600
    elif trouble == "failing":
        assert found["agreed"] == 0
        assert found["failed"] > 0
    else:
        assert found["agreed"] == 300
    runner.close()


def test_clips_that_wait_when_it_is_closed_are_dropped(fake: MakeFake) -> None:
    begun, release = threading.Event(), threading.Event()

    def before(names: list[str]) -> None:
        begun.set()
        release.wait(10)

    metrics, shadow = ServiceMetrics(CollectorRegistry(), classes=CLASSES), fake(before)
    metrics.models.set_models([model_labels(LoadedModel(shadow.bundle, None))])
    runner = ShadowRunner(metrics.models, lambda: False)
    runner.submit(shadow, CLIPS, fake().predict(CLIPS))
    assert begun.wait(5)
    closing = threading.Thread(target=runner.close)
    closing.start()
    while runner._thread is not None:
        time.sleep(0.001)
    release.set()
    closing.join(5)
    assert not closing.is_alive()
    found = counted(metrics, runner)
    assert found["agreed"] == 4
    assert found["dropped"] == 96
