"""Storage by its address."""

import re
from pathlib import Path

from vocalbaby.cloud.folder import FolderStorage
from vocalbaby.cloud.storage import Storage
from vocalbaby.exception import StorageError

__all__ = ["open_storage"]


def open_storage(url: str | Path) -> Storage:
    """Open a storage by its address.

    Args:
        url: ``s3://bucket/prefix``, or the path of a folder, which need not exist.
            Credentials, region and endpoint of S3 are those of the AWS SDK
            (``AWS_PROFILE``, ``AWS_REGION``, ``AWS_ENDPOINT_URL`` ...).

    Raises:
        StorageError: The address is of another kind.
    """
    text = str(url)
    if isinstance(url, str) and text.startswith("s3://"):
        from vocalbaby.cloud.s3 import S3Storage  # noqa: PLC0415 - boto3 is slow to import

        bucket, _, prefix = text.removeprefix("s3://").partition("/")
        return S3Storage(bucket, prefix)
    if isinstance(url, str) and re.match(r"[a-z][a-z0-9+.-]*://", text):
        raise StorageError(
            f"{text} is not an address of a storage.", hint="Use s3://bucket/prefix or a folder."
        )
    return FolderStorage(Path(text))
