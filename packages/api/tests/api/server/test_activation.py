"""Which sockets of systemd are accepted."""

import os
import socket
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from vocalbaby.api.server import activation
from vocalbaby.api.server.activation import inherited_socket
from vocalbaby.exception import ConfigError

#: Passes a socket on as systemd does.
Pass = Callable[..., None]


@pytest.fixture
def pass_on(monkeypatch: pytest.MonkeyPatch) -> Iterator[Pass]:
    opened: list[socket.socket] = []

    def start(passed: socket.socket, count: str = "1", pid: int | None = None) -> None:
        opened.append(passed)
        monkeypatch.setattr(activation, "_FIRST", os.dup(passed.fileno()))
        monkeypatch.setenv("LISTEN_FDS", count)
        monkeypatch.setenv("LISTEN_PID", str(os.getpid() if pid is None else pid))

    yield start
    for one in opened:
        one.close()


def test_a_listening_socket_is_taken_once(pass_on: Pass) -> None:
    listener = socket.create_server(("127.0.0.1", 0))
    pass_on(listener)
    inherited = inherited_socket()
    assert inherited is not None
    with inherited:
        assert inherited.getsockname() == listener.getsockname()
        assert not inherited.get_inheritable()
    assert inherited_socket() is None
    assert "LISTEN_FDS" not in os.environ


def test_a_socket_of_another_process_is_not_taken(pass_on: Pass) -> None:
    pass_on(socket.create_server(("127.0.0.1", 0)), pid=1)
    assert inherited_socket() is None


@pytest.mark.parametrize("kind", ["two", "none", "UNIX", "not listening", "UDP"])
def test_other_sockets_are_refused(pass_on: Pass, tmp_path: Path, kind: str) -> None:
    if kind == "UNIX":
        listener = socket.socket(socket.AF_UNIX)
        listener.bind(str(tmp_path / "socket"))
        listener.listen()
    elif kind == "UDP":
        listener = socket.socket(type=socket.SOCK_DGRAM)
    elif kind == "not listening":
        listener = socket.socket()
    else:
        listener = socket.create_server(("127.0.0.1", 0))
    pass_on(listener, count={"two": "2", "none": ""}.get(kind, "1"))
    with pytest.raises(ConfigError, match="one TCP socket"):
        inherited_socket()
