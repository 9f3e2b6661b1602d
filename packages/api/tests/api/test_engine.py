"""The engine under concurrency: rows out are rows in, each to its own request."""

import asyncio
import itertools
import threading
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any, NamedTuple
from unittest import mock

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray
from prometheus_client import CollectorRegistry

from vocalbaby.api.inference.admission import Place
from vocalbaby.api.inference.batches import Answers, Work
from vocalbaby.api.inference.engine import ClientGoneError, Engine
from vocalbaby.api.models.routing import Serving, SingleModel, Status
from vocalbaby.api.upload import Upload
from vocalbaby.entity.clip import Clip
from vocalbaby.entity.prediction import Prediction
from vocalbaby.exception import (
    BundleError,
    NotReadyError,
    OverloadedError,
    UnreadableAudioError,
    VocalBabyError,
)
from vocalbaby.monitoring.batch_metrics import BatchMetrics
from vocalbaby.monitoring.definitions import Factory

#: Makes a predictor; its argument is called with the clips' names first.
MakeFake = Callable[..., Any]

#: What a file does: is answered, cannot be read, breaks the decoder, breaks the model.
FINE, UNREADABLE, BREAKS_DECODER, BREAKS_MODEL = "fine", "unreadable", "decoder", "model"
BEHAVIOURS = st.sampled_from([FINE] * 6 + [UNREADABLE, BREAKS_DECODER, BREAKS_MODEL])


def batch_metrics() -> BatchMetrics:
    return BatchMetrics(Factory(CollectorRegistry()))


class Asked(NamedTuple):
    """A request of the property test."""

    client: int
    files: tuple[str, ...]
    key: str
    leaves: bool
    length_s: float


REQUESTS = st.lists(
    st.builds(
        Asked,
        st.integers(0, 2),
        st.lists(BEHAVIOURS, min_size=1, max_size=5).map(tuple),
        st.sampled_from(["a", "b"]),
        st.sampled_from([False] * 5 + [True]),
        st.sampled_from([0.25, 1.0, 30.0]),
    ),
    min_size=1,
    max_size=25,
)


class Echo:
    """Answers with what identifies a clip: its name, its samples, its model and its batch."""

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
        time.sleep(0.0002)  # so that others come meanwhile
        if any(clip.name.endswith(BREAKS_MODEL) for clip in clips):
            raise BundleError("no", hint="no") if len(clips) % 2 else RuntimeError("no")
        return [
            Prediction(clip.name, None, {}, float(clip.samples[0]), self.version) for clip in clips
        ]


class TwoModels:
    """A hub that chooses by key; every choice is a new object, as a hub may make it."""

    def __init__(self) -> None:
        self.models = {key: Echo(key) for key in "ab"}

    def choose(self, key: str, version: str | None = None) -> Serving:
        return Serving(self.models[key])

    def load(self) -> None:
        """They are there."""

    def failure(self) -> None:
        """None ever."""

    def current(self) -> Any:
        return None

    def status(self) -> Status:
        return Status(())

    def close(self) -> None:
        """Nothing was begun."""

    def compare(self, serving: Serving, clips: Any, answers: Any) -> None:
        raise AssertionError("there is no shadow")


def echo_decode(data: bytes, *, name: str) -> Clip:
    if name.endswith(UNREADABLE):
        raise UnreadableAudioError(f"{name} is no audio.", hint="")
    if name.endswith(BREAKS_DECODER):
        raise RuntimeError(name)
    return Clip(name, np.array([float(data)], np.float32), 1.0)


async def ask(engine: Engine, number: int, asked: Asked) -> None:
    """Send one request and check that its answer is its own."""
    uploads = [
        Upload(f"{number}.{i}.{what}", f"{64 * number + i}".encode())
        for i, what in enumerate(asked.files)
    ]
    lengths_s = [asked.length_s] * len(uploads)
    work = asyncio.ensure_future(engine.classify(uploads, asked.key, lengths_s=lengths_s))
    if asked.leaves:
        await asyncio.sleep(0)
        work.cancel()
    try:
        answers = await work
    except asyncio.CancelledError:
        assert asked.leaves
        return
    except (BundleError, RuntimeError):
        assert {BREAKS_DECODER, BREAKS_MODEL} & set(asked.files)
        return
    assert not {BREAKS_DECODER, BREAKS_MODEL} & set(asked.files)
    check(answers, number, asked)


def check(answers: Answers, number: int, asked: Asked) -> None:
    assert len(answers) == len(asked.files)
    for i, (answer, what) in enumerate(zip(answers, asked.files, strict=True)):
        name = f"{number}.{i}.{what}"
        if what == UNREADABLE:
            assert isinstance(answer, UnreadableAudioError)
            assert answer.message == f"{name} is no audio."
        else:
            expected = Prediction(name, None, {}, float(64 * number + i), asked.key)
            assert answer == expected


