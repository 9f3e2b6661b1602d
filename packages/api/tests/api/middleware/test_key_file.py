"""The file of keys under faults: what cannot be read now is read later, and reported meanwhile."""

import errno
import os
import re
import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any
from unittest import mock

import pytest
from fastapi.testclient import TestClient
from prometheus_client import CollectorRegistry

from vocalbaby.api.app import create_app
from vocalbaby.api.middleware import key_file as module
from vocalbaby.api.middleware.key_file import KeyFile
from vocalbaby.api.middleware.keys import add_key, new_key
from vocalbaby.api.settings import Settings
from vocalbaby.exception import KeyFileError, KeyRefusedError, KeyRequiredError
from vocalbaby.monitoring.definitions import Factory
from vocalbaby.monitoring.key_metrics import KeyMetrics

MakeFake = Callable[..., Any]


class Kept:
    """A file of one key, and what follows it."""

    def __init__(self, folder: Path) -> None:
        self.path = folder / "keys.txt"
        self.key, self.line = new_key("lab")
        self.other, self.spare = new_key("spare")
        self.path.write_text(f"{self.line}\n{self.spare}\n")
        self.registry = CollectorRegistry()
        self.file = KeyFile(self.path, KeyMetrics(Factory(self.registry)))

    def poll(self, times: int = 2) -> None:
        for _ in range(times):
            self.file.poll()

    def revoke(self) -> None:
        self.path.write_text(f"{self.line} revoked\n{self.spare}\n")

    def is_accepted(self) -> bool:
        try:
            return self.file.check(self.key.encode()) == "lab"
        except (KeyRefusedError, KeyRequiredError):
            return False

    def value(self, name: str) -> float:
        found = self.registry.get_sample_value(f"vocalbaby_{name}")
        assert found is not None
        return found


@pytest.fixture
def kept(tmp_path: Path) -> Kept:
    return Kept(tmp_path)


@pytest.mark.parametrize(
    "code", [errno.EACCES, errno.EMFILE, errno.EIO, errno.ENOENT, errno.ESTALE, errno.ENOMEM]
)
@pytest.mark.parametrize("call", ["os.stat", "os.open", "os.fstat"])
def test_a_key_that_is_revoked_while_the_file_cannot_be_opened_is_refused_afterwards(
    kept: Kept, call: str, code: int
) -> None:
    kept.revoke()
    with mock.patch(call, side_effect=OSError(code, os.strerror(code))):
        kept.poll(3)
    assert kept.is_accepted()
    (fault,) = kept.file.faults()
    assert (fault.code, fault.version) == ("key_file_invalid", None)
    assert kept.value("keys_fault") == 1
    kept.poll()
    assert not kept.is_accepted()
    assert kept.file.faults() == ()
    assert kept.value("keys_fault") == 0


