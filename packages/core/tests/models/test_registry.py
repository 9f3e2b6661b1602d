from collections.abc import Mapping

import pytest

from vocalbaby.exception import BundleError
from vocalbaby.models import registry
from vocalbaby.models.forest import KIND, PART, Forest


def test_the_kinds_of_models_are_known() -> None:
    assert registry.kinds() == (KIND, "ensemble", "hierarchical", "logistic_regression", "mlp", "svm")


def test_an_unknown_kind_is_refused_with_the_known_names() -> None:
    with pytest.raises(BundleError, match="no kind of model 'oracle'") as caught:
        registry.load("oracle", {})
    assert "boosted_trees" in str(caught.value.hint)


@pytest.mark.parametrize("parts", [{}, {"other.json": b"{}"}, {PART: b"{}", "more.json": b""}])
def test_missing_and_unknown_parts_are_refused(parts: dict[str, bytes]) -> None:
    with pytest.raises(BundleError, match=r"has the part booster\.json"):
        registry.load(KIND, parts)


def test_a_name_is_registered_once() -> None:
    def other(parts: Mapping[str, bytes]) -> Forest:
        return Forest.from_json(parts[PART])

    with pytest.raises(BundleError, match="Two kinds"):
        registry.register(KIND, other)
    registry.register(KIND, Forest.from_parts)
    assert registry.kinds() == (KIND, "ensemble", "hierarchical", "logistic_regression", "mlp", "svm")
