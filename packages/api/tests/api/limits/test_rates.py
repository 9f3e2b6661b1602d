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


@pytest.mark.parametrize(
    ("per_second", "burst", "waited", "seconds"),
    [
        (0.25, 1, 0.0, 4),
        (0.25, 1, 3.0, 1),
        (0.25, 1, 2.9, 2),
        (0.1, 3, 0.0, 10),
        (0.1, 3, 4.5, 6),
        (3.0, 2, 0.0, 1),
    ],
)
def test_a_client_is_told_when_it_has_a_token_again(
    per_second: float, burst: int, waited: float, seconds: int
) -> None:
    now = 0.0
    rates = RateLimiter(per_second, burst, clock=lambda: now)
    for _ in range(burst):
        rates.take("lab")
    now = waited
    with pytest.raises(RateLimitedError, match=f"may send {per_second:g} requests") as caught:
        rates.take("lab")
    assert caught.value.retry_after_s == seconds
    now = waited + seconds - 1
    if seconds > 1:
        with pytest.raises(RateLimitedError):
            rates.take("lab")
    now = waited + seconds
    rates.take("lab")
