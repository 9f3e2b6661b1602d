"""Settings of the training, from the parameters of the classifier."""

from collections.abc import Mapping
from typing import Final

from vocalbaby.components.boosting import TrainingConfig
from vocalbaby.components.calibration_fitting import CalibrationConfig
from vocalbaby.components.fitting import TrainingSettings
from vocalbaby.components.packaging import ModelConfig
from vocalbaby.exception import ConfigError

__all__ = ["FAMILIES", "training_settings"]

#: Settings of the training by family.
FAMILIES: Final[dict[str, dict[str, object]]] = {
    "boosted_trees": {"kind": "boosted_trees"},
    "svm": {"kind": "svm"},
    "logistic_regression": {"kind": "logistic_regression"},
    "mlp": {"kind": "mlp"},
    "soft_vote": {
        "kind": "ensemble",
        "combination": "probabilities",
        "members": ["boosted_trees", "svm", "logistic_regression"],
    },
}
_MODES: Final = ("flat", "hierarchical")


def training_settings(
    family: str, mode: str, settings: Mapping[str, object] | None, seed: int
) -> TrainingSettings:
    """Return all settings of a training.

    Args:
        family: A name of `FAMILIES`.
        mode: ``flat`` or ``hierarchical``.
        settings: Settings of the training by their dotted names.
        seed: Seed of the training.

    Raises:
        ConfigError: A value is not valid.

    Examples:
        >>> training_settings("mlp", "flat", {"mlp.epochs": 5}, seed=1).training.mlp.epochs
        5
        >>> training_settings("forest", "flat", None, seed=1)
        Traceback (most recent call last):
        vocalbaby.exception.ConfigError: There is no family 'forest'. Use one of boosted_trees...
    """
    if family not in FAMILIES:
        raise ConfigError(
            f"There is no family {family!r}.", hint=f"Use one of {', '.join(FAMILIES)}."
        )
    if mode not in _MODES:
        raise ConfigError(f"There is no mode {mode!r}.", hint=f"Use {' or '.join(_MODES)}.")
    found = TrainingSettings(TrainingConfig(), CalibrationConfig(), ModelConfig())
    overrides = {**FAMILIES[family], "seed": seed, **(settings or {})}
    return found.with_training(overrides).with_mode("flat" if mode == "flat" else "hierarchical")
