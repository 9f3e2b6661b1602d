"""Following a channel: what is taken over, what is refused, and what goes on meanwhile."""

import asyncio
import gc
import time
import weakref
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from prometheus_client import CollectorRegistry

from vocalbaby.api.inference.engine import Engine
from vocalbaby.api.models.registry import ChannelHub
from vocalbaby.api.upload import Upload
from vocalbaby.entity.bundle import ModelBundle
from vocalbaby.entity.channel import Channel
from vocalbaby.entity.clip import Clip
from vocalbaby.entity.labels import CLASSES
from vocalbaby.entity.prediction import Prediction
from vocalbaby.exception import (
    BundleChecksumError,
    ModelNotFoundError,
    NotReadyError,
    RouteNotFoundError,
    StorageError,
    VocalBabyError,
)
from vocalbaby.exception.table import TABLE
from vocalbaby.monitoring.metrics import ServiceMetrics


class FakeStore:
    """A channel and versions; ``away`` and ``bad`` are raised instead."""

    def __init__(self, bundle: ModelBundle) -> None:
        self.bundle = bundle
        self.now = Channel(name="production", serves={"a": 1.0}, updated="")
        self.away: Exception | None = None
        self.bad: dict[str, Exception] = {}
        self.fetched: list[str] = []

    def channel(self, name: str) -> Channel:
        assert name == "production"
        if self.away is not None:
            raise self.away
        return self.now

    def fetch(self, version: str) -> ModelBundle:
        self.fetched.append(version)
        if version in self.bad:
            raise self.bad[version]
        manifest = self.bundle.manifest.model_copy(update={"version": version})
        return replace(self.bundle, manifest=manifest)

    def serve(self, shadow: str | None = None, **shares: float) -> None:
        self.now = Channel(name="production", serves=shares, shadow=shadow, updated="")


@pytest.fixture
def store(fake: Any) -> FakeStore:
    return FakeStore(fake().bundle)


@pytest.fixture
def make(fake: Any) -> Callable[[ModelBundle], Any]:
    """Models that tell their version."""

    class Model:
        def __init__(self, bundle: ModelBundle) -> None:
            self.bundle = bundle
            self.before: Callable[[list[str]], object] = lambda names: None

        def predict(self, clips: Sequence[Clip]) -> list[Prediction]:
            return self.predict_from_features(clips, self.extract(clips))

        def extract(self, clips: Sequence[Clip]) -> NDArray[np.float32]:
            features: NDArray[np.float32] = fake().extract(clips)
            return features

        def predict_from_features(
            self, clips: Sequence[Clip], x: NDArray[np.float32]
        ) -> list[Prediction]:
            version = self.bundle.manifest.version
            found = fake(self.before).predict_from_features(clips, x)
            return [replace(prediction, model_version=version) for prediction in found]

    return Model


class Watched:
    """A hub over a fake store, and what it counts."""

    def __init__(self, store: FakeStore, make: Callable[[ModelBundle], Any]) -> None:
        self.metrics = ServiceMetrics(CollectorRegistry(), classes=CLASSES, error_codes=TABLE)
        self.busy = False
        self.store = store
        self.make = make
        self.hub = self.open()

    def open(self, fallback: Callable[[], Any] | None = None) -> ChannelHub:
        self.hub = ChannelHub(
            lambda: self.store,
            "production",
            every_s=1000.0,
            make=self.make,
            fallback=fallback,
            metrics=self.metrics.models,
            busy=lambda: self.busy,
        )
        return self.hub

    def look(self) -> None:
        self.hub._follower.look()

    def version(self, key: str = "", version: str | None = None) -> str:
        return self.hub.choose(key, version).predictor.bundle.manifest.version

    def value(self, name: str, **labels: str) -> float | None:
        return self.metrics.registry.get_sample_value(f"vocalbaby_{name}", labels)

    def faults(self) -> list[tuple[str, str | None]]:
        return [(fault.code, fault.version) for fault in self.hub.status().faults]


@pytest.fixture
def watched(store: FakeStore, make: Callable[[ModelBundle], Any]) -> Iterator[Watched]:
    made = Watched(store, make)
    yield made
    made.hub.close()


def clips(count: int) -> list[Clip]:
    return [Clip(str(i), np.zeros(3200, np.float32), 0.2) for i in range(count)]


def test_a_new_version_is_loaded_beside_and_then_served(watched: Watched, store: FakeStore) -> None:
    watched.hub.load()
    assert watched.version() == "a"
    store.serve(b=1.0)
    assert watched.version() == "a"
    watched.look()
    assert watched.version() == watched.hub.current().manifest.version == "b"
    assert watched.value("model_share", version="b") == 1
    assert watched.value("model_share", version="a") == 0
    watched.look()
    assert store.fetched == ["a", "b"]


def test_an_old_model_is_released(watched: Watched, store: FakeStore) -> None:
    """Also while no further request comes, and when it was a shadow."""
    store.serve(a=0.5, b=0.5, shadow="c")
    engine = Engine(watched.hub, lambda data, *, name: clips(1)[0], watched.metrics.batches)
    seen: set[str] = set()

    async def ask(key: str) -> None:
        (answer,) = await engine.classify([Upload("x", b"")], key)
        assert not isinstance(answer, VocalBabyError)
        seen.add(answer.model_version)

    for key in "0123456789":
        asyncio.run(ask(key))
    assert seen == {"a", "b"}
    models = [weakref.ref(m) for m in watched.hub._follower._held.values()]
    assert len(models) == 3
    store.serve(d=1.0)
    watched.look()
    deadline = time.monotonic() + 5
    while any(model() for model in models) and time.monotonic() < deadline:
        gc.collect()
        time.sleep(0.01)
    assert [model() for model in models] == [None] * 3
    engine.close()


