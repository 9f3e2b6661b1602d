"""Following a channel: which versions are loaded, which fail, and which answer until then."""

import asyncio
import gc
import time
import weakref
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from prometheus_client import CollectorRegistry

from vocalbaby.api.inference.engine import Engine
from vocalbaby.api.models.channel_registry import ChannelModelRegistry
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
    StorageError,
    VocalBabyError,
)
from vocalbaby.exception.table import TABLE
from vocalbaby.monitoring.metrics import ServiceMetrics


class FakeStore:
    """A channel and its versions.

    Attributes:
        current: The state of the channel.
        unreachable: Raised instead of returning the channel.
        broken: Raised instead of returning these versions.
        fetched: The versions that were fetched.
    """

    def __init__(self, bundle: ModelBundle) -> None:
        self.bundle = bundle
        self.current = Channel(name="production", serves={"a": 1.0}, updated="")
        self.unreachable: Exception | None = None
        self.broken: dict[str, Exception] = {}
        self.fetched: list[str] = []

    def channel(self, name: str) -> Channel:
        assert name == "production"
        if self.unreachable is not None:
            raise self.unreachable
        return self.current

    def fetch(self, version: str) -> ModelBundle:
        self.fetched.append(version)
        if version in self.broken:
            raise self.broken[version]
        manifest = self.bundle.manifest.model_copy(update={"version": version})
        return replace(self.bundle, manifest=manifest)

    def serve(self, shadow: str | None = None, **shares: float) -> None:
        self.current = Channel(name="production", serves=shares, shadow=shadow, updated="")


@pytest.fixture
def store(fake: Any) -> FakeStore:
    return FakeStore(fake().bundle)


@pytest.fixture
def make(fake: Any) -> Callable[[ModelBundle], Any]:
    """Create models whose predictions contain the version of the model."""

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


class Following:
    """A registry that follows a fake store, and its metrics."""

    def __init__(self, store: FakeStore, make: Callable[[ModelBundle], Any]) -> None:
        self.metrics = ServiceMetrics(CollectorRegistry(), classes=CLASSES, error_codes=TABLE)
        self.busy = False
        self.store = store
        self.make = make
        self.registry = self.open()

    def open(self, fallback: Callable[[], Any] | None = None) -> ChannelModelRegistry:
        self.registry = ChannelModelRegistry(
            lambda: self.store,
            "production",
            every_s=1000.0,
            make=self.make,
            fallback=fallback,
            metrics=self.metrics.models,
            busy=lambda: self.busy,
        )
        return self.registry

    def poll(self) -> None:
        self.registry._watcher.poll()

    def version(self, key: str = "", version: str | None = None) -> str:
        return self.registry.route(key, version).predictor.bundle.manifest.version

    def value(self, name: str, **labels: str) -> float | None:
        return self.metrics.registry.get_sample_value(f"vocalbaby_{name}", labels)

    def faults(self) -> list[tuple[str, str | None]]:
        return [(fault.code, fault.version) for fault in self.registry.status().faults]


@pytest.fixture
def following(store: FakeStore, make: Callable[[ModelBundle], Any]) -> Iterator[Following]:
    made = Following(store, make)
    yield made
    made.registry.close()


def clips(count: int) -> list[Clip]:
    return [Clip(str(i), np.zeros(3200, np.float32), 0.2) for i in range(count)]


def test_a_new_version_is_served_once_it_is_loaded(following: Following, store: FakeStore) -> None:
    following.registry.load()
    assert following.version() == "a"
    store.serve(b=1.0)
    assert following.version() == "a"
    following.poll()
    assert following.version() == following.registry.current().manifest.version == "b"
    assert following.value("model_share", version="b") == 1
    assert following.value("model_share", version="a") == 0
    following.poll()
    assert store.fetched == ["a", "b"]


