"""How many connections there may be, of all clients and of one address."""

import sys
from contextlib import suppress
from enum import Enum, auto

from vocalbaby.api.limits.addresses import address_group
from vocalbaby.api.limits.limiters import RETRY_HINT
from vocalbaby.api.limits.proxies import TrustedProxies
from vocalbaby.api.limits.shared import SharedLimits
from vocalbaby.api.settings import Settings
from vocalbaby.exception import OverloadedError, RateLimitedError, VocalBabyError

__all__ = ["Admission", "ConnectionLimits", "permitted_connections"]

#: Files of the process that are not connections: the model, logs, jobs, pipes.
_OTHER_FILES = 256


class Admission(Enum):
    """What a new connection may do."""

    ALL = auto()
    HEALTH_ONLY = auto()
    NOTHING = auto()


class ConnectionLimits:
    """Counts connections, together with those of other workers.

    A connection beyond a limit may ask for the health of the service. One beyond twice a limit
    is closed at once, so that no number of clients takes more memory. Connections within the
    limits are not affected by those beyond them.

    Args:
        settings: The settings with the limits.
        shared: The counters.
        proxies: Have no limit of their own, since there are many clients behind them.
    """

    def __init__(self, settings: Settings, shared: SharedLimits, proxies: TrustedProxies) -> None:
        self._total, self._addresses = shared.connections, shared.addresses
        self._most = settings.max_connections
        self._most_here = settings.max_client_connections
        self._most_elsewhere = self._most_here or max(1, self._most // 4)
        self._proxies = proxies
        self._retry_after_s = settings.retry_after_seconds

    def enter(self, host: str | None) -> Admission:
        """Count a new connection of an address, if it has one."""
        self._total.add(1)
        total, (count, limit) = self._total.total(), self._change(host, 1)
        if total > 2 * self._most or (limit and count > 2 * limit):
            return Admission.NOTHING
        if total > self._most or (limit and count > limit):
            return Admission.HEALTH_ONLY
        return Admission.ALL

    def leave(self, host: str | None) -> None:
        """Stop counting a connection that has ended."""
        self._total.add(-1)
        self._change(host, -1)

    def refusal(self, host: str | None) -> VocalBabyError | None:
        """The error of a request on a connection beyond a limit, if it still is."""
        count, limit = self._change(host, 0)
        if limit and count > limit:
            return RateLimitedError(
                f"Your address has more than {limit} connections.",
                hint="Send requests one after the other on few connections.",
                retry_after_s=self._retry_after_s,
            )
        if self._total.total() > self._most:
            return OverloadedError(
                f"There are more than {self._most} connections.", hint=RETRY_HINT
            )
        return None

    def _change(self, host: str | None, amount: int) -> tuple[int, int | None]:
        """Change the number of an address; returns it and its limit, if there is one."""
        if host is None or host in self._proxies:
            return 0, None
        group = address_group(host)
        is_here = host == "::1" or group.startswith("127.")
        limit = self._most_here if is_here else self._most_elsewhere
        return self._addresses.change(group, amount), limit


def permitted_connections(wanted: int) -> int:
    """Raise the limit of open files, as far as permitted, to that of the connections.

    Args:
        wanted: The limit of connections. There may be twice as many: those beyond it are health
            checks, or are being closed.

    Returns:
        The limit of connections that the limit of open files permits.
    """
    if sys.platform == "win32":
        return wanted
    import resource  # noqa: PLC0415 - Windows has none

    needed = 2 * wanted + _OTHER_FILES
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if soft != resource.RLIM_INFINITY and soft < needed:
        raised = needed if hard == resource.RLIM_INFINITY else min(needed, hard)
        with suppress(ValueError, OSError):
            resource.setrlimit(resource.RLIMIT_NOFILE, (raised, hard))
            soft = raised
    if soft == resource.RLIM_INFINITY or soft >= needed:
        return wanted
    return max(1, (soft - min(_OTHER_FILES, soft // 2)) // 2)
