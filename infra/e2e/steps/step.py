"""A step of the deployment test."""

from collections.abc import Callable
from typing import NamedTuple

from infra.e2e.session import Session

__all__ = ["Step"]


class Step(NamedTuple):
    """A title, which is printed, and the function that does the work."""

    title: str
    run: Callable[[Session], None]
