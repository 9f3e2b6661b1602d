"""The engine with several clients and models: every request gets its own predictions."""

import asyncio
import itertools
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any, NamedTuple
from unittest import mock

import numpy as np
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray
from prometheus_client import CollectorRegistry

from vocalbaby.api.inference.engine import Engine
from vocalbaby.api.inference.requests import InferenceRequest, Outcomes
from vocalbaby.api.models.registry import RegistryStatus
from vocalbaby.api.models.routing import RouteTarget
from vocalbaby.api.upload import Upload
from vocalbaby.entity.clip import Clip
from vocalbaby.entity.prediction import Prediction
from vocalbaby.exception import BundleError, UnreadableAudioError, VocalBabyError
from vocalbaby.monitoring.batch_metrics import BatchMetrics
from vocalbaby.monitoring.definitions import Factory

#: Makes a predictor; its argument is called with the clips' names first.
MakeFake = Callable[..., Any]

#: What happens to a file: it is classified, cannot be read, or breaks the decoder or the model.
FINE, UNREADABLE, BREAKS_DECODER, BREAKS_MODEL = "fine", "unreadable", "decoder", "model"
BEHAVIOURS = st.sampled_from([FINE] * 6 + [UNREADABLE, BREAKS_DECODER, BREAKS_MODEL])


def batch_metrics() -> BatchMetrics:
    return BatchMetrics(Factory(CollectorRegistry()))


class PlannedRequest(NamedTuple):
    """A request of the property test."""

    client: int
    files: tuple[str, ...]
    routing_key: str
    disconnects: bool
    duration_s: float


REQUESTS = st.lists(
    st.builds(
        PlannedRequest,
        st.integers(0, 2),
        st.lists(BEHAVIOURS, min_size=1, max_size=5).map(tuple),
        st.sampled_from(["a", "b"]),
        st.sampled_from([False] * 5 + [True]),
        st.sampled_from([0.25, 1.0, 30.0]),
    ),
    min_size=1,
    max_size=25,
)


class EchoPredictor:
    """Its predictions identify the clip and the model: name, first sample and version."""

    def __init__(self, version: str) -> None:
        self.bundle: Any = None
        self.version = version
        self.largest = 0

    def predict(self, clips: Sequence[Clip]) -> list[Prediction]:
        return self.predict_from_features(clips, self.extract(clips))

    def extract(self, clips: Sequence[Clip]) -> NDArray[np.float32]:
        return np.array([clip.samples[:1] for clip in clips], np.float32)

    def predict_from_features(
        self, clips: Sequence[Clip], x: NDArray[np.float32]
    ) -> list[Prediction]:
        self.largest = max(self.largest, len(clips))
        time.sleep(0.0002)  # so that other requests arrive meanwhile
        if any(clip.name.endswith(BREAKS_MODEL) for clip in clips):
            raise BundleError("no", hint="no") if len(clips) % 2 else RuntimeError("no")
        return [
            Prediction(clip.name, None, {}, float(clip.samples[0]), self.version) for clip in clips
        ]


class TwoModelRegistry:
    """Routes by key to one of two models; every target is a new object."""

    def __init__(self) -> None:
        self.models = {key: EchoPredictor(key) for key in "ab"}

    def route(self, key: str, version: str | None = None) -> RouteTarget:
        return RouteTarget(self.models[key])

    def load(self) -> None:
        """The models exist already."""

    def failure(self) -> None:
        """Loading never fails."""

    def current(self) -> Any:
        return None

    def status(self) -> RegistryStatus:
        return RegistryStatus(())

    def close(self) -> None:
        """There is no thread to stop."""

    def compare(self, target: RouteTarget, clips: Any, predictions: Any) -> None:
        raise AssertionError("there is no shadow")


def decode(data: bytes, *, name: str) -> Clip:
    if name.endswith(UNREADABLE):
        raise UnreadableAudioError(f"{name} is no audio.", hint="")
    if name.endswith(BREAKS_DECODER):
        raise RuntimeError(name)
    return Clip(name, np.array([float(data)], np.float32), 1.0)


