"""The limits of connections, of all clients and of one address."""

import pytest

from vocalbaby.api.limits.proxies import TrustedProxies
from vocalbaby.api.limits.shared import SharedLimits
from vocalbaby.api.server.connections import Admission, ConnectionLimits
from vocalbaby.api.settings import Settings
from vocalbaby.exception import OverloadedError, RateLimitedError

ALL, HEALTH, NOTHING = Admission.ALL, Admission.HEALTH_ONLY, Admission.NOTHING


def limits(
    shared: SharedLimits | None = None, proxies: str | None = None, client: int | None = None
) -> ConnectionLimits:
    return ConnectionLimits(
        Settings(max_connections=8, max_client_connections=client),
        shared or SharedLimits(),
        TrustedProxies(proxies),
    )


def test_all_clients_together_are_limited() -> None:
    made = limits()
    hosts = [f"192.0.2.{i}" for i in range(17)]
    assert [made.enter(host) for host in hosts] == [ALL] * 8 + [HEALTH] * 8 + [NOTHING]
    assert isinstance(made.refusal(hosts[10]), OverloadedError)
    for host in hosts[:9]:
        made.leave(host)
    assert made.refusal(hosts[10]) is None


@pytest.mark.parametrize("host", ["192.0.2.1", "2001:db8::1", "::ffff:192.0.2.1"])
def test_one_address_may_have_a_quarter_of_the_connections(host: str) -> None:
    made = limits()
    assert [made.enter(host) for _ in range(5)] == [ALL] * 2 + [HEALTH] * 2 + [NOTHING]
    assert isinstance(made.refusal(host), RateLimitedError)
    assert made.enter("198.51.100.1") is ALL
    for _ in range(3):
        made.leave(host)
    assert made.refusal(host) is None
    assert made.enter(host) is HEALTH


def test_an_ipv6_network_of_64_bits_is_one_client() -> None:
    made = limits()
    found = [made.enter(f"2001:db8:0:1::{i:x}") for i in range(1, 6)]
    assert found == [ALL] * 2 + [HEALTH] * 2 + [NOTHING]
    assert made.enter("2001:db8:0:2::1") is ALL


@pytest.mark.parametrize("host", ["127.0.0.1", "::1", "::ffff:127.0.0.1", None])
def test_addresses_of_this_machine_have_a_limit_only_if_it_is_set(host: str | None) -> None:
    made = limits()
    assert [made.enter(host) for _ in range(8)] == [ALL] * 8
    made = limits(client=2)
    found = [made.enter(host) for _ in range(4)]
    assert found == [ALL] * 2 + [ALL if host is None else HEALTH] * 2


def test_proxies_have_no_limit_of_their_own() -> None:
    made = limits(proxies="192.0.2.0/24", client=1)
    assert [made.enter("192.0.2.9") for _ in range(8)] == [ALL] * 8
    assert [made.enter("198.51.100.1") for _ in range(2)] == [HEALTH] * 2


def test_workers_share_the_limit_and_a_removed_one_holds_nothing() -> None:
    shared = SharedLimits(2)
    made = limits(shared)
    assert made.enter("192.0.2.1") is ALL
    shared.attach_worker(1)
    assert made.enter("192.0.2.1") is ALL
    assert made.enter("192.0.2.1") is HEALTH
    shared.remove_worker(0)
    assert made.refusal("192.0.2.1") is None
    shared.attach_worker(0)
    assert made.enter("192.0.2.1") is HEALTH


def test_a_removed_worker_holds_none_of_the_connections_of_all_clients() -> None:
    shared = SharedLimits(2)
    made = limits(shared)
    assert [made.enter(f"192.0.2.{i}") for i in range(9)] == [ALL] * 8 + [HEALTH]
    shared.remove_worker(0)
    assert made.refusal("192.0.2.8") is None
    shared.attach_worker(1)
    assert made.enter("192.0.2.9") is ALL
