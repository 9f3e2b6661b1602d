"""Storage by its address."""

import re
from pathlib import Path

from vocalbaby.cloud.folder import FolderStorage
from vocalbaby.cloud.storage import Storage
from vocalbaby.cloud.timed import TimedStorage
from vocalbaby.exception import StorageError

__all__ = ["open_storage"]


def open_storage(url: str | Path, *, seconds: float | None = None) -> Storage:
    """Open a storage by its address.

    Args:
        url: ``s3://bucket/prefix``, or the path of a folder, which need not exist.
            Credentials, region and endpoint of S3 are those of the AWS SDK
            (``AWS_PROFILE``, ``AWS_REGION``, ``AWS_ENDPOINT_URL`` ...).
        seconds: Most time for each call; None for any.

    Returns:
        The storage.

    Raises:
        StorageError: The address is of another kind.
        MissingExtraError: The address is of S3, and the extra ``s3`` is not installed.

    Examples:
        >>> storage = open_storage("models")
        >>> storage.put_if_absent("notes/today.txt", b"text"), storage.list()
        (True, ['notes/today.txt'])
        >>> open_storage("ftp://example.org")
        Traceback (most recent call last):
        vocalbaby.exception.StorageError: ftp://example.org is not an address of a storage. ...
    """
    if seconds is not None:
        return TimedStorage(_open(url, seconds), seconds)
    return _open(url, None)


def _open(url: str | Path, seconds: float | None) -> Storage:
    text = str(url)
    if isinstance(url, str) and text.startswith("s3://"):
        from vocalbaby.cloud.s3 import S3Storage  # noqa: PLC0415 - boto3 is slow to import

        bucket, _, prefix = text.removeprefix("s3://").partition("/")
        return S3Storage(bucket, prefix, seconds=seconds)
    if isinstance(url, str) and re.match(r"[a-z][a-z0-9+.-]*://", text):
        raise StorageError(
            f"{text} is not an address of a storage.", hint="Use s3://bucket/prefix or a folder."
        )
    return FolderStorage(Path(text))
