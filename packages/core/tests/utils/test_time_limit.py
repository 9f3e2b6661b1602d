"""A call that hangs ends for its caller."""

import threading

import pytest

from vocalbaby.utils.time_limit import TimeLimit


def test_results_and_errors_pass_through() -> None:
    limit = TimeLimit(60.0)
    assert limit.call(lambda: "result") == "result"
    with pytest.raises(ZeroDivisionError):
        limit.call(lambda: 1 / 0)
    with pytest.raises(TimeoutError, match="of its own"):
        limit.call(_raise_timeout)


def _raise_timeout() -> None:
    raise TimeoutError("of its own")


def test_few_calls_are_left_behind_and_later_ones_work_again() -> None:
    limit, released = TimeLimit(0.01), threading.Event()
    for _ in range(4):
        with pytest.raises(TimeoutError, match=r"no response within 0\.01 s"):
            limit.call(released.wait)
    with pytest.raises(TimeoutError, match="no response to 4 earlier calls"):
        limit.call(released.wait)
    released.set()
    for thread in threading.enumerate():
        if thread.name == "time-limit":
            thread.join(10)
    limit.seconds = 60.0
    assert limit.call(lambda: 7) == 7


def test_without_a_further_thread_the_call_is_an_error(monkeypatch: pytest.MonkeyPatch) -> None:
    limit = TimeLimit(60.0)

    def start(_: threading.Thread) -> None:
        raise RuntimeError("can't start new thread")

    with monkeypatch.context() as patch:
        patch.setattr(threading.Thread, "start", start)
        for _ in range(9):
            with pytest.raises(OSError, match="no thread can be started"):
                limit.call(lambda: 7)
    assert limit.call(lambda: 7) == 7
