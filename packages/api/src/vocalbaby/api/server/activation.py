"""A socket that systemd opened, which stays open while the service restarts."""

import os
import socket
from typing import Final

from vocalbaby.exception import ConfigError

__all__ = ["InheritedSocket", "inherited_socket"]

#: The first file that systemd passes on, see sd_listen_fds(3).
_FIRST: Final = 3


class InheritedSocket(socket.socket):
    """A socket on which clients may wait before this process has started."""


def inherited_socket() -> InheritedSocket | None:
    """The socket that systemd passed to this process, on the first call; otherwise None.

    Raises:
        ConfigError: There are several, or it does not listen for TCP connections.
    """
    pid, count = os.environ.pop("LISTEN_PID", ""), os.environ.pop("LISTEN_FDS", "")
    if pid != str(os.getpid()):
        return None
    try:
        inherited = InheritedSocket(fileno=_FIRST)
        inherited.set_inheritable(False)
        listens = inherited.getsockopt(socket.SOL_SOCKET, socket.SO_ACCEPTCONN)
        if count == "1" and listens and inherited.family != socket.AF_UNIX:
            return inherited
    except OSError:
        pass
    raise ConfigError(
        "The service takes one TCP socket of systemd.",
        hint="Use one ListenStream= with an address and a port, and no Accept=yes.",
    )
