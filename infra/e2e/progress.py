"""Prints steps and results with the seconds since the start."""

import sys
import time
from typing import TextIO

__all__ = ["Progress"]


class Progress:
    """Prints one line for each step and each result."""

    def __init__(self, stream: TextIO = sys.stdout) -> None:
        """Start counting the seconds.

        Args:
            stream: Where the lines are written.
        """
        self._stream = stream
        self._began = time.monotonic()

    def step(self, title: str) -> None:
        """Print the beginning of a step."""
        self._line(f"== {title}", before="\n")

    def report(self, result: str) -> None:
        """Print a result."""
        self._line(result)

    def failure(self, message: str) -> None:
        """Print why the test fails, to standard error."""
        self._line(f"FAILED: {message}", stream=sys.stderr)

    def _line(self, text: str, before: str = "", stream: TextIO | None = None) -> None:
        seconds = int(time.monotonic() - self._began)
        print(f"{before}{seconds:4d} s  {text}", file=stream or self._stream, flush=True)
