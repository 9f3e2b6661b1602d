"""Helpers of several test modules."""

import time
from collections.abc import Callable


def wait_until(condition: Callable[[], object], seconds: float = 20) -> None:
    """Return once the condition holds; fail if it does not within the time."""
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end, f"the condition was not met within {seconds} s"
        time.sleep(0.02)
