"""Proxies whose ``X-Forwarded`` headers are trusted."""

import ipaddress
from functools import lru_cache

__all__ = ["TrustedProxies"]


class TrustedProxies:
    """The addresses of trusted proxies.

    Args:
        text: Addresses and networks, separated by commas; None if no proxy is trusted.

    Examples:
        >>> proxies = TrustedProxies("127.0.0.1, 10.0.0.0/16")
        >>> "10.0.3.4" in proxies, "10.1.0.1" in proxies
        (True, False)
        >>> "::ffff:127.0.0.1" in proxies  # 127.0.0.1, as an IPv6 socket shows it
        True
    """

    def __init__(self, text: str | None) -> None:
        items = [item.strip() for item in text.split(",")] if text else []
        networks = [ipaddress.ip_network(item) for item in items]
        mapped = [
            ipaddress.ip_network(f"::ffff:{v4.network_address}/{96 + v4.prefixlen}")
            for v4 in networks
            if v4.version == 4
        ]
        self._networks = [*networks, *mapped]
        self._contains = lru_cache(maxsize=1024)(self._find)

    def __contains__(self, host: str) -> bool:
        """Whether ``host`` is the address of a trusted proxy."""
        return bool(self._networks) and self._contains(host)

    def texts(self) -> list[str]:
        """Return the networks as texts, for uvicorn."""
        return [str(network) for network in self._networks]

    def _find(self, host: str) -> bool:
        try:
            address = ipaddress.ip_address(host)
        except ValueError:
            return False
        return any(address in network for network in self._networks)
