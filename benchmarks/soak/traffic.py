"""The requests of the clients at a constant rate."""

import asyncio
import random
import time
from collections.abc import Awaitable
from typing import Final

from benchmarks.soak import hostile, pages, predictions
from benchmarks.soak.clips import Clip
from benchmarks.soak.connections import HttpClient, Response
from benchmarks.soak.events import Events
from benchmarks.soak.ledger import Ledger
from benchmarks.soak.predictions import Exchange, WrongAnswerError
from benchmarks.soak.stage import Stage

__all__ = ["Traffic"]

#: Statuses with which the service refuses by design.
_REFUSED: Final = frozenset({429, 503})
_CLIENTS: Final = ("lab", "clinic", "phone")
#: One of this many requests is that of a hostile client.
_HOSTILE: Final = 15


class Traffic:
    """Sends requests and checks every answer.

    Args:
        stage: The service.
        clips: What is sent.
        client: Sends.
        ledger: Gets the counts and the faults.
        events: Knows which model versions may answer.
        rng: Chooses.
        without: Names of requests that are not sent.

    Attributes:
        hold_s: How long a client that reads nothing stays, at most.
    """

    def __init__(
        self,
        stage: Stage,
        clips: list[Clip],
        client: HttpClient,
        ledger: Ledger,
        events: Events,
        rng: random.Random,
        without: frozenset[str] = frozenset(),
    ) -> None:
        self._makers = {
            maker: weight
            for maker, weight in (predictions.KINDS | pages.KINDS).items()
            if maker.__name__ not in without
        }
        self.hold_s = 80.0
        self._stage, self._clips, self._client = stage, clips, client
        self._ledger, self._events, self._rng = ledger, events, rng
        self._running: set[asyncio.Task[None]] = set()
        self._number = 0

    async def send(self, rate: float, end: float) -> None:
        """Send ``rate`` requests per second until a time of the monotonic clock, and finish."""
        due = time.monotonic()
        while due < end:
            await asyncio.sleep(max(0.0, due - time.monotonic()))
            due += 1 / rate
            self._number += 1
            if self._number % _HOSTILE == 0:
                key = self._stage.keys["phone"]
                work: Awaitable[None] = hostile.attack(
                    self._stage.port, self._ledger, key, self._rng, self.hold_s
                )
            else:
                work = self._one(f"soak-{self._number}")
            task = asyncio.ensure_future(work)
            self._running.add(task)
            task.add_done_callback(self._ended)
        if self._running:
            await asyncio.wait(self._running)

    def _ended(self, task: "asyncio.Future[None]") -> None:
        self._running.discard(task)
        if not task.cancelled() and (error := task.exception()) is not None:
            self._ledger.fault("soak", f"a client failed: {error!r}")

    async def _one(self, request_id: str) -> None:
        maker = self._rng.choices(list(self._makers), list(self._makers.values()))[0]
        headers = {
            "X-Request-ID": request_id,
            "X-API-Key": self._stage.keys[self._rng.choice(_CLIENTS)],
        }
        exchange: Exchange = maker(self._clips, self._rng, headers)
        start = time.time()
        try:
            response = await self._client.send(exchange.request)
        except (OSError, TimeoutError) as error:
            self._ledger.lose(exchange.kind, start, error)
            return
        self._ledger.latencies_s.append(time.time() - start)
        self._check(exchange, response, request_id, start)

    def _check(self, exchange: Exchange, response: Response, request_id: str, start: float) -> None:
        ledger = self._ledger
        ledger.count(exchange.method, exchange.route, response.status)
        if response.status in _REFUSED:
            ledger.refused[f"{exchange.kind}: {response.status}"] += 1
            if "retry-after" not in response.headers:
                ledger.mistake(exchange.kind, f"{response.status} without Retry-After")
            return
        ledger.kinds[exchange.kind] += 1
        ledger.clips.update(clip.kind for clip in exchange.clips)
        try:
            self._checked(exchange, response, request_id, start)
        except (WrongAnswerError, LookupError, TypeError, ValueError) as error:
            ledger.mistake(exchange.kind, repr(error))
            return

    def _checked(
        self, exchange: Exchange, response: Response, request_id: str, start: float
    ) -> None:
        """Check an answer, and record the rows of the log that belong to it."""
        if response.headers.get("x-request-id") != request_id:
            raise WrongAnswerError(f"the id is {response.headers.get('x-request-id')}")
        version, predicted = exchange.check(response)
        if version is None:
            return
        if not self._events.may_answer(version, start):
            raise WrongAnswerError(f"{version} was not served")
        self._ledger.rows[request_id] = (start, [(clip, version) for clip in predicted])
