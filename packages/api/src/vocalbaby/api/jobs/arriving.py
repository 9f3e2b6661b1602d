"""A recording that arrives."""

import time
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Final

from vocalbaby.api.jobs.files import discard, replace_file
from vocalbaby.api.jobs.job import Job

__all__ = ["SIZE", "Arriving"]

#: A file in the folder of the recording: the size for which it was admitted.
SIZE: Final = "size"


@dataclass(frozen=True)
class Arriving:
    """A recording that arrives, in a folder with a lock that is held.

    Attributes:
        id: The id of its job.
        folder: Where its files are written.
        lock: The lock.
    """

    id: str
    folder: Path
    lock: IO[bytes] | None

    def finish(self, name: str, key: str | None, source: str | None) -> Job:
        """Make a job of it, which others see from now on.

        Args:
            name: Name of the recording.
            key: Name of the API key.
            source: Address of the recording, if it was not sent itself.
        """
        job = Job(id=self.id, name=name, key=key, created=time.time(), source=source)
        (self.folder / SIZE).unlink(missing_ok=True)
        replace_file(self.folder / "job.json", job.model_dump_json())
        self.folder.rename(self.folder.with_name(self.id))
        return job

    def close(self) -> None:
        """Remove what has arrived, unless it was finished."""
        if self.folder.exists():
            discard(self.folder)
        if self.lock is not None:
            self.lock.close()