@given(requests=REQUESTS, max_batch=st.integers(1, 8))
@settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
def test_every_request_gets_its_own_rows(requests: list[Asked], max_batch: int) -> None:
    """Three clients, each an event loop in a thread, with failures everywhere."""
    hub = TwoModels()
    engine = Engine(hub, echo_decode, batch_metrics(), max_batch=max_batch)

    async def client(own: list[tuple[int, Asked]]) -> None:
        await asyncio.gather(*(ask(engine, number, asked) for number, asked in own))

    def run(which: int) -> None:
        asyncio.run(client([(i, r) for i, r in enumerate(requests) if r.client == which]))

    try:
        with ThreadPoolExecutor(3) as pool:
            list(pool.map(run, range(3)))
        assert not engine._queue
        assert engine._queue.clips == 0
    finally:
        engine.close()
    for model in hub.models.values():
        assert model.largest <= max_batch


def held(
    fake: MakeFake, **bounds: Any
) -> tuple[Engine, threading.Event, threading.Event, list[list[str]]]:
    """An engine whose model tells that it has begun with ``first`` and waits to go on."""
    begun, go = threading.Event(), threading.Event()
    batches: list[list[str]] = []

    def before(names: list[str]) -> None:
        batches.append(names)
        if names == ["first"]:
            begun.set()
            assert go.wait(10)

    hub = SingleModel(lambda: fake(before), lambda bundle: None)
    return Engine(hub, decode, batch_metrics(), **bounds), begun, go, batches


def decode(data: bytes, *, name: str) -> Clip:
    return Clip(name, np.zeros(8000, np.float32), 0.5)


def named(*names: str) -> list[Upload]:
    return [Upload(name, b"") for name in names]


def test_what_came_meanwhile_is_one_batch_up_to_the_limit(fake: MakeFake) -> None:
    engine, begun, go, batches = held(fake, max_batch=4)

    async def run() -> None:
        first = asyncio.ensure_future(engine.classify(named("first")))
        await asyncio.to_thread(begun.wait, 10)
        rest = [asyncio.ensure_future(engine.classify(named(f"{i}a", f"{i}b"))) for i in range(3)]
        rest.append(asyncio.ensure_future(engine.classify(named(*"uvwxyz"))))
        await asyncio.sleep(0)
        go.set()
        await asyncio.gather(first, *rest)

    asyncio.run(run())
    engine.close()
    assert batches[1:] == [
        ["first"],
        ["0a", "0b", "1a", "1b"],
        ["2a", "2b", "u", "v"],
        list("wxyz"),
    ]


def test_a_short_clip_is_in_the_next_batch_whatever_waits_before_it(fake: MakeFake) -> None:
    """It comes twice: right behind four heavy requests, and when they are half done."""
    batches: list[list[str]] = []
    ask: Callable[[str], None]

    def before(names: list[str]) -> None:
        batches.append(names)
        if len(batches) in {2, 60}:
            ask(f"short {len(batches)}")

    engine = Engine(SingleModel(lambda: fake(before), lambda bundle: None), decode, batch_metrics())

    async def run() -> list[Answers]:
        nonlocal ask
        loop = asyncio.get_running_loop()
        asked = []

        async def send(name: str) -> None:
            asked.append(asyncio.ensure_future(engine.classify(named(name), lengths_s=[1.0])))
            await asyncio.sleep(0)  # it waits now

        def ask(name: str) -> None:
            asyncio.run_coroutine_threadsafe(send(name), loop).result(10)

        heavy = [
            engine.classify(named(*(f"{i}.{k}" for k in range(64))), lengths_s=[30.0] * 64)
            for i in range(4)
        ]
        answers = await asyncio.gather(*heavy)
        await asyncio.gather(*asked)
        return answers

    answers = asyncio.run(run())
    engine.close()
    assert "short 2" in batches[2]
    assert "short 60" in batches[60]
    assert max(map(len, batches)) <= 3  # 60 s of sound
    for i, rows in enumerate(answers):
        assert [getattr(row, "name", row) for row in rows] == [f"{i}.{k}" for k in range(64)]


def test_one_model_answers_all_of_a_request(fake: MakeFake) -> None:
    class Switching(TwoModels):
        def choose(self, key: str, version: str | None = None) -> Serving:
            return Serving(Echo(str(next(versions))))

    versions = itertools.count()
    engine = Engine(Switching(), echo_decode, batch_metrics(), max_batch=1)
    rows = asyncio.run(engine.classify([Upload(str(i), b"0") for i in range(3)]))
    engine.close()
    assert {getattr(row, "model_version", row) for row in rows} == {"0"}


