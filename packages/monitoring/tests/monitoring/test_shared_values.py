"""Numbers in shared memory that several processes read."""

import os
from collections.abc import Callable

import pytest

from vocalbaby.monitoring.shared_values import Series, ValueArea


def run_in_child(work: Callable[[], object]) -> None:
    child = os.fork()
    if child == 0:
        work()
        os._exit(0)
    assert os.waitpid(child, 0)[1] == 0


def test_other_processes_read_what_one_wrote() -> None:
    area = ValueArea(1024)
    run_in_child(lambda: area.value(b"a").inc(2.5))
    assert dict(area.items()) == {b"a": 2.5}


def test_a_new_process_continues_the_numbers_of_the_one_before() -> None:
    area = ValueArea(1024)

    def count() -> None:
        for key in (b"a", b"longer than a word"):
            area.value(key).inc(1)

    for _ in range(3):
        run_in_child(count)
    assert dict(area.items()) == {b"a": 3.0, b"longer than a word": 3.0}


def test_clear_removes_all_numbers_and_a_new_process_starts_at_zero() -> None:
    area = ValueArea(1024)
    run_in_child(lambda: area.value(b"a").set(7))
    area.clear()
    assert dict(area.items()) == {}
    run_in_child(lambda: area.value(b"a").inc(1))
    assert dict(area.items()) == {b"a": 1.0}


def test_a_number_without_room_counts_but_is_not_shared(caplog: pytest.LogCaptureFixture) -> None:
    area = ValueArea(64)
    first, second = area.value(b"first"), area.value(b"second")
    third = area.value(b"third")
    for value in (first, second, third):
        value.inc(1)
    assert third.get() == 1
    assert dict(area.items()) == {b"first": 1.0, b"second": 1.0}
    assert "the shared memory for metrics is full: third" in caplog.text


def test_an_entry_whose_writer_was_killed_is_not_read_and_is_written_over() -> None:
    area = ValueArea(1024)
    area.value(b"a").inc(1)
    end = area._words[0]
    area.value(b"half")
    area._words[0] = end  # as it is until an entry is complete
    assert dict(area.items()) == {b"a": 1.0}
    run_in_child(lambda: area.value(b"b").inc(2))
    assert dict(area.items()) == {b"a": 1.0, b"b": 2.0}


def test_a_series_is_read_back_from_its_key() -> None:
    series = Series("gauge", "name", 'Help, with "quotes".', "name", {"a": "é"}, highest=True)
    assert Series.from_key(series.key()) == series
