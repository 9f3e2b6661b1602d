"""Settings of the tuning are checked against those of the training."""

import pytest
from pydantic import ValidationError

from vocalbaby.components.boosting import TrainingConfig
from vocalbaby.components.mlp_config import MlpConfig
from vocalbaby.exception import ConfigError
from vocalbaby.tuning.config import Space, TuningConfig
from vocalbaby.tuning.families import FAMILIES, Family, family_settings
from vocalbaby.tuning.overrides import override, setting


@pytest.mark.parametrize(
    ("space", "message"),
    [
        ({"depth": {"low": 1, "high": 2}}, "spaces.boosted_trees.depth: .* no setting 'depth'"),
        ({"mlp.layers": {"low": 1, "high": 2}}, "no setting 'mlp.layers'"),
        ({"max_depth.low": {"low": 1, "high": 2}}, "no setting 'max_depth.low'"),
        ({"max_depth": {"low": 1, "high": 13}}, "spaces.boosted_trees.max_depth: .* equal to 12"),
        ({"max_depth": {"low": 0, "high": 3}}, "spaces.boosted_trees.max_depth: .* equal to 1"),
        ({"max_depth": {"low": 1.5, "high": 3}}, "spaces.boosted_trees.max_depth: .* integer"),
        ({"max_depth": {"low": 1, "high": 2, "step": 0.5}}, "step must be"),
        ({"early_stopping_metric": {"choices": ["uar", "f1"]}}, "early_stopping_metric: .*'uar'"),
        ({"kind": {"choices": ["mlp"]}}, "spaces.boosted_trees.kind: the setting cannot be tuned"),
        ({"seed": {"low": 1, "high": 2}}, "spaces.boosted_trees.seed: the setting cannot be"),
        ({"gamma": {"low": 1}}, "give low and high, or choices"),
        ({"gamma": {"low": 1, "high": 2, "choices": [1]}}, "give low and high, or choices"),
        ({"gamma": {"low": 2, "high": 1}}, "low must not exceed high"),
        ({"gamma": {"low": 0, "high": 1, "log": True}}, "positive low"),
        ({"gamma": {"low": 0, "high": 1, "step": 0.3}}, "whole number of steps"),
        ({"gamma": {"choices": [1, 1]}}, "each of the choices once"),
        ({"gamma": {"low": 0, "high": float("inf")}}, "finite"),
        ({"gamma": {"lowest": 0, "high": 1}}, "Extra inputs"),
    ],
)
def test_a_space_that_training_does_not_allow_is_an_error(
    space: dict[str, object], message: str
) -> None:
    with pytest.raises(ValidationError, match=message):
        TuningConfig.model_validate({"spaces": {"boosted_trees": space}})


@pytest.mark.parametrize(
    "values",
    [
        {"spaces": {"forest": {}}},
        {"families": ["mlp", "mlp"]},
        {"feature_sets": ["mfcc", "mfcc"]},
        {"families": []},
        {"folds": 2},
    ],
)
def test_settings_out_of_their_bounds_are_errors(values: dict[str, object]) -> None:
    with pytest.raises(ValidationError):
        TuningConfig.model_validate(values)


@pytest.mark.parametrize("family", FAMILIES)
def test_the_default_space_of_a_family_is_allowed_and_balances_classes(family: Family) -> None:
    space = TuningConfig().space(family)
    assert TuningConfig(spaces={family: space}).space(family) == space
    assert {"class_balance", "resampling"} <= set(space)
    assert space["resampling"].choices == ("none", "smote")


@pytest.mark.parametrize("family", FAMILIES)
def test_the_settings_of_a_family_are_settings_of_training(family: Family) -> None:
    config = override(TrainingConfig(), family_settings(family))
    assert config.kind == ("ensemble" if family == "soft_vote" else family)


def test_a_family_that_does_not_exist_is_named() -> None:
    with pytest.raises(ConfigError, match=r"'forest'.*soft_vote"):
        family_settings("forest")


def test_a_space_replaces_the_default_one() -> None:
    config = TuningConfig(spaces={"mlp": {"mlp.hidden": Space(low=2, high=4)}})
    assert set(config.space("mlp")) == {"mlp.hidden"}
    assert "max_depth" in config.space("boosted_trees")


def test_an_override_keeps_the_other_settings() -> None:
    config = override(TrainingConfig(seed=5, mlp=MlpConfig(epochs=3)), {"mlp.hidden": 7})
    assert (config.seed, config.mlp.epochs, setting(config, "mlp.hidden")) == (5, 3, 7)
    with pytest.raises(ConfigError, match=r"'mlp.hidden'.*greater than or equal to 1"):
        override(config, {"mlp.hidden": 0})
