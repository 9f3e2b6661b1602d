import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from botocore.exceptions import ClientError

from vocalbaby.cloud.folder import FolderStorage
from vocalbaby.cloud.opening import open_storage
from vocalbaby.cloud.s3 import S3Storage
from vocalbaby.cloud.storage import Storage
from vocalbaby.exception import DataNotFoundError, StorageError


@pytest.fixture(params=["folder", "s3"])
def storage(request: pytest.FixtureRequest, tmp_path: Path, bucket: str) -> Storage:
    if request.param == "folder":
        return open_storage(tmp_path / "store")
    return open_storage(f"s3://{bucket}/{tmp_path.name}/team/")


class TestParity:
    """Behaviour that a folder and S3 have in common."""

    def test_a_missing_object_is_none(self, storage: Storage) -> None:
        assert storage.get("a/b") is None
        assert storage.get("a") is None
        assert not storage.exists("a/b")
        assert storage.list() == []

    def test_an_object_beyond_the_limit_is_refused(self, storage: Storage) -> None:
        storage.replace("x", b"12345")
        stored = storage.get("x", max_bytes=5)
        assert stored is not None
        assert stored.data == b"12345"
        with pytest.raises(StorageError, match=r"x in .* has more than 4 bytes"):
            storage.get("x", max_bytes=4)

    def test_only_the_first_write_creates_an_object(self, storage: Storage) -> None:
        assert storage.put_if_absent("a/b.zip", b"first")
        assert not storage.put_if_absent("a/b.zip", b"second")
        stored = storage.get("a/b.zip")
        assert stored is not None
        assert stored.data == b"first"
        assert storage.exists("a/b.zip")
        assert storage.get("a") is None
        assert not storage.exists("a")

    def test_an_object_can_be_replaced(self, storage: Storage) -> None:
        assert storage.replace("x", b"1")
        assert storage.replace("x", b"")
        stored = storage.get("x")
        assert stored is not None
        assert stored.data == b""

    def test_an_object_is_replaced_only_if_unchanged(self, storage: Storage) -> None:
        storage.replace("x", b"1")
        seen = storage.get("x")
        assert seen is not None
        assert storage.replace("x", b"2", tag=seen.tag)
        assert not storage.replace("x", b"3", tag=seen.tag)
        now = storage.get("x")
        assert now is not None
        assert now.data == b"2"
        assert not storage.replace("never", b"1", tag=seen.tag)
        assert storage.get("never") is None

    def test_an_object_can_be_deleted(self, storage: Storage) -> None:
        for key in ("a/b/x", "a/b/y", "a/z"):
            storage.replace(key, b"1")
        for key in ("a/b/x", "a/b/x", "a/b/none", "a/z/none", "a/b/y"):
            storage.delete(key)
        assert storage.list() == ["a/z"]
        assert storage.get("a/b/y") is None
        storage.delete("a/z")
        storage.replace("a/b/x", b"2")
        assert storage.list() == ["a/b/x"]
        with pytest.raises(StorageError, match="not a storage key"):
            storage.delete("../x")

    def test_objects_are_listed_by_prefix(self, storage: Storage) -> None:
        for key in ("models/b/z", "models/a/z", "models2/a", "channels/p.json"):
            storage.put_if_absent(key, b"")
        assert storage.list("models/") == ["models/a/z", "models/b/z"]
        assert storage.list("models") == ["models/a/z", "models/b/z", "models2/a"]
        assert len(storage.list()) == 4

    @pytest.mark.parametrize("key", ["", "/a", "../a", "a/../b", "a//b", "a/", ".a", "a/.b", "a\n"])
    def test_rejects_keys_that_are_not_plain(self, storage: Storage, key: str) -> None:
        for call in (storage.get, storage.exists, lambda k: storage.put_if_absent(k, b"")):
            with pytest.raises(StorageError, match="key"):
                call(key)

    def test_a_storage_is_printed_as_its_address(self, storage: Storage) -> None:
        assert "store" in str(storage) or str(storage).startswith("s3://models-bucket/")


def test_exactly_one_of_many_writers_succeeds(tmp_path: Path) -> None:
    storage = FolderStorage(tmp_path)
    with ThreadPoolExecutor(16) as pool:
        won = list(pool.map(lambda i: storage.put_if_absent("m/x", bytes([i]) * 9999), range(64)))
    assert won.count(True) == 1
    stored = storage.get("m/x")
    assert stored is not None
    assert stored.data == bytes([won.index(True)]) * 9999
    assert [path.name for path in (tmp_path / "m").iterdir()] == ["x"]


