"""The start and the child of a recording by LENA's file, on a disk or in a bucket."""

from pathlib import Path, PurePosixPath

from vocalbaby import annotations
from vocalbaby.commands.recordings.metadata import Metadata
from vocalbaby.corpus.archive.sources import open_source

__all__ = ["its_metadata"]


def its_metadata(url: str) -> Metadata:
    """Read clock and child of an ``.its`` file.

    Args:
        url: Path of the file, or ``s3://bucket/key``.

    Raises:
        DataNotFoundError: There is no such file or object.
        DataError: The file is damaged.
        StorageError: S3 does not answer.
    """
    with open_source(url) as source:
        data = source.read_bytes() if isinstance(source, Path) else source.read()
    (timeline,) = annotations.parse(data, "its", PurePosixPath(url).name)
    return Metadata(clock=timeline.clock_start, child=timeline.child)
