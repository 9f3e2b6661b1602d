"""The limit on the sound that waits, tested alone and in the service."""

import asyncio
import contextlib
import io
import threading
import zipfile
from collections.abc import Callable
from typing import Any

import httpx
import pytest

from vocalbaby.api.app import create_app
from vocalbaby.api.inference.admission import AdmissionController
from vocalbaby.api.settings import Settings
from vocalbaby.exception import OverloadedError

#: Makes a recording: seconds, rate, channels.
MakeWav = Callable[..., bytes]
#: Makes a predictor; its argument is called with the clips' names first.
MakeFake = Callable[..., Any]


def admits(controller: AdmissionController, sound_s: float) -> bool:
    with contextlib.suppress(OverloadedError), controller.admit(sound_s):
        return True
    return False


def test_large_requests_are_refused_because_of_large_ones_and_small_ones_are_not() -> None:
    controller = AdmissionController(100, float)
    with controller.admit(500):  # admitted beyond the limit, since nothing else waits
        assert not admits(controller, 51)
        assert admits(controller, 50)
        with controller.admit(40):
            assert not admits(controller, 40)
            assert admits(controller, 33)
    assert admits(controller, 500)
    assert controller._total_s == 0


def test_sound_that_becomes_known_later_counts_and_is_not_refused() -> None:
    controller = AdmissionController(100, float)
    with controller.admit(10) as ticket:
        assert admits(controller, 90)
        controller.extend(ticket, 60)
        controller.extend(ticket, 20)
        assert not admits(controller, 60)


def test_many_small_requests_are_refused_too() -> None:
    controller = AdmissionController(10, float)
    with contextlib.ExitStack() as stack:
        for _ in range(10):
            stack.enter_context(controller.admit(1))
        with pytest.raises(OverloadedError, match="10 seconds of sound would have to"):
            stack.enter_context(controller.admit(1))


def pack(clip: bytes, members: int) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        for i in range(members):
            archive.writestr(f"{i}.wav", clip)
    return buffer.getvalue()


@pytest.mark.parametrize("first", ["files", "archive"])
def test_the_service_refuses_by_sound_and_finishes_what_it_admitted(
    fake: MakeFake, wav: MakeWav, first: str
) -> None:
    """The later chunks of an admitted archive are admitted although others wait by then."""
    begun, release = threading.Event(), threading.Event()

    def before(names: list[str]) -> None:
        if names != ["warm-up"]:
            begun.set()
            assert release.wait(10)

    app = create_app(Settings(max_waiting_sound_seconds=1, retry_after_seconds=2), fake(before))

    async def run() -> tuple[list[httpx.Response], list[httpx.Response]]:
        transport = httpx.ASGITransport(app)
        async with httpx.AsyncClient(transport=transport, base_url="http://test") as client:

            def files(count: int) -> Any:
                sent = [("files", (f"{i}", wav(0.5))) for i in range(count)]
                return client.post("/predict", files=sent)

            def archive() -> Any:
                sent = {"file": ("a.zip", pack(wav(0.5), 40))}
                return client.post("/predict_zip", files=sent)

            admitted = [asyncio.create_task(files(40) if first == "files" else archive())]
            assert await asyncio.to_thread(begun.wait, 10)
            admitted.append(asyncio.create_task(files(1)))
            await asyncio.sleep(0.1)
            refused = [await files(2), await archive()]
            release.set()
            return refused, list(await asyncio.gather(*admitted))

    refused, admitted = asyncio.run(run())
    for answer in refused:
        assert (answer.status_code, answer.json()["code"]) == (503, "overloaded")
        assert answer.headers["retry-after"] == "2"
    assert [answer.status_code for answer in admitted] == [200, 200]
    assert [len(answer.json()["results"]) for answer in admitted] == [40, 1]