def test_no_conditional_replacement_is_lost(tmp_path: Path) -> None:
    storage = FolderStorage(tmp_path)
    storage.replace("n", b"0")

    def add_one(_: int) -> None:
        while True:
            seen = storage.get("n")
            assert seen is not None
            if storage.replace("n", str(int(seen.data) + 1).encode(), tag=seen.tag):
                return

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(add_one, range(60)))
    stored = storage.get("n")
    assert stored is not None
    assert stored.data == b"60"


def test_an_unwritable_folder_is_an_error(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way", encoding="utf-8")
    with pytest.raises(StorageError, match="cannot be used"):
        FolderStorage(tmp_path / "file").put_if_absent("a", b"")


def test_long_lists_are_complete(bucket: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("vocalbaby.cloud.s3._PAGE", 2)
    storage = open_storage(f"s3://{bucket}/p")
    for i in range(5):
        storage.replace(f"k/{i}", b"")
    assert storage.list("k/") == [f"k/{i}" for i in range(5)]


def test_a_bucket_needs_no_prefix(bucket: str) -> None:
    open_storage(f"s3://{bucket}").put_if_absent("top/a", b"1")
    assert open_storage(f"s3://{bucket}/top").list() == ["a"]
    assert open_storage(f"s3://{bucket}/").list("top/") == ["top/a"]


class Stubborn:
    """A client whose first conditional writes conflict with other writes."""

    def __init__(self, code: str, failures: int) -> None:
        self.code = code
        self.failures = failures

    def put_object(self, **_: object) -> None:
        self.failures -= 1
        if self.failures >= 0:
            raise ClientError({"Error": {"Code": self.code}}, "PutObject")


@pytest.mark.parametrize(
    ("code", "failures", "outcome"),
    [
        ("ConditionalRequestConflict", 2, "True"),
        ("PreconditionFailed", 1, "False"),
        ("ConditionalRequestConflict", 99, "error"),
        ("AccessDenied", 99, "error"),
    ],
)
def test_s3_conflicts_are_retried(
    bucket: str,
    monkeypatch: pytest.MonkeyPatch,
    code: str,
    failures: int,
    outcome: str,
) -> None:
    storage = S3Storage(bucket)
    monkeypatch.setattr(storage, "_client", Stubborn(code, failures))
    monkeypatch.setattr("vocalbaby.cloud.s3.time.sleep", lambda _: None)
    if outcome == "error":
        with pytest.raises(StorageError, match=code):
            storage.put_if_absent("a", b"")
    else:
        assert str(storage.put_if_absent("a", b"")) == outcome


@pytest.mark.usefixtures("bucket")
def test_a_missing_bucket_is_an_error() -> None:
    storage = open_storage("s3://another-bucket/x")
    for call in (
        lambda: storage.get("a"),
        lambda: storage.put_if_absent("a", b""),
        storage.list,
    ):
        with pytest.raises(StorageError, match="NoSuchBucket"):
            call()


@pytest.mark.parametrize(
    "url", ["gs://bucket", "https://bucket", "s3://", "s3:///x", "s3://b/../c"]
)
@pytest.mark.usefixtures("bucket")
def test_other_addresses_are_refused(url: str) -> None:
    with pytest.raises(StorageError):
        open_storage(url)


def test_a_folder_does_not_load_the_aws_sdk(tmp_path: Path) -> None:
    code = f"import sys, vocalbaby.cloud.opening as s; s.open_storage({str(tmp_path)!r})"
    loaded = subprocess.run(
        [sys.executable, "-c", f"{code}; print(*sys.modules)"],
        capture_output=True,
        text=True,
        check=True,
        timeout=60,
    ).stdout.split()
    assert "boto3" not in loaded
    assert "vocalbaby.cloud.folder" in loaded


def test_an_object_of_any_key_is_written_to_a_file(bucket: str, tmp_path: Path) -> None:
    storage = S3Storage(bucket)
    data = bytes(range(256)) * 10_000
    storage._client.put_object(Bucket=bucket, Key="day 1/ü.wav", Body=data)
    storage.fetch("day 1/ü.wav", tmp_path / "file", max_bytes=len(data))
    assert (tmp_path / "file").read_bytes() == data
    with pytest.raises(StorageError, match="has more than 10 bytes"):
        storage.fetch("day 1/ü.wav", tmp_path / "file", max_bytes=10)
    with pytest.raises(DataNotFoundError, match="There is no s3://"):
        storage.fetch("none", tmp_path / "file", max_bytes=10)