@pytest.mark.parametrize(
    "error",
    [BundleChecksumError("damaged"), ModelNotFoundError("gone"), ZeroDivisionError("odd bytes")],
)
def test_a_bad_version_is_refused_and_the_old_one_goes_on(
    watched: Watched, store: FakeStore, error: Exception
) -> None:
    watched.hub.load()
    code = error.code if isinstance(error, VocalBabyError) else "bundle_invalid"
    store.bad["b"] = error
    store.serve(a=0.5, b=0.5)
    watched.look()
    assert {watched.version(str(i)) for i in range(20)} == {"a"}
    assert watched.faults() == [(code, "b")]
    assert watched.value("model_fault", code=code) == 1
    assert watched.value("model_refusals_total", code=code) == 1
    # It is tried again, but not at every look.
    watched.look()
    assert store.fetched == ["a", "b"]
    watched.hub._follower._refusals["b"].again = 0.0
    watched.look()
    assert store.fetched == ["a", "b", "b"]
    assert watched.hub._follower._refusals["b"].wait_s == 600
    # Made good, or no longer asked for.
    store.bad.clear()
    watched.hub._follower._refusals["b"].again = 0.0
    watched.look()
    assert {watched.version(str(i)) for i in range(20)} == {"a", "b"}
    assert watched.faults() == []
    assert watched.value("model_fault", code=code) == 0


def test_a_bad_shadow_keeps_no_model_from_being_served(watched: Watched, store: FakeStore) -> None:
    store.bad["s"] = BundleChecksumError("damaged")
    store.serve(a=1.0, shadow="s")
    watched.hub.load()
    assert watched.hub.choose("").shadow is None
    assert watched.faults() == [("bundle_checksum", "s")]
    store.bad.clear()
    watched.hub._follower._refusals["s"].again = 0.0
    watched.look()
    shadow = watched.hub.choose("").shadow
    assert shadow is not None
    assert shadow.bundle.manifest.version == "s"


def test_a_store_that_is_away_changes_nothing(watched: Watched, store: FakeStore) -> None:
    watched.hub.load()
    for error in (StorageError("s3://bucket is away"), ZeroDivisionError("a bug")):
        store.away = error
        watched.look()
        assert watched.version() == "a"
        ((code, version),) = watched.faults()
        assert code == getattr(error, "code", "internal")
        assert version is None
    store.away = None
    watched.look()
    assert watched.faults() == []


def test_a_store_that_goes_away_between_channel_and_model_is_no_bad_model(
    watched: Watched, store: FakeStore
) -> None:
    watched.hub.load()
    store.bad["b"] = StorageError("away")
    store.serve(b=1.0)
    watched.look()
    assert watched.faults() == [("storage_unavailable", None)]
    store.bad.clear()
    watched.look()
    assert watched.version() == "b"


def test_without_a_store_at_the_start_the_reason_is_told_but_no_address(
    watched: Watched, store: FakeStore
) -> None:
    store.away = StorageError("s3://secret-bucket is away")
    watched.hub.load()
    with pytest.raises(NotReadyError, match="Storage is unavailable") as refused:
        watched.hub.choose("")
    assert "secret" not in str(refused.value)
    assert watched.hub.failure() is None
    store.away = None
    watched.look()
    assert watched.version() == "a"


def test_a_fallback_answers_until_the_store_does(
    watched: Watched, store: FakeStore, fake: Any
) -> None:
    store.away = StorageError("away")
    watched.open(fake).load()
    assert watched.version() == "fake-1"
    assert watched.faults() == [("storage_unavailable", None)]
    store.away = None
    watched.look()
    assert watched.version() == "a"


def test_shares_are_kept_and_the_same_key_keeps_its_version(
    watched: Watched, store: FakeStore
) -> None:
    keys = [f"key {i}" for i in range(4000)]
    served: list[dict[str, str]] = []
    for share in (0.1, 0.4):
        store.serve(a=1 - share, b=share)
        watched.look()
        served.append({key: watched.version(key) for key in keys})
        found = Counter(served[-1].values())["b"] / len(keys)
        assert abs(found - share) < 4 * (share * (1 - share) / len(keys)) ** 0.5
        assert served[-1] == {key: watched.version(key) for key in keys}
    # Who had the canary keeps it when its share grows.
    assert {key for key in keys if served[0][key] == "b"} < {
        key for key in keys if served[1][key] == "b"
    }
    assert watched.version("key 1", "b") == "b"
    with pytest.raises(RouteNotFoundError):
        watched.version("key 1", "c")


def test_a_shadow_is_asked_what_was_answered(watched: Watched, store: FakeStore) -> None:
    store.serve(a=1.0, shadow="s")
    watched.hub.load()
    serving = watched.hub.choose("")
    some = clips(10)
    watched.hub.compare(serving, some, serving.predictor.predict(some))
    deadline = time.monotonic() + 5
    while watched.value("shadow_clips_total", outcome="agreed", model_version="s") != 10:
        assert time.monotonic() < deadline
        time.sleep(0.005)
    assert watched.value("shadow_difference_sum", model_version="s") == 0
