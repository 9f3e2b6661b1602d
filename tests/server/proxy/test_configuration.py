"""The template of nginx agrees with the settings of the service, with Compose and with the page."""

import re
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.server.proxy.conftest import TEMPLATE
from vocalbaby.api.settings import Settings

DEFAULTS = Settings()


def values(directive: str) -> list[str]:
    """The arguments of a directive, of every place where it stands."""
    return re.findall(rf"^ *{directive} ([^;]+);", TEMPLATE.read_text(), re.MULTILINE)


def size(text: str) -> int:
    return int(text[:-1]) * {"k": 2**10, "m": 2**20, "g": 2**30}[text[-1]]


def seconds(directive: str) -> list[float]:
    return [float(text.removesuffix("s")) for text in values(directive)]


def test_bodies_have_the_limits_of_the_service() -> None:
    found = [size(text) for text in values("client_max_body_size")]
    assert found == [DEFAULTS.max_body_bytes, DEFAULTS.max_job_bytes]


def test_a_head_that_nginx_accepts_is_accepted_with_what_it_adds() -> None:
    (buffers,) = values("large_client_header_buffers")
    count, each = buffers.split()
    assert 0 < DEFAULTS.max_head_bytes - int(count) * size(each) <= 8192


def test_connections_leave_room_and_end_before_those_of_the_service() -> None:
    (most,) = re.findall(r"max_conns=(\d+)", TEMPLATE.read_text())
    assert int(most) <= DEFAULTS.max_connections - 64
    upstream, _ = seconds("keepalive_timeout")
    assert upstream < min(DEFAULTS.drain_seconds, DEFAULTS.keep_alive_seconds)


def test_the_service_gives_up_before_nginx_does() -> None:
    assert seconds("proxy_read_timeout") > [DEFAULTS.request_seconds]


def test_one_address_may_send_what_one_key_may() -> None:
    (rate,) = re.findall(r"rate=(\d+)r/s", TEMPLATE.read_text())
    (burst,) = re.findall(r"burst=(\d+)", TEMPLATE.read_text())
    assert int(rate) >= DEFAULTS.key_requests_per_second
    assert int(burst) >= DEFAULTS.key_burst


def test_no_header_that_names_an_address_is_the_clients() -> None:
    lines = values("proxy_set_header")
    for name in ("Host", "X-Forwarded-For", "X-Forwarded-Proto", "X-Forwarded-Host", "X-Real-IP"):
        assert len([line for line in lines if line.startswith(f"{name} ")]) == 1
    assert not [line for line in lines if "$http_" in line or "add_x_forwarded" in line]


@pytest.fixture
def composed() -> dict[str, Any]:
    services: dict[str, Any] = yaml.safe_load(Path("docker-compose.proxy.yml").read_text())
    return services


def test_compose_gives_the_template_every_variable(composed: dict[str, Any]) -> None:
    proxy = composed["services"]["proxy"]
    names = {name for name in proxy["environment"] if name.startswith("VOCALBABY_")}
    assert names == set(re.findall(r"\$\{(VOCALBABY_\w+)\}", TEMPLATE.read_text()))
    assert re.search(proxy["environment"]["NGINX_ENVSUBST_FILTER"], min(names))
    guide = Path("docs/how-to/proxy.md").read_text()
    assert [name for name in sorted(names) if f"`{name}`" not in guide] == []


def test_compose_trusts_the_address_of_its_proxy(composed: dict[str, Any]) -> None:
    services = composed["services"]
    address = services["proxy"]["networks"]["proxy"]["ipv4_address"]
    assert services["api"]["environment"]["VOCALBABY_API__FORWARDED_ALLOW_IPS"] == address
    base = yaml.safe_load(Path("docker-compose.monitoring.yml").read_text())
    assert base["name"] == composed["name"]
    assert "api" in base["services"]
