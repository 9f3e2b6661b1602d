"""An operation that makes every mistake that a sweep looks for."""

import os
from pathlib import Path
from typing import Final

from tests.fault_injection.sweeping import Scenario
from vocalbaby.exception import StorageError

__all__ = ["SCENARIOS"]

_TEXT: Final = b"text" * 9000


def _careless(folder: Path) -> None:
    descriptor = os.open(folder / "x", os.O_WRONLY | os.O_CREAT)
    try:
        os.write(descriptor, _TEXT)  # may write less
        os.fsync(descriptor)
    except OSError as error:
        raise StorageError(f"{folder} cannot be used.") from error
    os.close(descriptor)
    (folder / "x").rename(folder / "y")


def _state(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in folder.iterdir()}


SCENARIOS: Final = {"careless": Scenario(_careless, _state, (StorageError,))}
