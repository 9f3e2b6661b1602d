"""Finds the recordings of an archive."""

from vocalbaby.corpus.archive.buckets import list_bucket
from vocalbaby.corpus.archive.folders import list_archive_folder
from vocalbaby.corpus.archive.recordings import Archive

__all__ = ["open_archive"]


def open_archive(url: str, *, recursive: bool = True) -> Archive:
    """Find the recordings of a folder, a ChildProject folder or a bucket, with their metadata.

    Every file is a recording, or is listed with the reason why it is passed over, by the rules of
    ``vocalbaby segment``. A folder or prefix with ``metadata/recordings.csv`` has the layout of
    ChildProject: recordings that its table lists and that are missing are listed as lost.

    Args:
        url: The folder, or ``s3://bucket/prefix``.
        recursive: Whether to search subfolders; in the layout of ChildProject they always are.

    Returns:
        The recordings in the order of their names; no two have the same ``recording_id``.

    Raises:
        DataError: The tables of a ChildProject folder are damaged.
        StorageError: S3 does not answer, or refuses access.
        MissingExtraError: The address is of S3, and the extra ``s3`` is not installed.

    Examples:
        >>> from pathlib import Path
        >>> import numpy as np
        >>> from vocalbaby.audio import write_wav
        >>> Path("days/c07").mkdir(parents=True)
        >>> write_wav(Path("days/c07/day1.wav"), np.zeros(16_000, np.float32), 16_000)
        >>> [(each.recording_id, each.reason) for each in open_archive("days").recordings]
        [('c07/day1', '')]
    """
    found = list_bucket if url.startswith("s3://") else list_archive_folder
    return Archive(url, tuple(found(url, recursive=recursive)))
