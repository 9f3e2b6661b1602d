"""The bound on the sound that waits."""

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
from vocalbaby.api.inference.admission import Backlog
from vocalbaby.api.settings import Settings
from vocalbaby.exception import OverloadedError

#: Makes a recording: seconds, rate, channels.
MakeWav = Callable[..., bytes]
#: Makes a predictor; its argument is called with the clips' names first.
MakeFake = Callable[..., Any]


def accepts(backlog: Backlog, sound_s: float) -> bool:
    with contextlib.suppress(OverloadedError), backlog.enter(sound_s):
        return True
    return False


def test_large_requests_shed_large_ones_and_no_small_one() -> None:
    backlog = Backlog(100, float)
    with backlog.enter(500):  # nothing else waits
        assert not accepts(backlog, 51)
        assert accepts(backlog, 50)
        with backlog.enter(40):
            assert not accepts(backlog, 40)
            assert accepts(backlog, 33)
    assert accepts(backlog, 500)
    assert backlog._total_s == 0


def test_what_proves_longer_counts_and_stays() -> None:
    backlog = Backlog(100, float)
    with backlog.enter(10) as place:
        assert accepts(backlog, 90)
        backlog.expect(place, 60)
        backlog.expect(place, 20)
        assert not accepts(backlog, 60)


def test_a_crowd_of_small_requests_is_shed_too() -> None:
    backlog = Backlog(10, float)
    with contextlib.ExitStack() as stack:
        for _ in range(10):
            stack.enter_context(backlog.enter(1))
        with pytest.raises(OverloadedError, match="10 seconds of sound would come first"):
            stack.enter_context(backlog.enter(1))


def pack(clip: bytes, members: int) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        for i in range(members):
            archive.writestr(f"{i}.wav", clip)
    return buffer.getvalue()


@pytest.mark.parametrize("first", ["files", "archive"])
def test_the_service_sheds_by_sound_and_finishes_what_it_accepted(
    fake: MakeFake, wav: MakeWav, first: str
) -> None:
    """An archive's later parts are let in though others wait by then."""
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

            accepted = [asyncio.create_task(files(40) if first == "files" else archive())]
            assert await asyncio.to_thread(begun.wait, 10)
            accepted.append(asyncio.create_task(files(1)))
            await asyncio.sleep(0.1)
            shed = [await files(2), await archive()]
            release.set()
            return shed, list(await asyncio.gather(*accepted))

    shed, accepted = asyncio.run(run())
    for answer in shed:
        assert (answer.status_code, answer.json()["code"]) == (503, "overloaded")
        assert answer.headers["retry-after"] == "2"
    assert [answer.status_code for answer in accepted] == [200, 200]
    assert [len(answer.json()["results"]) for answer in accepted] == [40, 1]
