"""Storage in an S3 bucket, with its conditional writes."""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

import boto3
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError

from vocalbaby.cloud.storage import Stored, check_key, check_size
from vocalbaby.exception import DataNotFoundError, StorageError

__all__ = ["S3Storage"]

_ABSENT: Final = ("NoSuchKey", "404", "NotFound")
_UNMET: Final = ("PreconditionFailed", "412")
#: Error codes of concurrent conditional writes, which can be retried.
_CONFLICT: Final = ("ConditionalRequestConflict", "409", "OperationAborted")
_TRIES: Final = 5
_PAGE: Final = 1000


class S3Storage:
    """Storage in an S3 bucket; see :class:`vocalbaby.cloud.storage.Storage`.

    Args:
        bucket: Name of the bucket.
        prefix: Prepended to every key; may be empty.

    Raises:
        StorageError: The bucket has no name, or the SDK is not configured.
    """

    def __init__(self, bucket: str, prefix: str = "") -> None:
        self.bucket = bucket
        self.prefix = f"{check_key(prefix.strip('/'))}/" if prefix.strip("/") else ""
        if not bucket:
            raise StorageError("The s3:// address has no bucket.", hint="Use s3://bucket/prefix.")
        limits = Config(
            connect_timeout=5, read_timeout=30, retries={"mode": "standard", "max_attempts": 3}
        )
        with self._reported():
            self._client: Any = boto3.client("s3", config=limits)

    def __str__(self) -> str:
        return f"s3://{self.bucket}/{self.prefix}"

    def get(self, key: str, *, max_bytes: int | None = None) -> Stored | None:
        """Read an object."""
        with self._reported():
            try:
                answer = self._client.get_object(**self._at(key))
                check_size(key, answer["ContentLength"], max_bytes)
                return Stored(answer["Body"].read(), answer["ETag"])
            except ClientError as error:
                if _code(error) in _ABSENT:
                    return None
                raise

    def fetch(self, key: str, path: Path, *, max_bytes: int) -> None:
        """Write an object of any size and any key to a file.

        Args:
            key: Key of the object.
            path: The file.
            max_bytes: Refuse a larger one, without reading it.

        Raises:
            DataNotFoundError: There is no such object.
            StorageError: It is too large, or S3 does not answer.
        """
        with self._reported():
            try:
                answer = self._client.get_object(Bucket=self.bucket, Key=self.prefix + key)
            except ClientError as error:
                if _code(error) not in _ABSENT:
                    raise
                raise DataNotFoundError(
                    f"There is no s3://{self.bucket}/{self.prefix}{key}.", hint="Check its name."
                ) from error
            check_size(key, answer["ContentLength"], max_bytes)
            with path.open("wb") as file:
                for chunk in answer["Body"].iter_chunks(2**20):
                    file.write(chunk)

    def exists(self, key: str) -> bool:
        """Whether there is an object."""
        with self._reported():
            try:
                self._client.head_object(**self._at(key))
            except ClientError as error:
                if _code(error) in _ABSENT:
                    return False
                raise
        return True

    def put_if_absent(self, key: str, data: bytes) -> bool:
        """Write an object that does not exist yet."""
        return self._put(key, data, IfNoneMatch="*")

    def replace(self, key: str, data: bytes, *, tag: str | None = None) -> bool:
        """Replace an object, only if it still has ``tag`` where one is given."""
        return self._put(key, data, **({} if tag is None else {"IfMatch": tag}))

    def delete(self, key: str) -> None:
        """Remove an object."""
        with self._reported():
            self._client.delete_object(**self._at(key))

    def list(self, prefix: str = "") -> list[str]:
        """List keys."""
        with self._reported():
            pages = self._client.get_paginator("list_objects_v2").paginate(
                Bucket=self.bucket,
                Prefix=self.prefix + prefix,
                PaginationConfig={"PageSize": _PAGE},
            )
            keys = [item["Key"] for page in pages for item in page.get("Contents", ())]
        return sorted(key.removeprefix(self.prefix) for key in keys)

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

    @contextmanager
    def _reported(self) -> Iterator[None]:
        try:
            yield
        except (BotoCoreError, ClientError) as error:
            raise StorageError(
                f"A request to s3://{self.bucket} failed: {error}.",
                hint="Check the bucket's name, region and permissions, and AWS_ENDPOINT_URL.",
            ) from error


def _code(error: ClientError) -> str:
    return str(error.response.get("Error", {}).get("Code", ""))
