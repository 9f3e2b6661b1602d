"""Errors of the ``vocalbaby-serve`` process, and its exit code."""

import sys
from contextlib import suppress

from vocalbaby.exception import VocalBabyError
from vocalbaby.exception.table import outcome

__all__ = ["report"]


def report(error: VocalBabyError) -> int:
    """Write an error and what to do about it to stderr, and return its exit code."""
    lines = f"vocalbaby-serve: {error.message}", error.hint
    with suppress(OSError):  # of a full disk; the exit code is right without the message
        sys.stderr.write("".join(f"{line}\n" for line in lines if line))
    return outcome(error).exit_code
