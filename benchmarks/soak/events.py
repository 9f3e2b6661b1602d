"""What happens around the service: releases, keys, results of the drift job, killed workers."""

import asyncio
import contextlib
import os
import random
import signal
import time
from collections.abc import Callable
from typing import Final

from benchmarks.soak.connections import HttpClient, Response, request_bytes
from benchmarks.soak.ledger import Ledger, parse_metrics
from benchmarks.soak.stage import Stage
from benchmarks.soak.watch import children

__all__ = ["Clock", "Events", "SoakEndedError"]

#: In which time a change of the store, the keys or the drift result has its effect.
_EFFECT_S: Final = 20.0


class SoakEndedError(Exception):
    """The soak has ended, and no request is under way."""


class Clock:
    """Pauses between what happens, which end with the soak."""

    def __init__(self) -> None:
        self._ended = asyncio.Event()

    async def pause(self, seconds: float) -> None:
        """Wait.

        Raises:
            SoakEndedError: The soak has ended.
        """
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(self._ended.wait(), seconds)
            raise SoakEndedError

    def end(self) -> None:
        """End all pauses."""
        self._ended.set()


class Events:
    """Changes the surroundings of a running service, and verifies the effect.

    Args:
        stage: The service.
        client: Sends the requests of the verification.
        ledger: Gets the faults.
        clock: Ends the pauses.
    """

    def __init__(self, stage: Stage, client: HttpClient, ledger: Ledger, clock: Clock) -> None:
        self._clock = clock
        self._stage = stage
        self._client = client
        self._ledger = ledger
        self._served: list[tuple[float, frozenset[str]]] = [(0.0, frozenset(stage.versions[:1]))]
        self.releases = 0

    def may_answer(self, version: str, since: float) -> bool:
        """Return whether a version was served at any time after ``since``, or shortly before."""
        starts = [at for at, _ in self._served[1:]] + [float("inf")]
        return any(
            version in versions and end > since - _EFFECT_S
            for (_, versions), end in zip(self._served, starts, strict=True)
        )

    async def release(self, pause_s: float) -> None:
        """Go through shadow, canary, promotion and roll-back, again and again."""
        first, second = self._stage.versions
        store = self._stage.store
        steps: tuple[tuple[Callable[[], object], frozenset[str]], ...] = (
            (lambda: store.shadow("production", second), frozenset({first})),
            (lambda: store.canary("production", second, 0.2), frozenset({first, second})),
            (lambda: store.canary("production", second, 0.6), frozenset({first, second})),
            (lambda: store.roll_back("production", second), frozenset({first})),
            (lambda: store.canary("production", second, 0.5), frozenset({first, second})),
            (lambda: store.set_channel("production", second), frozenset({second})),
            (lambda: store.shadow("production", first), frozenset({second})),
            (lambda: store.shadow("production", None), frozenset({second})),
            (lambda: store.roll_back("production", second), frozenset({first})),
        )
        while True:
            for change, versions in steps:
                await self._clock.pause(pause_s)
                change()
                self._served.append((time.time(), versions))
                self.releases += 1
                await self._expect(versions)

    async def _get(self, kind: str, path: str, headers: dict[str, str]) -> Response | None:
        """Send a request and record its status; None if it got no answer."""
        start = time.time()
        try:
            response = await self._client.send(request_bytes("GET", path, headers))
        except (OSError, TimeoutError) as error:
            self._ledger.lose(kind, start, error)
            return None
        self._ledger.count("GET", path, response.status)
        return response

    async def _expect(self, versions: frozenset[str]) -> None:
        """Wait until the model that most requests get is one of these versions."""
        end, body = time.monotonic() + _EFFECT_S, ""
        while time.monotonic() < end:
            key = self._stage.keys["lab"]
            response = await self._get("release", "/model", {"X-API-Key": key})
            if response is None:
                return
            body = response.body.decode()
            if any(f'"version":"{version}"' in body for version in versions):
                return
            await asyncio.sleep(0.5)
        self._ledger.fault("release", f"none of {set(versions)} is served: {body[:200]}")

    async def change_keys(self, pause_s: float) -> None:
        """Add a key, use it, revoke it, and verify that it is refused."""
        number = 0
        while True:
            await self._clock.pause(pause_s)
            number += 1
            key = self._stage.add_key(f"guest-{number}")
            await self._expect_status(key, 200)
            self._stage.revoke_key(f"guest-{number}")
            await self._expect_status(key, 403)
            await self._expect_status(key, 403)  # the other worker has seen it, too

    async def _expect_status(self, key: str, status: int) -> None:
        end = time.monotonic() + _EFFECT_S
        in_a_row = 0
        while in_a_row < 6:
            headers = {"X-API-Key": key, "Connection": "close"}
            response = await self._get("key", "/v2", headers)
            if response is None:
                return
            in_a_row = in_a_row + 1 if response.status == status else 0
            if time.monotonic() > end:
                self._ledger.fault("key", f"{response.status}, not {status} after {_EFFECT_S:g} s")
                return
            await asyncio.sleep(0.2)

    async def find_drift(self, pause_s: float) -> None:
        """Write results of the drift job, some of them damaged, and verify the metrics."""
        number = 0
        while True:
            await self._clock.pause(pause_s)
            number += 1
            score = 0.5 + number % 100 / 200
            self._stage.write_drift(score)
            await self._expect_score(score)
            (self._stage.drift / "latest.json").write_bytes(b'{"format": 1, "sco')
            await asyncio.sleep(5)
            await self._expect_score(score)

    async def _expect_score(self, score: float) -> None:
        end = time.monotonic() + _EFFECT_S
        found: float | None = None
        while found != score and time.monotonic() < end:
            await asyncio.sleep(0.5)
            text = await self.metrics()
            series = parse_metrics(text)
            values = [v for (name, _), v in series.items() if name == "vocalbaby_drift_score"]
            found = values[0] if values else None
        if found != score:
            self._ledger.fault("drift", f"the score is {found}, not {score}")

    async def metrics(self) -> str:
        """Scrape the metrics."""
        response = await self._get("scrape", "/metrics", {})
        return "" if response is None else response.body.decode()

    async def greed(self, pause_s: float) -> None:
        """Send more requests than the rate of a key, so that some of them get 429."""
        headers = {"X-API-Key": self._stage.keys["greedy"]}
        while True:
            await self._clock.pause(pause_s)
            statuses = set()
            for _ in range(150):
                response = await self._get("greed", "/v2", headers)
                if response is None:
                    break
                statuses.add(response.status)
            if not statuses <= {200, 429, 503}:
                self._ledger.fault("greed", f"statuses {statuses}")

    async def kill(self, pause_s: float) -> None:
        """Kill a worker with SIGKILL every ``pause_s``."""
        while True:
            await self._clock.pause(pause_s)
            if workers := children(self._stage.process.pid):
                self._ledger.kills.append(time.time())
                os.kill(random.choice(workers), signal.SIGKILL)
