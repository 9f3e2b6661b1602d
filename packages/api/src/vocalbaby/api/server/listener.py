"""The socket on which the service listens."""

import ctypes
import errno
import socket
import struct
import sys
from contextlib import suppress
from typing import Final

from vocalbaby.exception import ConfigError

__all__ = ["bind", "bound_unread", "refuse_connections"]

#: A filter of the Linux kernel (classic BPF) that drops TCP segments with SYN and without ACK:
#: load the flags, mask SYN and ACK, compare with SYN, accept nothing or everything.
_NO_SYN: Final = (
    (0x30, 0, 0, 13),
    (0x54, 0, 0, 0x12),
    (0x15, 0, 1, 0x02),
    (0x06, 0, 0, 0),
    (0x06, 0, 0, 0xFFFFFFFF),
)
_SO_ATTACH_FILTER: Final = 26

#: How much of a response the kernel holds for a client; Linux doubles it, for its own needs.
_SEND_BYTES: Final = 2**18


def bind(host: str, port: int, option: str = "--port") -> socket.socket:
    """A socket that listens on the address.

    Args:
        host: Address of this machine.
        port: Port; 0 picks a free one.
        option: The option that names the port, for the hint of an error.

    Raises:
        ConfigError: The address is in use, not permitted or not one of this machine.
    """
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE)
        family, kind, protocol, _, address = found[0]
        bound = socket.socket(family, kind, protocol)
    except OSError as error:
        raise ConfigError(f"{host} is not an address: {error.strerror}.") from error
    try:
        bound.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        bound.bind(address)
        # Refuse a second listener now, and not after the model is loaded.
        bound.listen(0)
    except OSError as error:
        bound.close()
        taken = error.errno == errno.EADDRINUSE
        raise ConfigError(
            f"Port {port} on {host} is already in use."
            if taken
            else f"Cannot listen on {host}, port {port}: {error.strerror}.",
            hint=f"Choose another with {option}, or stop the program that listens there."
            if taken
            else f"Choose another address with --host and {option}.",
        ) from error
    return bound


def bound_unread(listener: socket.socket, seconds: float) -> None:
    """Let the kernel hold little of what clients do not read, and not for long.

    When a connection is closed, the kernel goes on to send the rest of its responses: up to 4 MiB,
    for as long as the client's machine is there. Connections inherit both options. Those that are
    open are reset by `vocalbaby.api.server.unread` sooner, which the client notices.

    Args:
        listener: The socket that listens.
        seconds: Half of the time for which a client may receive nothing.
    """
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, _SEND_BYTES)
    if hasattr(socket, "TCP_USER_TIMEOUT"):
        listener.setsockopt(socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT, int(2000 * seconds))


def refuse_connections(listener: socket.socket) -> None:
    """Let no client begin to connect; those that have begun are still connected.

    A client that connects between the last ``accept`` and ``close`` would be reset, with the
    request that it has sent. Without this, its request to connect is repeated after a second, and
    then refused. Does nothing on systems other than Linux.
    """
    if sys.platform != "linux":
        return
    code = b"".join(struct.pack("HBBI", *instruction) for instruction in _NO_SYN)
    buffer = ctypes.create_string_buffer(code)
    program = struct.pack("HP", len(_NO_SYN), ctypes.addressof(buffer))
    with suppress(OSError):  # a sandbox without filters
        listener.setsockopt(socket.SOL_SOCKET, _SO_ATTACH_FILTER, program)
