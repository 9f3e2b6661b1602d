"""The engine's batches, bounds and shutdown."""

import asyncio
import threading
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from prometheus_client import CollectorRegistry

from vocalbaby.api.inference.engine import ClientGoneError, Engine
from vocalbaby.api.inference.requests import Outcomes, QueueTicket
from vocalbaby.api.models.registry import SingleModelRegistry
from vocalbaby.api.upload import Upload
from vocalbaby.entity.clip import Clip
from vocalbaby.exception import NotReadyError, OverloadedError
from vocalbaby.monitoring.batch_metrics import BatchMetrics
from vocalbaby.monitoring.definitions import Factory

#: Makes a predictor; its argument is called with the clips' names first.
MakeFake = Callable[..., Any]


def batch_metrics() -> BatchMetrics:
    return BatchMetrics(Factory(CollectorRegistry()))


def registry_of(model: Any) -> SingleModelRegistry:
    return SingleModelRegistry(lambda: model, lambda bundle: None)


def blocking_engine(
    fake: MakeFake, **bounds: Any
) -> tuple[Engine, threading.Event, threading.Event, list[list[str]]]:
    """An engine whose model sets ``begun`` when it gets ``first``, and then waits for ``go``."""
    begun, go = threading.Event(), threading.Event()
    batches: list[list[str]] = []

    def before(names: list[str]) -> None:
        batches.append(names)
        if names == ["first"]:
            begun.set()
            assert go.wait(10)

    engine = Engine(registry_of(fake(before)), decode, batch_metrics(), **bounds)
    return engine, begun, go, batches


def decode(data: bytes, *, name: str) -> Clip:
    return Clip(name, np.zeros(8000, np.float32), 0.5)


def uploads(*names: str) -> list[Upload]:
    return [Upload(name, b"") for name in names]


def test_requests_that_arrive_meanwhile_form_one_batch_up_to_the_limit(fake: MakeFake) -> None:
    engine, begun, go, batches = blocking_engine(fake, max_batch=4)

    async def run() -> None:
        first = asyncio.ensure_future(engine.classify(uploads("first")))
        await asyncio.to_thread(begun.wait, 10)
        rest = [asyncio.ensure_future(engine.classify(uploads(f"{i}a", f"{i}b"))) for i in range(3)]
        rest.append(asyncio.ensure_future(engine.classify(uploads(*"uvwxyz"))))
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
    """The clip is sent twice: right after four large requests, and when they are half done."""
    batches: list[list[str]] = []
    send_short: Callable[[str], None]

    def before(names: list[str]) -> None:
        batches.append(names)
        if len(batches) in {2, 60}:
            send_short(f"short {len(batches)}")

    engine = Engine(registry_of(fake(before)), decode, batch_metrics())

    async def run() -> list[Outcomes]:
        nonlocal send_short
        loop = asyncio.get_running_loop()
        sent = []

        async def send(name: str) -> None:
            sent.append(asyncio.ensure_future(engine.classify(uploads(name), durations_s=[1.0])))
            await asyncio.sleep(0)  # it is in the queue now

        def send_short(name: str) -> None:
            asyncio.run_coroutine_threadsafe(send(name), loop).result(10)

        heavy = [
            engine.classify(uploads(*(f"{i}.{k}" for k in range(64))), durations_s=[30.0] * 64)
            for i in range(4)
        ]
        answers = await asyncio.gather(*heavy)
        await asyncio.gather(*sent)
        return answers

    answers = asyncio.run(run())
    engine.close()
    assert "short 2" in batches[2]
    assert "short 60" in batches[60]
    assert max(map(len, batches)) <= 3  # 60 s of sound
    for i, rows in enumerate(answers):
        assert [getattr(row, "name", row) for row in rows] == [f"{i}.{k}" for k in range(64)]


def test_a_full_queue_refuses_requests_until_it_is_empty(fake: MakeFake) -> None:
    engine, begun, go, _ = blocking_engine(fake, max_waiting=3)

    async def run() -> None:
        first = asyncio.ensure_future(engine.classify(uploads("first")))
        await asyncio.to_thread(begun.wait, 10)
        waiting = asyncio.ensure_future(engine.classify(uploads("a", "b")))
        await asyncio.sleep(0)
        with pytest.raises(OverloadedError, match="2 clips would have to be processed first"):
            await engine.classify(uploads("c", "d"))
        partly_served = QueueTicket(served_s=1.0)
        more = [
            asyncio.ensure_future(engine.classify(uploads("c"))),
            asyncio.ensure_future(engine.classify(uploads("d", "e"), ticket=partly_served)),
        ]
        await asyncio.sleep(0)
        go.set()
        assert len(await waiting) == 2
        await asyncio.gather(first, *more)
        assert len(await engine.classify(uploads(*"abcdef"))) == 6  # beyond the limit, alone

    asyncio.run(run())
    engine.close()


@pytest.mark.parametrize("how", ["cancelled", "gone"])
def test_a_request_whose_client_is_gone_is_dropped(fake: MakeFake, how: str) -> None:
    engine, begun, go, batches = blocking_engine(fake)

    async def run() -> None:
        left = asyncio.Event()
        first = asyncio.ensure_future(engine.classify(uploads("first")))
        await asyncio.to_thread(begun.wait, 10)
        waiting = asyncio.ensure_future(engine.classify(uploads("left"), disconnected=left.wait))
        stays = asyncio.ensure_future(
            engine.classify(uploads("stays"), disconnected=asyncio.Event().wait)
        )
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


def test_closing_finishes_the_current_batch_and_refuses_waiting_requests(fake: MakeFake) -> None:
    engine, begun, go, batches = blocking_engine(fake)

    async def run() -> Any:
        first = asyncio.ensure_future(engine.classify(uploads("first")))
        await asyncio.to_thread(begun.wait, 10)
        waiting = asyncio.ensure_future(engine.classify(uploads("waits")))
        await asyncio.sleep(0)
        threading.Timer(0.05, go.set).start()
        await asyncio.to_thread(engine.close)
        return list(await asyncio.gather(first, waiting, return_exceptions=True))

    first, waiting = asyncio.run(run())
    assert [row.name for row in first] == ["first"]
    assert isinstance(waiting, NotReadyError)
    assert batches == [["warm-up"], ["first"]]


def test_a_model_that_returns_too_few_predictions_is_an_error(fake: MakeFake) -> None:
    model = fake()
    full = model.predict_from_features
    model.predict_from_features = lambda clips, x: full(clips, x)[1:]
    engine = Engine(registry_of(model), decode, batch_metrics())
    with pytest.raises(RuntimeError, match="0 predictions for 1 clips"):
        asyncio.run(engine.classify(uploads("a")))
    engine.close()
