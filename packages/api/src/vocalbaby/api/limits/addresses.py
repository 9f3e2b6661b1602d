"""The addresses that count as one client."""

import ipaddress

__all__ = ["address_group"]


def address_group(host: str) -> str:
    """The addresses that one client controls: an IPv4 address, or an IPv6 network of 64 bits.

    Examples:
        >>> address_group("192.0.2.7"), address_group("::ffff:192.0.2.7")
        ('192.0.2.7', '192.0.2.7')
        >>> address_group("2001:db8::1") == address_group("2001:db8::ffff:1")
        True
        >>> address_group("2001:db8:0:1::1") == address_group("2001:db8:0:2::1")
        False
    """
    if ":" not in host:
        return host
    address = ipaddress.IPv6Address(host)
    if address.ipv4_mapped is not None:
        return str(address.ipv4_mapped)
    return f"{int(address) >> 64:x}::/64"
