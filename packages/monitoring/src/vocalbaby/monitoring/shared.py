"""Metrics of several worker processes, added up as if they were one.

Prometheus' multiprocess mode: every worker writes its values through to files, and whichever
is asked reads the files of all. A worker is known by its place among the others, not by its
process id, so one that is started again goes on counting where the dead one stopped.
"""

import os
from pathlib import Path
from typing import Final

from prometheus_client import CollectorRegistry, multiprocess, values

__all__ = ["are_several", "bury", "join", "merged", "publish", "published"]

#: The client library reads the folder from here.
_FOLDER: Final = "PROMETHEUS_MULTIPROC_DIR"


def join(folder: Path, worker: int) -> None:
    """Make this process one of several; before it makes its metrics.

    Args:
        folder: Where all workers keep their values; one for each start of the service.
        worker: This one's place, from 0.
    """
    os.environ[_FOLDER] = str(folder)
    values.ValueClass = values.MultiProcessValue(lambda: worker)


def are_several() -> bool:
    """Whether this process is one of several."""
    return _FOLDER in os.environ


def bury(folder: Path, worker: int) -> None:
    """Forget what only a living worker has, such as requests in flight; counts stay."""
    multiprocess.mark_process_dead(worker, str(folder))


def merged() -> CollectorRegistry | None:
    """The metrics of all workers; None where there is only this process."""
    folder = os.environ.get(_FOLDER)
    if folder is None:
        return None
    registry = CollectorRegistry()
    multiprocess.MultiProcessCollector(registry, folder)
    return registry


def publish(name: str, data: bytes) -> None:
    """Let every worker read this from now on, and nothing else under the name.

    Raises:
        OSError: The workers' folder refuses it.
    """
    folder = Path(os.environ[_FOLDER])
    scratch = folder / f"{name}.{os.getpid()}"
    scratch.write_bytes(data)
    scratch.replace(folder / name)


def published(name: str) -> bytes | None:
    """What some worker published last; None where none did, or where there is only this."""
    folder = os.environ.get(_FOLDER)
    if folder is None:
        return None
    try:
        return (Path(folder) / name).read_bytes()
    except FileNotFoundError:
        return None