def test_what_fails_in_one_batch_is_not_gone_on_with() -> None:
    engine = Engine(TwoModels(), echo_decode, batch_metrics(), max_batch=1)
    files = [Upload(f"{i}.{what}", b"0") for i, what in enumerate([BREAKS_MODEL, FINE, FINE])]
    work = Work(files, "a", mock.Mock(), lengths_s=[1.0] * 3)
    engine._queue.add(work)
    engine._work(engine._queue.take(1, 60.0))
    assert work.failure is not None
    assert not engine._queue
    assert engine._queue.clips == 0


def test_a_full_queue_refuses_and_takes_again_when_it_is_empty(fake: MakeFake) -> None:
    engine, begun, go, _ = held(fake, max_waiting=3)

    async def run() -> None:
        first = asyncio.ensure_future(engine.classify(named("first")))
        await asyncio.to_thread(begun.wait, 10)
        waiting = asyncio.ensure_future(engine.classify(named("a", "b")))
        await asyncio.sleep(0)
        with pytest.raises(OverloadedError, match="2 clips would come first"):
            await engine.classify(named("c", "d"))
        begun_before = Place(served_s=1.0)
        more = [
            asyncio.ensure_future(engine.classify(named("c"))),
            asyncio.ensure_future(engine.classify(named("d", "e"), place=begun_before)),
        ]
        await asyncio.sleep(0)
        go.set()
        assert len(await waiting) == 2
        await asyncio.gather(first, *more)
        assert len(await engine.classify(named(*"abcdef"))) == 6  # more than may wait

    asyncio.run(run())
    engine.close()


@pytest.mark.parametrize("how", ["cancelled", "gone"])
def test_a_request_that_nobody_waits_for_is_dropped(fake: MakeFake, how: str) -> None:
    engine, begun, go, batches = held(fake)

    async def run() -> None:
        left = asyncio.Event()
        first = asyncio.ensure_future(engine.classify(named("first")))
        await asyncio.to_thread(begun.wait, 10)
        waiting = asyncio.ensure_future(engine.classify(named("left"), gone=left.wait))
        stays = asyncio.ensure_future(engine.classify(named("stays"), gone=asyncio.Event().wait))
        await asyncio.sleep(0.1)
        if how == "gone":
            left.set()
            with pytest.raises(ClientGoneError):
                await waiting
        else:
            waiting.cancel()
            with pytest.raises(asyncio.CancelledError):
                await waiting
        assert engine._queue.clips == 1
        go.set()
        await asyncio.gather(first, stays)

    asyncio.run(run())
    engine.close()
    assert batches[1:] == [["first"], ["stays"]]


def test_closing_finishes_what_runs_and_refuses_what_waits(fake: MakeFake) -> None:
    engine, begun, go, batches = held(fake)

    async def run() -> Any:
        first = asyncio.ensure_future(engine.classify(named("first")))
        await asyncio.to_thread(begun.wait, 10)
        waiting = asyncio.ensure_future(engine.classify(named("waits")))
        await asyncio.sleep(0)
        threading.Timer(0.05, go.set).start()
        await asyncio.to_thread(engine.close)
        return list(await asyncio.gather(first, waiting, return_exceptions=True))

    first, waiting = asyncio.run(run())
    assert [row.name for row in first] == ["first"]
    assert isinstance(waiting, NotReadyError)
    assert batches == [["warm-up"], ["first"]]


def test_a_model_that_loses_a_row_is_a_fault_and_not_a_shift(fake: MakeFake) -> None:
    model = fake()
    full = model.predict_from_features
    model.predict_from_features = lambda clips, x: full(clips, x)[1:]
    engine = Engine(SingleModel(lambda: model, lambda bundle: None), decode, batch_metrics())
    with pytest.raises(RuntimeError, match="0 answers to 1 clips"):
        asyncio.run(engine.classify(named("a")))
    engine.close()


def test_the_hub_compares_what_the_shadow_would_say(fake: MakeFake) -> None:
    class Shadowing(TwoModels):
        def choose(self, key: str, version: str | None = None) -> Serving:
            return Serving(fake(), fake())

        def compare(self, *seen: Any) -> None:
            _, clips, answers = seen
            compared.append(
                [(clip.name, answer.name) for clip, answer in zip(clips, answers, strict=True)]
            )
            raise VocalBabyError("a shadow harms nobody")

    compared: list[list[tuple[str, str]]] = []
    engine = Engine(Shadowing(), decode, batch_metrics())
    for name in "xy":
        assert len(asyncio.run(engine.classify(named(name, "z")))) == 2
    engine.close()
    assert compared == [[("x", "x"), ("z", "z")], [("y", "y"), ("z", "z")]]
