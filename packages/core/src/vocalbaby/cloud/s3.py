"""Storage in an S3 bucket, with its conditional writes."""

import io
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

from vocalbaby.cloud.ranges import buffered
from vocalbaby.cloud.storage import MAX_BYTES, Stored, check_key, check_size
from vocalbaby.exception import DataNotFoundError, StorageError
from vocalbaby.utils.extras import needs_extra

with needs_extra("s3"):
    import boto3
    from botocore.config import Config
    from botocore.exceptions import BotoCoreError, ClientError
    from botocore.parsers import ResponseParserError
    from urllib3.exceptions import HTTPError

__all__ = ["S3Storage"]

_ABSENT: Final = ("NoSuchKey", "404", "NotFound")
_UNMET: Final = ("PreconditionFailed", "412")
#: Error codes of concurrent conditional writes, which can be retried.
_CONFLICT: Final = ("ConditionalRequestConflict", "409", "OperationAborted")
#: What the SDK raises; the last four are for responses that are not those of S3.
_FAULTS: Final = (
    BotoCoreError,
    ClientError,
    HTTPError,
    ResponseParserError,
    KeyError,
    TypeError,
    ValueError,
)
_TRIES: Final = 5
_PAGE: Final = 1000
_PIECE: Final = 2**20


class S3Storage:
    """Storage in an S3 bucket, as `vocalbaby.cloud.storage.Storage` describes it.

    Writes are conditional (``If-None-Match``, ``If-Match``), so that several writers need no lock.

    Args:
        bucket: Name of the bucket.
        prefix: Prepended to every key; may be empty.
        seconds: Most time for an object to arrive; None for any.

    Raises:
        StorageError: The bucket has no name, or the SDK is not configured.

    Examples:
        >>> S3Storage("", "models")
        Traceback (most recent call last):
        vocalbaby.exception.StorageError: The s3:// address has no bucket. Use s3://bucket/prefix.
    """

    def __init__(self, bucket: str, prefix: str = "", *, seconds: float | None = None) -> None:
        self.bucket = bucket
        self.prefix = f"{check_key(prefix.strip('/'))}/" if prefix.strip("/") else ""
        self._seconds = seconds
        if not bucket:
            raise StorageError("The s3:// address has no bucket.", hint="Use s3://bucket/prefix.")
        limits = Config(
            connect_timeout=5, read_timeout=30, retries={"mode": "standard", "max_attempts": 3}
        )
        with self._reported():
            self._client: Any = boto3.client("s3", config=limits)

    def __str__(self) -> str:
        return f"s3://{self.bucket}/{self.prefix}"

    def get(self, key: str, *, max_bytes: int = MAX_BYTES) -> Stored | None:
        """Return an object, or None when there is none.

        Args:
            key: Key of the object.
            max_bytes: Refuse a larger one, without reading more than this.
        """
        with self._reported():
            try:
                answer = self._client.get_object(**self._at(key))
            except ClientError as error:
                if _code(error) in _ABSENT:
                    return None
                raise
            data = b"".join(self._body(answer, key, max_bytes))
            return Stored(data, answer["ETag"])

    def fetch(self, key: str, path: Path, *, max_bytes: int) -> None:
        """Write an object of any size and any key to a file.

        Args:
            key: Key of the object.
            path: The file.
            max_bytes: Refuse a larger one, without reading more than this.

        Raises:
            DataNotFoundError: There is no such object.
            StorageError: It is too large, or S3 does not answer.
        """
        with self._reported():
            with self._found(key):
                answer = self._client.get_object(Bucket=self.bucket, Key=self.prefix + key)
            with path.open("wb") as file:
                file.writelines(self._body(answer, key, max_bytes))

    def head(self, key: str) -> tuple[int, str]:
        """Return the size in bytes and the entity tag of an object of any key.

        Args:
            key: Key of the object.

        Raises:
            DataNotFoundError: There is no such object.
            StorageError: S3 does not answer.
        """
        with self._reported(), self._found(key):
            answer = self._client.head_object(Bucket=self.bucket, Key=self.prefix + key)
        return answer["ContentLength"], answer["ETag"].strip('"')

    def open(self, key: str) -> io.BufferedReader:
        """Open an object of any size and any key, of which ranges are read on demand.

        The object must not change while it is read.

        Args:
            key: Key of the object.

        Returns:
            A binary stream that can seek.

        Raises:
            DataNotFoundError: There is no such object.
            StorageError: S3 does not answer, or the object has changed.
        """
        size, tag = self.head(key)

        def fetch(start: int, length: int) -> bytes:
            with self._reported(), self._found(key):
                answer = self._client.get_object(
                    Bucket=self.bucket,
                    Key=self.prefix + key,
                    Range=f"bytes={start}-{start + length - 1}",
                    IfMatch=f'"{tag}"',
                )
            return b"".join(self._body(answer, key, length))

        return buffered(fetch, size)

    def sizes(self, prefix: str = "") -> dict[str, int]:
        """Return the sizes in bytes of all objects whose keys begin with a prefix.

        Args:
            prefix: Begin of the keys; empty for all.
        """
        with self._reported():
            return {
                item["Key"].removeprefix(self.prefix): item["Size"] for item in self._items(prefix)
            }

    def exists(self, key: str) -> bool:
        """Whether there is an object.

        Args:
            key: Key of the object.
        """
        with self._reported():
            try:
                self._client.head_object(**self._at(key))
            except ClientError as error:
                if _code(error) in _ABSENT:
                    return False
                raise
        return True

    def put_if_absent(self, key: str, data: bytes) -> bool:
        """Write an object that does not exist yet.

        Args:
            key: Key of the object.
            data: Its bytes.

        Returns:
            True if it was written.
        """
        return self._put(key, data, IfNoneMatch="*")

    def replace(self, key: str, data: bytes, *, tag: str | None = None) -> bool:
        """Replace an object, or write a new one.

        Args:
            key: Key of the object.
            data: The new bytes.
            tag: Write only if the object still has this tag.

        Returns:
            False if the object was changed or removed since ``tag``; nothing is written.
        """
        return self._put(key, data, **({} if tag is None else {"IfMatch": tag}))

    def delete(self, key: str) -> None:
        """Remove an object, if there is one.

        Args:
            key: Key of the object.
        """
        with self._reported():
            self._client.delete_object(**self._at(key))

    def list(self, prefix: str = "") -> list[str]:
        """Return all keys that begin with a prefix, sorted.

        Args:
            prefix: Begin of the keys; empty for all.
        """
        return sorted(self.sizes(prefix))

    def _items(self, prefix: str) -> Iterator[Mapping[str, Any]]:
        pages = self._client.get_paginator("list_objects_v2").paginate(
            Bucket=self.bucket,
            Prefix=self.prefix + prefix,
            PaginationConfig={"PageSize": _PAGE},
        )
        for page in pages:
            yield from page.get("Contents", ())

    @contextmanager
    def _found(self, key: str) -> Iterator[None]:
        """Report an object that does not exist."""
        try:
            yield
        except ClientError as error:
            if _code(error) not in _ABSENT:
                raise
            raise DataNotFoundError(
                f"There is no s3://{self.bucket}/{self.prefix}{key}.", hint="Check its name."
            ) from error

    def _put(self, key: str, data: bytes, **condition: str) -> bool:
        for attempt in range(_TRIES):
            with self._reported():
                try:
                    self._client.put_object(**self._at(key), Body=data, **condition)
                except ClientError as error:
                    if _code(error) in _UNMET or (_code(error) in _ABSENT and condition):
                        return False
                    if _code(error) not in _CONFLICT or attempt == _TRIES - 1:
                        raise
                else:
                    return True
            time.sleep(0.05 * 2**attempt)
        raise AssertionError("the last attempt returns or raises")

    def _at(self, key: str) -> dict[str, str]:
        return {"Bucket": self.bucket, "Key": self.prefix + check_key(key)}

    def _body(self, answer: Mapping[str, Any], key: str, max_bytes: int) -> Iterator[bytes]:
        """Read an object piece by piece, whatever length its head claims."""
        where, size = f"{key} in {self}", 0
        claimed = answer.get("ContentLength")
        check_size(where, claimed or 0, max_bytes)
        until = None if self._seconds is None else time.monotonic() + self._seconds
        with answer["Body"] as stream:
            # Returns what has arrived, where read() waits for all bytes, however slowly they come.
            read = getattr(stream, "read1", stream.read)
            while piece := read(_PIECE):
                size += len(piece)
                check_size(where, size, max_bytes)
                yield piece
                if until is not None and time.monotonic() > until:
                    raise StorageError(f"{where} did not arrive within {self._seconds:g} s.")
        if claimed is not None and size != claimed:
            raise StorageError(f"{where} ended after {size} of {claimed} bytes.", hint="Try again.")

    @contextmanager
    def _reported(self) -> Iterator[None]:
        try:
            yield
        except _FAULTS as error:
            raise StorageError(
                f"A request to s3://{self.bucket} failed: {error}.",
                hint="Check the bucket's name, region and permissions, and AWS_ENDPOINT_URL.",
            ) from error


def _code(error: ClientError) -> str:
    return str(error.response.get("Error", {}).get("Code", ""))
