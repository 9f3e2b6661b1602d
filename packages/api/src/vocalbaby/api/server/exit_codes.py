"""Errors of the ``vocalbaby-serve`` process, and its exit code."""

import sys

from vocalbaby.exception import VocalBabyError
from vocalbaby.exception.table import outcome

__all__ = ["report"]


def report(error: VocalBabyError) -> int:
    """Write an error to stderr, in one line, and return its exit code."""
    sys.stderr.write(f"vocalbaby-serve: {error}\n")
    return outcome(error).exit_code