def test_old_models_are_released_from_memory(following: Following, store: FakeStore) -> None:
    """This holds when no further request arrives, and when the model was a shadow."""
    store.serve(a=0.5, b=0.5, shadow="c")
    engine = Engine(
        following.registry, lambda data, *, name: clips(1)[0], following.metrics.batches
    )
    seen: set[str] = set()

    async def classify(key: str) -> None:
        (outcome,) = await engine.classify([Upload("x", b"")], key)
        assert not isinstance(outcome, VocalBabyError)
        seen.add(outcome.model_version)

    for key in "0123456789":
        asyncio.run(classify(key))
    assert seen == {"a", "b"}
    models = [weakref.ref(m) for m in following.registry._watcher._models.values()]
    assert len(models) == 3
    store.serve(d=1.0)
    following.poll()
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
def test_the_old_model_answers_while_a_new_version_cannot_be_loaded(
    following: Following, store: FakeStore, error: Exception
) -> None:
    following.registry.load()
    code = error.code if isinstance(error, VocalBabyError) else "bundle_invalid"
    store.broken["b"] = error
    store.serve(a=0.5, b=0.5)
    following.poll()
    assert {following.version(str(i)) for i in range(20)} == {"a"}
    assert following.faults() == [(code, "b")]
    assert following.value("model_fault", code=code) == 1
    assert following.value("model_refusals_total", code=code) == 1
    # It is tried again, but not at every poll.
    following.poll()
    assert store.fetched == ["a", "b"]
    following.registry._watcher._failed["b"].retry_at = 0.0
    following.poll()
    assert store.fetched == ["a", "b", "b"]
    assert following.registry._watcher._failed["b"].wait_s == 600
    # Once it can be loaded, it is served.
    store.broken.clear()
    following.registry._watcher._failed["b"].retry_at = 0.0
    following.poll()
    assert {following.version(str(i)) for i in range(20)} == {"a", "b"}
    assert following.faults() == []
    assert following.value("model_fault", code=code) == 0


def test_a_shadow_that_cannot_be_loaded_does_not_affect_the_served_models(
    following: Following, store: FakeStore
) -> None:
    store.broken["s"] = BundleChecksumError("damaged")
    store.serve(a=1.0, shadow="s")
    following.registry.load()
    assert following.registry.route("").shadow is None
    assert following.faults() == [("bundle_checksum", "s")]
    store.broken.clear()
    following.registry._watcher._failed["s"].retry_at = 0.0
    following.poll()
    shadow = following.registry.route("").shadow
    assert shadow is not None
    assert shadow.bundle.manifest.version == "s"


def test_an_unreachable_store_changes_nothing(following: Following, store: FakeStore) -> None:
    following.registry.load()
    for error in (StorageError("s3://bucket is unreachable"), ZeroDivisionError("a bug")):
        store.unreachable = error
        following.poll()
        assert following.version() == "a"
        ((code, version),) = following.faults()
        assert code == getattr(error, "code", "internal")
        assert version is None
    store.unreachable = None
    following.poll()
    assert following.faults() == []


def test_a_store_that_fails_between_channel_and_model_is_a_fault_of_the_store(
    following: Following, store: FakeStore
) -> None:
    following.registry.load()
    store.broken["b"] = StorageError("unreachable")
    store.serve(b=1.0)
    following.poll()
    assert following.faults() == [("storage_unavailable", None)]
    store.broken.clear()
    following.poll()
    assert following.version() == "b"


def test_without_a_store_at_start_requests_report_the_reason_without_an_address(
    following: Following, store: FakeStore
) -> None:
    store.unreachable = StorageError("s3://secret-bucket is unreachable")
    following.registry.load()
    with pytest.raises(NotReadyError, match="Storage is unavailable") as refused:
        following.registry.route("")
    assert "secret" not in str(refused.value)
    assert following.registry.failure() is None
    store.unreachable = None
    following.poll()
    assert following.version() == "a"


def test_the_fallback_answers_until_the_store_provides_a_model(
    following: Following, store: FakeStore, fake: Any
) -> None:
    store.unreachable = StorageError("unreachable")
    following.open(fake).load()
    assert following.version() == "fake-1"
    assert following.faults() == [("storage_unavailable", None)]
    store.unreachable = None
    following.poll()
    assert following.version() == "a"


def test_a_shadow_predicts_the_clips_that_were_answered(
    following: Following, store: FakeStore
) -> None:
    store.serve(a=1.0, shadow="s")
    following.registry.load()
    target = following.registry.route("")
    some = clips(10)
    following.registry.compare(target, some, target.predictor.predict(some))
    deadline = time.monotonic() + 5
    while following.value("shadow_clips_total", outcome="agreed", model_version="s") != 10:
        assert time.monotonic() < deadline
        time.sleep(0.005)
    assert following.value("shadow_difference_sum", model_version="s") == 0
