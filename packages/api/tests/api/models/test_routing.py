"""How requests are spread over the versions of a channel."""

from collections import Counter
from typing import Any

import pytest

from vocalbaby.api.models.routing import ClipPredictor, RoutingTable
from vocalbaby.exception import RouteNotFoundError

KEYS = [f"key {i}" for i in range(4000)]


@pytest.fixture
def models(fake: Any) -> dict[str, ClipPredictor]:
    return {version: fake() for version in "abs"}


def routed(table: RoutingTable, models: dict[str, ClipPredictor]) -> dict[str, str]:
    """The version that answers each key."""
    versions = {id(model): version for version, model in models.items()}
    return {key: versions[id(table.route(key).predictor)] for key in KEYS}


@pytest.mark.parametrize("share", [0.1, 0.4])
def test_each_version_gets_its_share_of_the_keys(
    models: dict[str, ClipPredictor], share: float
) -> None:
    versions = routed(RoutingTable({"a": 1 - share, "b": share}, models), models)
    measured = Counter(versions.values())["b"] / len(KEYS)
    assert abs(measured - share) < 4 * (share * (1 - share) / len(KEYS)) ** 0.5


def test_the_same_key_always_gets_the_same_version(models: dict[str, ClipPredictor]) -> None:
    first, second = (routed(RoutingTable({"a": 0.6, "b": 0.4}, models), models) for _ in range(2))
    assert first == second


def test_keys_of_a_canary_keep_it_when_its_share_grows(models: dict[str, ClipPredictor]) -> None:
    small, large = (
        routed(RoutingTable({"a": 1 - share, "b": share}, models), models) for share in (0.1, 0.4)
    )
    assert {key for key in KEYS if small[key] == "b"} < {key for key in KEYS if large[key] == "b"}


def test_a_client_may_insist_on_a_served_version(models: dict[str, ClipPredictor]) -> None:
    table = RoutingTable({"a": 0.9, "b": 0.1}, models, shadow="s")
    target = table.route("key 1", "b")
    assert (target.predictor, target.shadow) == (models["b"], models["s"])
    for version in ("c", "s"):
        with pytest.raises(RouteNotFoundError, match="Served: a, b"):
            table.route("key 1", version)


def test_the_version_with_the_largest_share_is_current(models: dict[str, ClipPredictor]) -> None:
    table = RoutingTable({"a": 0.3, "b": 0.7}, models, shadow="s")
    assert table.current() is models["b"].bundle
    assert [model.share for model in table.loaded()] == [0.3, 0.7, None]
