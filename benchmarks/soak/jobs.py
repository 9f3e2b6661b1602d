"""Jobs: recordings that are sent, watched and fetched, or cancelled."""

import asyncio
import io
import json
import random
import time
from collections.abc import Awaitable, Mapping
from typing import Final, NamedTuple

import numpy as np
import soundfile

from benchmarks.soak.clips import voice
from benchmarks.soak.connections import HttpClient, Response, request_bytes
from benchmarks.soak.ledger import Ledger
from vocalbaby.api.jobs.results import timeline_json
from vocalbaby.corpora.synthetic.day import synthesize_day
from vocalbaby.inference import Predictor, segment

__all__ = ["Job", "cancel_job", "make_job", "run_job"]

_RATE: Final = 16_000
_SECONDS: Final = 20
_POLL_S: Final = 1.0
#: Jobs have the lowest priority, so that they may wait for long on a busy machine.
_TIMEOUT_S: Final = 900.0
#: A job has failed after its worker was killed so often.
_TRIES: Final = 3


class Job(NamedTuple):
    """A recording with the right result of each model version, as JSON."""

    data: bytes
    results: Mapping[str, bytes]


def make_job(predictors: list[Predictor]) -> Job:
    """Return a recording with some segments, and its right results."""
    scenes = [scene.recorded.samples for scene in synthesize_day(_SECONDS / 3600, seed=5)]
    sound = np.concatenate(scenes)[: _SECONDS * _RATE]
    for at, pitch in ((3, 310), (8, 420), (13, 550)):
        cry = voice(pitch, 0.9)
        sound[at * _RATE : at * _RATE + len(cry)] += cry
    file = io.BytesIO()
    soundfile.write(file, sound, _RATE, format="FLAC", subtype="PCM_16")
    data = file.getvalue()
    results = {p.version: timeline_json(segment(data, model=p, name="day")) for p in predictors}
    return Job(data, results)


class _UnexpectedError(Exception):
    """An answer is not the right one."""


class _Session:
    """Requests of one client about one job, each of which is counted."""

    def __init__(self, client: HttpClient, ledger: Ledger, key: str) -> None:
        self._client, self._ledger = client, ledger
        self._headers = {"X-API-Key": key}
        self.path = ""

    async def send(
        self, method: str, below: str, body: bytes = b"", expected: tuple[int, ...] = (200,)
    ) -> Response:
        """Send a request below the job's path."""
        path = f"{self.path}{below}" if self.path else below
        headers = self._headers | ({"Content-Type": "audio/flac"} if body else {})
        request = request_bytes(method, path, headers, body, chunk=65_536 if body else 0)
        response = await self._client.send(request)
        route = "/segment" if not self.path else "/segment/{job_id}" + below.partition("?")[0]
        self._ledger.count(method, route, response.status)
        if response.status not in expected:
            raise _UnexpectedError(f"{method} {route}: {response.status} {response.body[:200]!r}")
        return response


async def run_job(client: HttpClient, ledger: Ledger, key: str, job: Job) -> None:
    """Send a recording, wait for its result, fetch everything, and remove it."""
    await _guarded("job", _run(_Session(client, ledger, key), job), ledger)


async def cancel_job(client: HttpClient, ledger: Ledger, key: str, job: Job) -> None:
    """Send a recording and remove it before it is done."""
    await _guarded("cancelled job", _cancel(_Session(client, ledger, key), job), ledger)


async def _guarded(kind: str, work: Awaitable[bool], ledger: Ledger) -> None:
    start = time.time()
    try:
        ledger.kinds[kind if await work else f"{kind}, refused"] += 1
    except _UnexpectedError as error:
        if sum(start < kill for kill in ledger.kills) >= _TRIES:
            ledger.cut[kind] += 1
        else:
            ledger.mistake(kind, str(error))
    except (OSError, TimeoutError) as error:
        ledger.lose(kind, start, error)


async def _submit(session: _Session, job: Job) -> bool:
    response = await session.send("POST", "/segment?name=day.flac", job.data, (202, 503))
    if response.status == 503:
        return False
    session.path = response.headers["location"]
    return True


async def _run(session: _Session, job: Job) -> bool:
    if not await _submit(session, job):
        return False
    await session.send("GET", "/result", expected=(200, 409))
    end = time.monotonic() + _TIMEOUT_S
    while (state := json.loads((await session.send("GET", "")).body))["state"] != "done":
        if state["state"] == "failed" or time.monotonic() > end:
            raise _UnexpectedError(f"the job is {state}")
        await asyncio.sleep(_POLL_S)
    found = (await session.send("GET", "/result?format=json")).body
    if not any(_same(found, right) for right in job.results.values()):
        raise _UnexpectedError(f"the segments differ: {found[:300]!r}")
    for format_ in state["formats"]:
        if not (await session.send("GET", f"/result?format={format_}")).body:
            raise _UnexpectedError(f"the {format_} is empty")
    levels = await session.send("GET", f"/overview?from=0&to={_SECONDS}&points=500")
    sound = await session.send("GET", "/audio?from=2&to=4")
    if not levels.body or len(soundfile.read(io.BytesIO(sound.body))[0]) != 2 * _RATE:
        raise _UnexpectedError(f"{len(levels.body)} levels, {len(sound.body)} bytes of sound")
    await session.send("DELETE", "", expected=(204,))
    await session.send("GET", "", expected=(404,))
    return True


def _same(found: bytes, right: bytes) -> bool:
    """Whether two timelines have the same segments."""
    return bool(json.loads(found)["segments"] == json.loads(right)["segments"])


async def _cancel(session: _Session, job: Job) -> bool:
    if not await _submit(session, job):
        return False
    await asyncio.sleep(random.uniform(0, 1.5))
    await session.send("DELETE", "", expected=(204,))
    await session.send("GET", "", expected=(404,))
    return True
