"""Requests that are made to be expensive cost little more than others of their size.

``python -m benchmarks.cost.run`` measures the same kinds, and larger ones.
"""

import asyncio
from collections.abc import Iterator

import pytest
from fastapi import FastAPI

from benchmarks.cost.kinds import KINDS
from benchmarks.cost.measuring import Cost, measure, running
from packages.api.tests.conftest import FakePredictor
from vocalbaby.api.app import create_app
from vocalbaby.api.settings import Settings

_SIZE = 2**16
_PLAIN = "form: clips of 0.4 s"
#: Most CPU time as a multiple of that of a plain form of the same size. Decoders of sound read
#: bytes that can mean much.
_MOST = {"sound": 300, "zip": 100}
_MOST_OF_OTHERS = 15


@pytest.fixture(scope="module")
def loop() -> Iterator[asyncio.Runner]:
    with asyncio.Runner() as runner:
        yield runner


@pytest.fixture(scope="module")
def app(loop: asyncio.Runner, tmp_path_factory: pytest.TempPathFactory) -> Iterator[FastAPI]:
    folder = tmp_path_factory.mktemp("jobs")
    made = create_app(Settings(job_folder=str(folder), max_jobs=10_000), FakePredictor())
    context = running(made)
    loop.run(context.__aenter__())
    yield made
    loop.run(context.__aexit__(None, None, None))


@pytest.fixture(scope="module")
def plain(app: FastAPI, loop: asyncio.Runner) -> Cost:
    measured = loop.run(measure(app, KINDS[_PLAIN](_SIZE), repeats=5))
    assert measured.status == 200
    return measured


@pytest.mark.parametrize("name", KINDS)
def test_a_request_costs_a_bounded_multiple_of_a_plain_one(
    app: FastAPI, loop: asyncio.Runner, plain: Cost, name: str
) -> None:
    cost = loop.run(measure(app, KINDS[name](_SIZE), repeats=4))
    assert 200 <= cost.status < 500  # answered, and not by the deadline
    most = _MOST.get(name.partition(":")[0], _MOST_OF_OTHERS)
    assert cost.cpu_s < most * plain.cpu_s