async def send(engine: Engine, number: int, planned: PlannedRequest) -> None:
    """Send one request and check that its outcomes are its own."""
    uploads = [
        Upload(f"{number}.{i}.{behaviour}", f"{64 * number + i}".encode())
        for i, behaviour in enumerate(planned.files)
    ]
    durations_s = [planned.duration_s] * len(uploads)
    sent = asyncio.ensure_future(
        engine.classify(uploads, planned.routing_key, durations_s=durations_s)
    )
    if planned.disconnects:
        await asyncio.sleep(0)
        sent.cancel()
    try:
        outcomes = await sent
    except asyncio.CancelledError:
        assert planned.disconnects
        return
    except (BundleError, RuntimeError):
        assert {BREAKS_DECODER, BREAKS_MODEL} & set(planned.files)
        return
    assert not {BREAKS_DECODER, BREAKS_MODEL} & set(planned.files)
    check(outcomes, number, planned)


def check(outcomes: Outcomes, number: int, planned: PlannedRequest) -> None:
    assert len(outcomes) == len(planned.files)
    for i, (outcome, behaviour) in enumerate(zip(outcomes, planned.files, strict=True)):
        name = f"{number}.{i}.{behaviour}"
        if behaviour == UNREADABLE:
            assert isinstance(outcome, UnreadableAudioError)
            assert outcome.message == f"{name} is no audio."
        else:
            expected = Prediction(name, None, {}, float(64 * number + i), planned.routing_key)
            assert outcome == expected


@given(requests=REQUESTS, max_batch=st.integers(1, 8))
@settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
def test_every_request_gets_its_own_predictions(
    requests: list[PlannedRequest], max_batch: int
) -> None:
    """Three clients, each an event loop in a thread of its own, with failures of every kind."""
    registry = TwoModelRegistry()
    engine = Engine(registry, decode, batch_metrics(), max_batch=max_batch)

    async def client(own: list[tuple[int, PlannedRequest]]) -> None:
        await asyncio.gather(*(send(engine, number, planned) for number, planned in own))

    def run(which: int) -> None:
        asyncio.run(client([(i, r) for i, r in enumerate(requests) if r.client == which]))

    try:
        with ThreadPoolExecutor(3) as pool:
            list(pool.map(run, range(3)))
        assert not engine._queue
        assert engine._queue.clips == 0
    finally:
        engine.close()
    for model in registry.models.values():
        assert model.largest <= max_batch


def test_one_model_answers_all_files_of_a_request() -> None:
    class SwitchingRegistry(TwoModelRegistry):
        def route(self, key: str, version: str | None = None) -> RouteTarget:
            return RouteTarget(EchoPredictor(str(next(versions))))

    versions = itertools.count()
    engine = Engine(SwitchingRegistry(), decode, batch_metrics(), max_batch=1)
    outcomes = asyncio.run(engine.classify([Upload(str(i), b"0") for i in range(3)]))
    engine.close()
    assert {getattr(outcome, "model_version", outcome) for outcome in outcomes} == {"0"}


def test_a_request_that_fails_in_one_batch_leaves_the_queue() -> None:
    engine = Engine(TwoModelRegistry(), decode, batch_metrics(), max_batch=1)
    files = [Upload(f"{i}.{what}", b"0") for i, what in enumerate([BREAKS_MODEL, FINE, FINE])]
    request = InferenceRequest(files, "a", mock.Mock(), durations_s=[1.0] * 3)
    engine._queue.add(request)
    engine._process(engine._queue.take(1, 60.0))
    assert request.failure is not None
    assert not engine._queue
    assert engine._queue.clips == 0


def test_the_registry_compares_the_shadow_after_each_batch(fake: MakeFake) -> None:
    class ShadowRegistry(TwoModelRegistry):
        def route(self, key: str, version: str | None = None) -> RouteTarget:
            return RouteTarget(fake(), fake())

        def compare(self, target: RouteTarget, clips: Any, predictions: Any) -> None:
            pairs = zip(clips, predictions, strict=True)
            compared.append([(clip.name, prediction.name) for clip, prediction in pairs])
            raise VocalBabyError("an error of the shadow, which no client sees")

    compared: list[list[tuple[str, str]]] = []
    engine = Engine(ShadowRegistry(), decode, batch_metrics())
    for name in "xy":
        uploads = [Upload(name, b"0"), Upload("z", b"0")]
        assert len(asyncio.run(engine.classify(uploads))) == 2
    engine.close()
    assert compared == [[("x", "x"), ("z", "z")], [("y", "y"), ("z", "z")]]
