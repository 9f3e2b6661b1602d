"""The sound of a recording of an archive: a file, or ranges of an object in S3."""

import hashlib
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO, Final

from vocalbaby.exception import DataNotFoundError, FileError

if TYPE_CHECKING:
    from vocalbaby.cloud.s3 import S3Storage

__all__ = ["content_of", "open_source", "quick_identity"]

#: Bytes at the begin, in the middle and at the end of a file that distinguish it from others.
_PART: Final = 2**16

_S3: Final = "s3://"


def quick_identity(url: str, *, with_time: bool = True) -> str:
    """Return what is known of a recording without reading all of it; it changes with the content.

    That of a file has its size, its time of modification and a checksum of parts of it; that of an
    object in S3 has its size and its entity tag.

    Args:
        url: Path of the file, or ``s3://bucket/key``.
        with_time: Whether the time of modification is a part of it, which copies do not keep.

    Raises:
        DataNotFoundError: There is no such file or object.
        FileError: The file cannot be read.
        StorageError: S3 does not answer.
    """
    if url.startswith(_S3):
        size, tag = _object(url)
        return f"{size} bytes, tag {tag}"
    try:
        status = Path(url).stat()
        digest = hashlib.sha256()
        with Path(url).open("rb") as stream:
            for start in (0, status.st_size // 2, max(0, status.st_size - _PART)):
                stream.seek(start)
                digest.update(stream.read(_PART))
    except FileNotFoundError:
        raise DataNotFoundError(f"There is no file {url}.", hint="Check the archive.") from None
    except (OSError, ValueError) as error:
        raise FileError(f"{url} cannot be read: {error}.", hint="Check its permissions.") from error
    time = f" modified {status.st_mtime_ns} ns," if with_time else ""
    return f"{status.st_size} bytes,{time} parts {digest.hexdigest()[:16]}"


def content_of(url: str) -> str:
    """Return the checksum of a recording: SHA-256 of a file, the entity tag of an object in S3.

    Args:
        url: Path of the file, or ``s3://bucket/key``.

    Raises:
        DataNotFoundError: There is no such object.
        FileError: The file cannot be read.
        StorageError: S3 does not answer.
    """
    if url.startswith(_S3):
        return f"etag:{_object(url)[1]}"
    try:
        with Path(url).open("rb") as stream:
            return f"sha256:{hashlib.file_digest(stream, 'sha256').hexdigest()}"
    except OSError as error:
        raise FileError(f"{url} cannot be read: {error}.", hint="Check its permissions.") from error


@contextmanager
def open_source(url: str) -> Iterator[Path | BinaryIO]:
    """Open a recording for `vocalbaby.inference.segment`.

    An object in S3 is read in ranges as decoding needs them; nothing is copied to the disk.

    Args:
        url: Path of the file, or ``s3://bucket/key``.

    Yields:
        The path, or a binary stream that can seek.

    Raises:
        DataNotFoundError: There is no such object.
        StorageError: S3 does not answer.
    """
    if not url.startswith(_S3):
        yield Path(url)
        return
    bucket, _, key = url.removeprefix(_S3).partition("/")
    with _bucket(bucket).open(key) as stream:
        yield stream


def _object(url: str) -> tuple[int, str]:
    bucket, _, key = url.removeprefix(_S3).partition("/")
    return _bucket(bucket).head(key)


@cache
def _bucket(name: str) -> "S3Storage":
    """Open a bucket once in each process: the SDK reads its own descriptions for each client."""
    from vocalbaby.cloud.s3 import S3Storage  # noqa: PLC0415 - of the extra s3

    return S3Storage(name)
