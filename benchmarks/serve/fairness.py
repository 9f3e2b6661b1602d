"""Compare how long a clip of 1 s waits behind large requests in different queues.

    python -m benchmarks.serve.fairness [--requests 4] [--clips 64] [--seconds 30]

Large requests are sent at once to an engine in this process, followed by a clip of 1 s every
0.1 s. ``fair`` is the service's queue, ``fifo`` the same engine with the oldest request first,
and ``threads`` a thread pool that processes each clip alone in the order of arrival.
"""

import argparse
import asyncio
import io
import math
import os
import time
from collections.abc import Awaitable, Callable, Sequence
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import soundfile
from prometheus_client import CollectorRegistry

from benchmarks.serve.run import table
from vocalbaby import inference
from vocalbaby.api.inference.engine import Engine
from vocalbaby.api.models.registry import SingleModelRegistry
from vocalbaby.api.upload import Upload
from vocalbaby.audio import decode, measure
from vocalbaby.inference.predictor import Predictor
from vocalbaby.monitoring.batch_metrics import BatchMetrics
from vocalbaby.monitoring.definitions import Factory

#: Classifies the files of one request.
Classify = Callable[[Sequence[Upload]], Awaitable[object]]


def noise(seconds: float) -> Upload:
    """A file of pink-like noise, 16 kHz, 16 bit."""
    steps = np.random.default_rng(0).standard_normal(round(seconds * 16_000))
    file = io.BytesIO()
    soundfile.write(file, np.diff(steps, append=0.0) * 0.1, 16_000, format="WAV")
    return Upload("clip", file.getvalue())


async def latencies(classify: Classify, large: list[list[Upload]]) -> list[float]:
    """Return the seconds that each short clip takes, the first sent first."""
    short = [noise(1.0)]

    async def timed(files: list[Upload]) -> float:
        start = time.perf_counter()
        await classify(files)
        return time.perf_counter() - start

    sent = [asyncio.create_task(timed(files)) for files in large]
    shorts = []
    while not all(task.done() for task in sent):
        await asyncio.sleep(0.1)
        shorts.append(asyncio.create_task(timed(short)))
    return list(await asyncio.gather(*shorts))


def row(name: str, classify: Classify, large: list[list[Upload]]) -> list[str]:
    """Measure, and return a row of the table."""
    start, cpu_start = time.perf_counter(), time.process_time()
    short_s = asyncio.run(latencies(classify, large))
    total_s, cpu_s = time.perf_counter() - start, time.process_time() - cpu_start
    figures = [total_s, cpu_s, short_s[0], float(np.median(short_s)), max(short_s)]
    return [name, *(f"{figure:.2f}" for figure in figures)]


def with_engine(predictor: Predictor, large: list[list[Upload]], *, fair: bool) -> list[str]:
    """Measure the engine, with or without fairness."""
    registry = SingleModelRegistry(lambda: predictor, lambda _: None)
    engine = Engine(registry, decode, BatchMetrics(Factory(CollectorRegistry())))
    if not fair:
        # Every clip is then taken from the oldest request.
        engine._queue._lead_s = -math.inf  # noqa: SLF001 - the engine has no other order

    async def classify(files: Sequence[Upload]) -> object:
        return await engine.classify(files, durations_s=[measure(file.data) for file in files])

    try:
        return row("fair" if fair else "fifo", classify, large)
    finally:
        engine.close()


def with_threads(predictor: Predictor, large: list[list[Upload]]) -> list[str]:
    """Measure a thread pool with a thread for each core."""

    def classify_one(file: Upload) -> object:
        return predictor.predict([decode(file.data)])

    async def classify(files: Sequence[Upload]) -> object:
        loop = asyncio.get_running_loop()
        clips = [loop.run_in_executor(pool, classify_one, file) for file in files]
        return await asyncio.gather(*clips)

    with ThreadPoolExecutor(len(os.sched_getaffinity(0))) as pool:
        return row("threads", classify, large)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--requests", type=int, default=4)
    parser.add_argument("--clips", type=int, default=64)
    parser.add_argument("--seconds", type=float, default=30.0)
    options = parser.parse_args()
    requests = [[noise(options.seconds)] * options.clips for _ in range(options.requests)]
    model = inference.load()
    model.predict([decode(noise(1.0).data)])
    rows = [
        with_engine(model, requests, fair=True),
        with_engine(model, requests, fair=False),
        with_threads(model, requests),
    ]
    head = ["order", "all, s", "CPU, s", "first short clip, s", "median, s", "slowest, s"]
    table(head, rows)
