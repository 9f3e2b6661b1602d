"""Requests that wait are answered together, each with its own answers and its own fault."""

import asyncio
import threading
from collections.abc import Callable
from typing import Any

import pytest

from vocalbaby.api.engine import Engine, Upload
from vocalbaby.audio import decode
from vocalbaby.exception import VocalBabyError

#: Makes a recording: seconds, rate, channels.
MakeWav = Callable[..., bytes]
#: Makes a predictor; its argument is called with the clips' names first.
MakeFake = Callable[..., Any]


def classify_while_busy(
    fake: MakeFake, fail: str, requests: list[list[Upload]]
) -> tuple[list[list[str]], list[Any]]:
    """Let requests wait for a first one; returns the calls of the model, and the answers."""
    busy, release = threading.Event(), threading.Event()
    calls: list[list[str]] = []

    def before(names: list[str]) -> None:
        calls.append(names)
        if names == ["first"]:
            busy.set()
            release.wait(10)
        if fail in names:
            raise ZeroDivisionError

    predictor = fake(before)
    engine = Engine(lambda: predictor, decode, lambda bundle: None)

    async def run() -> list[Any]:
        tasks = [asyncio.create_task(engine.classify(requests[0]))]
        assert await asyncio.to_thread(busy.wait, 10)
        tasks += [asyncio.create_task(engine.classify(request)) for request in requests[1:]]
        await asyncio.sleep(0)  # they line up
        release.set()
        return await asyncio.gather(*tasks, return_exceptions=True)

    answers = asyncio.run(run())
    engine.close()
    return calls[1:], answers


def test_waiting_requests_share_a_call_of_the_model(fake: MakeFake, wav: MakeWav) -> None:
    sizes = [1, 3, 1, 11, 1, 40, 2]
    requests = [
        [Upload("first" if i == 0 else f"{i}.{k}", wav(0.2 + 0.01 * k)) for k in range(size)]
        for i, size in enumerate(sizes)
    ]
    requests[2][0] = Upload("2.0", b"text, no audio")
    calls, answers = classify_while_busy(fake, "", requests)
    assert [len(names) for names in calls] == [1, 3 + 11 + 1, 40, 2]  # the text is in no call
    assert isinstance(answers[2][0], VocalBabyError)
    for uploads, found in zip(requests, answers, strict=True):
        assert len(found) == len(uploads)
        for k, (upload, answer) in enumerate(zip(uploads, found, strict=True)):
            if not isinstance(answer, VocalBabyError):
                assert answer.name == upload.name
                assert answer.duration_s == pytest.approx(0.2 + 0.01 * k)


def test_a_fault_in_one_request_is_not_the_others(fake: MakeFake, wav: MakeWav) -> None:
    requests = [[Upload(name, wav(0.2))] for name in ("first", "a", "bad", "c")]
    calls, answers = classify_while_busy(fake, "bad", requests)
    assert calls == [["first"], ["a", "bad", "c"], ["a"], ["bad"], ["c"]]
    assert isinstance(answers[2], ZeroDivisionError)
    assert [answers[i][0].name for i in (0, 1, 3)] == ["first", "a", "c"]


def test_closing_leaves_nobody_waiting(fake: MakeFake, wav: MakeWav) -> None:
    release = threading.Event()
    predictor = fake(lambda names: release.wait(10))
    engine = Engine(lambda: predictor, decode, lambda bundle: None)

    async def run() -> None:
        task = asyncio.create_task(engine.classify([Upload("a", wav(0.2))]))
        await asyncio.sleep(0)  # it lines up, behind the loading of the model
        threading.Timer(0.1, release.set).start()
        await asyncio.to_thread(engine.close)
        with pytest.raises(asyncio.CancelledError):
            await asyncio.wait_for(task, 5)

    asyncio.run(run())