def test_the_age_of_the_keys_grows_while_the_file_is_missing(
    kept: Kept, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    now = time.monotonic()
    monkeypatch.setattr("time.monotonic", lambda: now)
    kept.poll()
    kept.path.rename(kept.path.with_name("away"))
    now += 100.0
    kept.poll()
    assert kept.value("keys_age_seconds") == pytest.approx(100.0)
    since = kept.file.faults()[0].since
    now += 100.0
    kept.poll()
    assert kept.value("keys_age_seconds") == pytest.approx(200.0)
    assert kept.file.faults()[0].since == since
    assert caplog.text.count("the API keys are not updated") == 1
    kept.path.with_name("away").rename(kept.path)
    kept.poll(1)
    assert kept.value("keys_age_seconds") == 0


def test_an_edit_that_changes_neither_times_nor_size_is_noticed(kept: Kept) -> None:
    before = kept.path.stat()
    _, other = new_key("lab")
    kept.path.write_text(f"{other}\n{kept.spare}\n")
    os.utime(kept.path, ns=(before.st_atime_ns, before.st_mtime_ns))
    after = kept.path.stat()
    assert (after.st_size, after.st_mtime_ns, after.st_ino) == (
        before.st_size,
        before.st_mtime_ns,
        before.st_ino,
    )
    kept.poll()
    assert not kept.is_accepted()


def test_a_file_that_is_being_written_is_not_used(kept: Kept) -> None:
    whole = kept.path.read_bytes()
    for length in range(len(whole)):
        kept.path.write_bytes(whole[:length])
        kept.poll(1)
        kept.path.write_bytes(whole)
        kept.poll(1)
        assert kept.is_accepted(), length
    assert kept.file.check(kept.other.encode()) == "spare"
    assert kept.file.faults() == ()


@pytest.mark.parametrize("kind", ["fifo", "device", "folder", "large", "not text", "missing"])
def test_what_is_not_a_file_of_keys_is_a_fault_and_never_waited_for(kept: Kept, kind: str) -> None:
    kept.path.unlink()
    if kind == "fifo":
        os.mkfifo(kept.path)
    elif kind == "device":
        kept.path.symlink_to("/dev/zero")
    elif kind == "folder":
        kept.path.mkdir()
    elif kind == "large":
        with kept.path.open("wb") as file:
            file.truncate(2**40)
    elif kind == "not text":
        kept.path.write_bytes(b"\xff\n")
    kept.poll()
    assert kept.is_accepted()
    assert len(kept.file.faults()) == 1
    with pytest.raises(KeyFileError, match=re.escape(str(kept.path))):
        KeyFile(kept.path)


def test_a_file_system_that_hangs_is_a_fault_and_delays_no_request(
    kept: Kept, monkeypatch: pytest.MonkeyPatch
) -> None:
    released = threading.Event()
    kept.file._limit.seconds = 0.05
    with monkeypatch.context() as patch:
        patch.setattr(module, "read_file", lambda _: released.wait())
        kept.poll(9)
        assert kept.is_accepted()
        assert len(kept.file.faults()) == 1
        released.set()
    kept.file._limit.seconds = 60.0
    for thread in threading.enumerate():
        if thread.name == "time-limit":
            thread.join(10)
    kept.revoke()
    kept.poll()
    assert not kept.is_accepted()
    assert kept.file.faults() == ()


def test_the_service_reports_that_keys_are_not_up_to_date(
    kept: Kept, fake: MakeFake, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "_POLL_SECONDS", 0.01)
    settings = Settings(keys_file=str(kept.path))
    with TestClient(create_app(settings, fake())) as client:
        wait_for(lambda: client.get("/ready").status_code == 200)
        assert client.get("/ready").json()["faults"] == []
        kept.path.write_text("half")
        wait_for(lambda: client.get("/ready").json()["faults"])
        (fault,) = client.get("/ready").json()["faults"]
        assert fault["code"] == "key_file_invalid"
        assert fault["title"] == "The file of API keys cannot be used"
        assert "vocalbaby_keys_fault 1.0" in client.get("/metrics").text
        kept.revoke()
        wait_for(lambda: not client.get("/ready").json()["faults"])
        answer = client.get("/model", headers={"x-api-key": kept.key})
        assert (answer.status_code, answer.json()["code"]) == (403, "key_refused")


def wait_for(condition: Callable[[], object]) -> None:
    until = time.monotonic() + 30
    while not condition():
        assert time.monotonic() < until
        time.sleep(0.01)


def test_keys_that_are_added_at_the_same_time_are_all_kept(tmp_path: Path) -> None:
    path = tmp_path / "keys.txt"
    lines = [new_key(f"client{i}")[1] for i in range(32)]
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda line: add_key(path, line), lines))
    assert sorted(path.read_text().splitlines()) == sorted(lines)
    assert [found.name for found in tmp_path.iterdir()] == ["keys.txt"]


def test_a_key_is_added_to_the_file_that_a_link_leads_to(tmp_path: Path) -> None:
    (tmp_path / "real").mkdir()
    (tmp_path / "keys.txt").symlink_to("real/keys.txt")
    for name in ("one", "two"):
        add_key(tmp_path / "keys.txt", new_key(name)[1])
    assert (tmp_path / "keys.txt").is_symlink()
    assert len((tmp_path / "real" / "keys.txt").read_text().splitlines()) == 2
