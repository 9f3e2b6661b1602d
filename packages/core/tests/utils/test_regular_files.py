"""Only regular files are read, and no more of them than allowed."""

import os
import socket
from pathlib import Path
from unittest import mock

import pytest

from vocalbaby.utils.regular_files import LargeFileError, NotRegularError, read_regular


@pytest.mark.parametrize("size", [0, 1, 9, 10])
def test_a_file_within_the_limit_is_read_whole(tmp_path: Path, size: int) -> None:
    (tmp_path / "x").write_bytes(b"x" * size)
    assert read_regular(tmp_path / "x", limit=10) == b"x" * size


def test_a_larger_file_is_refused_or_cut(tmp_path: Path) -> None:
    with (tmp_path / "x").open("wb") as file:
        file.truncate(2**40)
    with pytest.raises(LargeFileError, match="It has more than 10 bytes"):
        read_regular(tmp_path / "x", limit=10)
    assert read_regular(tmp_path / "x", limit=10, cut=True) == bytes(11)


def test_fifos_sockets_and_devices_are_refused_at_once(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "fifo")
    (tmp_path / "link").symlink_to("fifo")
    with socket.socket(socket.AF_UNIX) as listening:
        listening.bind(str(tmp_path / "socket"))
        for path in (
            *(tmp_path / name for name in ("fifo", "link", "socket")),
            *(Path(name) for name in ("/dev/zero", "/dev/null", "/dev/tty", "/dev/stdin")),
        ):
            with pytest.raises((NotRegularError, FileNotFoundError), match=str(path)):
                read_regular(path, limit=10)


def test_a_path_that_becomes_a_fifo_before_it_is_opened_is_refused_at_once(
    tmp_path: Path,
) -> None:
    (tmp_path / "x").write_bytes(b"")
    regular = (tmp_path / "x").stat()
    os.mkfifo(tmp_path / "fifo")
    with mock.patch("os.stat", return_value=regular), pytest.raises(NotRegularError):
        read_regular(tmp_path / "fifo", limit=10)


def test_links_are_followed_and_folders_are_not_files(tmp_path: Path) -> None:
    (tmp_path / "..data").mkdir()
    (tmp_path / "..data" / "keys").write_bytes(b"x")
    (tmp_path / "keys").symlink_to("..data/keys")  # as Kubernetes mounts a secret
    assert read_regular(tmp_path / "keys", limit=10) == b"x"
    with pytest.raises(IsADirectoryError):
        read_regular(tmp_path / "..data", limit=10)
    with pytest.raises(FileNotFoundError):
        read_regular(tmp_path / "none", limit=10)


@pytest.mark.parametrize("change", ["grows", "shrinks", "is written"])
def test_a_file_that_changes_meanwhile_is_an_error(tmp_path: Path, change: str) -> None:
    path = tmp_path / "x"
    path.write_bytes(b"old text")
    fstat = os.fstat
    looks: list[int] = []

    def changing(descriptor: int) -> os.stat_result:
        status = fstat(descriptor)
        if not looks:
            path.write_bytes(
                {"grows": b"longer text", "shrinks": b"", "is written": b"new"}[change]
            )
            os.utime(path, ns=(0, status.st_mtime_ns + 1))
        looks.append(descriptor)
        return status

    with (
        mock.patch("os.fstat", changing),
        pytest.raises(OSError, match="It was changed while it was read"),
    ):
        read_regular(path, limit=100)
