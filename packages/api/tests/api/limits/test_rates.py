"""The request rate of each API key."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from fastapi.testclient import TestClient

from vocalbaby.api.app import create_app
from vocalbaby.api.limits import rates as rates_module
from vocalbaby.api.limits.rates import RateLimiter
from vocalbaby.api.middleware.keys import new_key
from vocalbaby.api.settings import Settings
from vocalbaby.exception import RateLimitedError

#: Makes a predictor; its argument is called with the clips' names first.
MakeFake = Callable[..., Any]


@pytest.fixture
def key_file(tmp_path: Path) -> tuple[Path, dict[str, str]]:
    """A file of keys of lab, field, an old one and a revoked one, and the keys."""
    file, keys = tmp_path / "keys.txt", {}
    lines = ["# who may ask", ""]
    for name, rest in (("lab", ""), ("field", " until=2999-12-31")):
        keys[name], line = new_key(name)
        lines.append(line + rest)
    for name, rest in (("old", " until=2001-01-01  # student"), ("gone", " revoked")):
        keys[name], line = new_key(name)
        lines.append(line + rest)
    file.write_text("\n".join(lines))
    return file, keys


def bearer(key: str) -> dict[str, str]:
    return {"authorization": f"Bearer {key}"}


def test_each_key_has_its_own_rate() -> None:
    now = 0.0
    rates = RateLimiter(2.0, 3, clock=lambda: now)
    for _ in range(3):
        rates.take("lab")
    with pytest.raises(RateLimitedError) as caught:
        rates.take("lab")
    assert caught.value.retry_after_s == 1
    rates.take("field")
    now = 0.5
    rates.take("lab")
    with pytest.raises(RateLimitedError):
        rates.take("lab")
    now = 1000.0
    for _ in range(3):
        rates.take("lab")
    with pytest.raises(RateLimitedError):
        rates.take("lab")


def test_more_keys_than_buckets_each_have_their_rate(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rates_module, "_BUCKETS", 16)
    now = 0.0
    rates = RateLimiter(1.0, 2, clock=lambda: now)
    for _ in range(100):
        now += 3.0  # the keys before have rested, and lose nothing with their bucket
        names = [f"{now}-{i}" for i in range(16)]
        for name in names * 2:
            rates.take(name)
        for name in names:
            with pytest.raises(RateLimitedError):
                rates.take(name)


def test_over_its_rate_a_key_gets_429(
    key_file: tuple[Path, dict[str, str]], fake: MakeFake
) -> None:
    file, keys = key_file
    limits = Settings(keys_file=str(file), key_requests_per_second=0.1, key_burst=2)
    with TestClient(create_app(limits, fake())) as client:
        answers = [client.get("/nowhere", headers=bearer(keys["lab"])) for _ in range(3)]
        other = client.get("/nowhere", headers=bearer(keys["field"]))
    assert [answer.status_code for answer in answers] == [404, 404, 429]
    assert answers[2].json()["code"] == "rate_limited"
    assert answers[2].headers["retry-after"] == "10"
    assert other.status_code == 404
