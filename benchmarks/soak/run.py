"""Use the service for hours with everything on, among friendly and hostile clients.

    python -m benchmarks.soak.run [--seconds 7200] [--rate 15] [--kill-minutes 0] [--out FOLDER]

The service has two workers, keys, a prediction log that is moved to a store, a model store whose
channel goes through shadow, canary, promotion and roll-back, results of a drift job, and jobs.
Clients send requests of every path, form and format of audio, whole and damaged, at a constant
rate; each answer is compared with that of the library, bit by bit. One of 15 requests is of a
hostile client. Afterwards the metrics have to equal what clients saw, and the prediction log has
to have their clips. The exit status is 1 if an answer was lost or wrong, if memory, open files or
threads grew, or if anything else was not as it should be.
"""

import argparse
import asyncio
import contextlib
import random
import shutil
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Coroutine, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any, Final

from benchmarks.soak.clips import make_clips
from benchmarks.soak.connections import HttpClient, request_bytes
from benchmarks.soak.events import Clock, Events, SoakEndedError
from benchmarks.soak.jobs import cancel_job, make_job, run_job
from benchmarks.soak.ledger import Ledger, Series, parse_metrics
from benchmarks.soak.report import Limits, Result, summarize
from benchmarks.soak.rows import compare_rows
from benchmarks.soak.stage import Stage
from benchmarks.soak.traffic import Traffic
from benchmarks.soak.watch import Sample, sample

__all__ = ["main", "soak"]

#: Addresses of the clients; all of them reach the service on the loopback interface.
_ADDRESSES: Final = tuple(f"127.0.0.{n}" for n in range(11, 19))
_READY_S: Final = 120.0


async def _wait_ready(stage: Stage, client: HttpClient, ledger: Ledger) -> None:
    end = time.monotonic() + _READY_S
    while time.monotonic() < end and stage.process.poll() is None:
        with contextlib.suppress(OSError):
            response = await client.send(request_bytes("GET", "/ready", {}))
            ledger.count("GET", "/ready", response.status)
            if response.status == 200:
                return
        await asyncio.sleep(0.1)
    raise RuntimeError(f"the service did not start: {(stage.folder / 'service.log').read_text()}")


async def _watch(stage: Stage, clock: Clock, every_s: float, samples: list[Sample]) -> None:
    started = time.time()
    while True:
        look = (stage.process.pid, started, stage.log, stage.jobs)
        samples.append(await asyncio.to_thread(sample, *look))
        await clock.pause(every_s)


async def _scrape(events: Events, clock: Clock, ledger: Ledger, every_s: float) -> None:
    """Scrape the metrics; no counter may decrease."""
    before: dict[Any, float] = {}
    while True:
        await clock.pause(every_s)
        series = parse_metrics(await events.metrics())
        counters = {k: v for k, v in series.items() if k[0].endswith(("_total", "_count"))}
        for key, value in counters.items():
            worker = any(name == "worker" for name, _ in key[1])
            if value < before.get(key, 0.0) and not (worker and ledger.kills):
                ledger.fault("metrics", f"{key} decreased from {before[key]} to {value}")
        before = counters or before


async def _work(
    stage: Stage, client: HttpClient, ledger: Ledger, clock: Clock, every_s: float
) -> None:
    """Send jobs one after the other, every third of which is cancelled."""
    job = await asyncio.to_thread(make_job, stage.predictors)
    number = 0
    while True:
        number += 1
        await (cancel_job if number % 3 == 0 else run_job)(client, ledger, stage.keys["lab"], job)
        await clock.pause(every_s)


async def _settled(events: Events, ledger: Ledger) -> tuple[Series, Ledger]:
    """Return the metrics once no request is under way, and what clients had seen by then."""
    end = time.monotonic() + _READY_S
    while True:
        seen = replace(ledger, answered=Counter(ledger.answered))
        series = parse_metrics(await events.metrics())
        under_way = series.get(("vocalbaby_requests_in_flight", frozenset()), 0.0)
        if under_way == 1 or time.monotonic() > end:  # that of this request
            return series, seen
        await asyncio.sleep(0.5)


async def soak(stage: Stage, flags: argparse.Namespace) -> Result:
    """Run a soak on a stage whose service has been started."""
    ledger, samples = Ledger(), list[Sample]()
    client = HttpClient(stage.port, _ADDRESSES)
    clips = await asyncio.to_thread(make_clips, stage.predictors, flags.seed)
    await _wait_ready(stage, client, ledger)
    start = time.monotonic()
    # Everything happens several times, also in a short soak.
    pause_s = min(120.0, flags.seconds / 12)
    clock = Clock()
    events = Events(stage, client, ledger, clock)
    background: list[Coroutine[Any, Any, None]] = [
        _watch(stage, clock, min(10.0, flags.seconds / 20), samples),
        _scrape(events, clock, ledger, min(15.0, pause_s)),
        _work(stage, client, ledger, clock, pause_s / 4),
        events.release(pause_s),
        events.change_keys(pause_s),
        events.find_drift(pause_s),
        events.greed(pause_s),
    ]
    if flags.kill_minutes:
        background.append(events.kill(60 * flags.kill_minutes))
    tasks = [asyncio.create_task(work) for work in background]
    rng, without = random.Random(flags.seed), frozenset(flags.without.split(","))
    traffic = Traffic(stage, clips, client, ledger, events, rng, without)
    traffic.hold_s = min(traffic.hold_s, flags.seconds / 4)
    await traffic.send(flags.rate, start + flags.seconds)
    clock.end()
    for error in await asyncio.gather(*tasks, return_exceptions=True):
        if not isinstance(error, SoakEndedError):
            ledger.fault("soak", f"something ended early: {error!r}")
    seconds = time.monotonic() - start
    series, seen = await _settled(events, ledger)
    if not ledger.kills:  # a killed worker has not counted the requests that it was answering
        seen.compare_requests(series)
        seen.compare_predictions(series)
    client.close()
    if (code := await asyncio.to_thread(stage.stop)) != 0:
        ledger.fault("stop", f"the service ended with {code}")
    rows = await asyncio.to_thread(compare_rows, stage.log, stage.shipped, ledger)
    return summarize(ledger, samples, Limits(), rows, seconds=seconds)


def main(arguments: Sequence[str] | None = None) -> int:
    """Run a soak; returns 1 if there was a fault."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=float, default=7200.0, help="duration")
    parser.add_argument("--rate", type=float, default=15.0, help="requests per second")
    parser.add_argument("--kill-minutes", type=float, default=0.0, help="SIGKILL of a worker")
    parser.add_argument("--out", type=Path, default=Path("soak"), help="folder of the results")
    parser.add_argument("--without", default="", help="requests that are not sent: upgrade,…")
    parser.add_argument("--seed", type=int, default=16, help="of the choices")
    flags = parser.parse_args(arguments)
    with tempfile.TemporaryDirectory(prefix="vocalbaby-soak-") as folder:
        stage = Stage(Path(folder))
        patience_s = min(10.0, max(5.0, flags.seconds / 10))
        stage.start(f"--head-seconds={patience_s}", f"--body-seconds={patience_s}")
        try:
            result = asyncio.run(soak(stage, flags))
        finally:
            if stage.process.poll() is None:
                stage.process.kill()
                stage.process.wait()
            flags.out.mkdir(parents=True, exist_ok=True)
            shutil.copy(stage.folder / "service.log", flags.out)
    result.write(flags.out)
    print(result.markdown())
    print("\n".join(result.examples))
    return 1 if result.failed else 0


if __name__ == "__main__":
    sys.exit(main())
