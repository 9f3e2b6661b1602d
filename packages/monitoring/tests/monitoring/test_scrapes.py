"""Scrapes share expositions, none of which is older than the scrape."""

import asyncio
import itertools
import threading
import time

import pytest

from vocalbaby.monitoring.scrapes import Scrapes


def thread_name() -> bytes:
    return threading.current_thread().name.encode()


def test_many_scrapes_share_two_expositions_and_none_gets_an_old_one() -> None:
    count, release, begun = itertools.count(1), threading.Event(), threading.Event()

    def expose() -> bytes:
        number = next(count)
        begun.set()
        assert release.wait(10)
        return b"%d" % number

    async def run() -> list[bytes]:
        shared = Scrapes(expose)
        first = asyncio.create_task(shared.get())
        assert await asyncio.to_thread(begun.wait, 10)
        later = [asyncio.create_task(shared.get()) for _ in range(16)]
        await asyncio.sleep(0)
        later[0].cancel()  # a client that disconnects takes nothing from the others
        release.set()
        return [await first, *await asyncio.gather(*later[1:])]

    assert asyncio.run(run()) == [b"1", *[b"2"] * 15]


def test_a_scrape_sees_what_was_counted_before_it() -> None:
    counter = itertools.count()
    shared = Scrapes(lambda: b"%d" % next(counter))
    assert [shared.wait() for _ in range(3)] == [b"0", b"1", b"2"]


@pytest.mark.parametrize(("cpu_s", "pause_s"), [(0.01, 0.19), (10.0, 0.5)])
def test_expositions_take_a_bounded_share_of_the_time(
    monkeypatch: pytest.MonkeyPatch, cpu_s: float, pause_s: float
) -> None:
    """A scrape does not wait for long, however much time each exposition takes."""
    pauses: list[float] = []
    now = itertools.count(0.0, 0.0).__next__
    used = itertools.count(0.0, cpu_s).__next__
    monkeypatch.setattr(time, "monotonic", now)
    monkeypatch.setattr(time, "thread_time", used)
    monkeypatch.setattr(time, "sleep", pauses.append)
    shared = Scrapes(lambda: b"")
    for _ in range(3):
        shared.wait()
    assert pauses == pytest.approx([0.0, pause_s, pause_s])


def test_a_failure_is_that_of_its_scrape_alone() -> None:
    answers = iter((ValueError("broken"), b"up 1.0"))

    def expose() -> bytes:
        answer = next(answers)
        if isinstance(answer, ValueError):
            raise answer
        return answer

    shared = Scrapes(expose)
    with pytest.raises(ValueError, match="broken"):
        shared.wait()
    assert shared.wait() == b"up 1.0"


def test_no_scrape_runs_in_the_thread_of_the_event_loop() -> None:
    shared = Scrapes(thread_name)
    assert asyncio.run(shared.get()).startswith(b"vocalbaby-scrapes")
