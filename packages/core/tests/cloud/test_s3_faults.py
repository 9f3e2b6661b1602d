"""Each fault of S3 is reported by each operation, and none is taken for an answer."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from botocore.exceptions import ClientError, EndpointConnectionError

from vocalbaby.cloud.s3 import S3Storage
from vocalbaby.exception import DataNotFoundError, StorageError

OPERATIONS: dict[str, Callable[[S3Storage], object]] = {
    "get": lambda storage: storage.get("a"),
    "exists": lambda storage: storage.exists("a"),
    "put_if_absent": lambda storage: storage.put_if_absent("a", b"1"),
    "replace": lambda storage: storage.replace("a", b"1"),
    "replace if unchanged": lambda storage: storage.replace("a", b"1", tag="t"),
    "delete": lambda storage: storage.delete("a"),
    "list": lambda storage: storage.list(),
    "fetch": lambda storage: storage.fetch("a", Path("file"), max_bytes=1),
}
#: What an operation returns, or raises, if S3 says that there is no such object.
ABSENT: dict[str, object] = {
    "get": None,
    "exists": False,
    "put_if_absent": False,
    "replace": StorageError,
    "replace if unchanged": False,
    "delete": StorageError,
    "list": StorageError,
    "fetch": DataNotFoundError,
}
DENIED = ("AccessDenied", "403", "InternalError", "SlowDown", "")


class Failing:
    """A client of which each call fails."""

    def __init__(self, error: Exception) -> None:
        self.error = error
        self.calls = 0

    def __getattr__(self, name: str) -> Callable[..., Any]:
        def call(*_: object, **__: object) -> None:
            self.calls += 1
            raise self.error

        return call


@pytest.fixture
def failing(bucket: str, monkeypatch: pytest.MonkeyPatch) -> Callable[[Exception], S3Storage]:
    monkeypatch.setattr("vocalbaby.cloud.s3.time.sleep", lambda _: None)

    def make(error: Exception) -> S3Storage:
        storage = S3Storage(bucket)
        monkeypatch.setattr(storage, "_client", Failing(error))
        return storage

    return make


def error(code: str) -> ClientError:
    return ClientError({"Error": {"Code": code}} if code else {}, "Operation")


@pytest.mark.parametrize("operation", OPERATIONS)
@pytest.mark.parametrize("code", DENIED)
def test_a_refusal_is_an_error(
    failing: Callable[[Exception], S3Storage], operation: str, code: str
) -> None:
    with pytest.raises(StorageError, match="A request to s3://models-bucket failed") as caught:
        OPERATIONS[operation](failing(error(code)))
    assert not isinstance(caught.value, DataNotFoundError)


@pytest.mark.parametrize("operation", OPERATIONS)
def test_no_connection_is_an_error(
    failing: Callable[[Exception], S3Storage], operation: str
) -> None:
    with pytest.raises(StorageError, match="Could not connect"):
        OPERATIONS[operation](failing(EndpointConnectionError(endpoint_url="http://s3")))


@pytest.mark.parametrize("operation", OPERATIONS)
@pytest.mark.parametrize("code", ["NoSuchKey", "404", "NotFound"])
def test_a_missing_object_is_no_fault_where_it_may_be_missing(
    failing: Callable[[Exception], S3Storage], operation: str, code: str
) -> None:
    expected, storage = ABSENT[operation], failing(error(code))
    if isinstance(expected, type) and issubclass(expected, Exception):
        with pytest.raises(expected):
            OPERATIONS[operation](storage)
    else:
        assert OPERATIONS[operation](storage) is expected


@pytest.mark.parametrize("code", ["ConditionalRequestConflict", "409", "OperationAborted"])
def test_a_conflict_is_tried_five_times_within_a_second(
    failing: Callable[[Exception], S3Storage], monkeypatch: pytest.MonkeyPatch, code: str
) -> None:
    waited: list[float] = []
    monkeypatch.setattr("vocalbaby.cloud.s3.time.sleep", waited.append)
    storage = failing(error(code))
    with pytest.raises(StorageError):
        storage.put_if_absent("a", b"1")
    assert storage._client.calls == 5
    assert waited == pytest.approx([0.05, 0.1, 0.2, 0.4])


@pytest.mark.parametrize("code", ["PreconditionFailed", "412"])
def test_a_condition_that_is_not_met_is_no_fault(
    failing: Callable[[Exception], S3Storage], code: str
) -> None:
    assert failing(error(code)).put_if_absent("a", b"1") is False
    assert failing(error(code)).replace("a", b"1", tag="t") is False


def test_a_file_of_exactly_the_limit_is_fetched(bucket: str, tmp_path: Path) -> None:
    storage = S3Storage(bucket)
    storage.replace("a", b"12345")
    storage.fetch("a", tmp_path / "a", max_bytes=5)
    assert (tmp_path / "a").read_bytes() == b"12345"
