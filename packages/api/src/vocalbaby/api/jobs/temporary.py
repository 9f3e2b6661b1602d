"""A temporary folder of jobs, for a service without ``--job-folder``."""

import os
import secrets
import shutil
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Final

from vocalbaby.api.settings import Settings

__all__ = ["temporary_spool"]

_PREFIX: Final = "vocalbaby-jobs-"
#: Longest time to remove the folder while a process of a job that was killed still writes to it.
_REMOVE_S: Final = 2.0


@contextmanager
def temporary_spool(settings: Settings) -> Iterator[Settings]:
    """Settings with a folder of jobs: a temporary one, removed at the end, if none is set.

    The folder itself is made when the first job arrives. Those of services that were killed are
    removed.
    """
    if settings.job_folder is not None:
        yield settings
        return
    try:
        place = Path(tempfile.gettempdir())
    except OSError:  # the disk is full: the service works without jobs
        yield settings
        return
    for path in place.glob(f"{_PREFIX}*-*"):
        with suppress(OSError, ValueError):
            pid = int(path.name.removeprefix(_PREFIX).split("-")[0])
            if path.stat().st_uid == os.getuid() and (pid == os.getpid() or not _runs(pid)):
                shutil.rmtree(path, ignore_errors=True)
    folder = place / f"{_PREFIX}{os.getpid()}-{secrets.token_hex(8)}"
    try:
        yield settings.model_copy(update={"job_folder": str(folder)})
    finally:
        end = time.monotonic() + _REMOVE_S
        shutil.rmtree(folder, ignore_errors=True)
        while folder.exists() and time.monotonic() < end:  # the process of a job just ends
            time.sleep(0.02)
            shutil.rmtree(folder, ignore_errors=True)


def _runs(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True
