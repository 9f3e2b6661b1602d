"""The request rate of each API key."""

import pytest

from vocalbaby.api.limits import rates as rates_module
from vocalbaby.api.limits.rates import RateLimiter
from vocalbaby.exception import RateLimitedError


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
        now += 3.0  # the earlier buckets are full again, and may be replaced
        names = [f"{now}-{i}" for i in range(16)]
        for name in names * 2:
            rates.take(name)
        for name in names:
            with pytest.raises(RateLimitedError):
                rates.take(name)
