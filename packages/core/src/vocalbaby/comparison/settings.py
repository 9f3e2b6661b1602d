"""Settings of the experiments: of the training, of the family and of the mode, and tuned ones."""

from collections.abc import Mapping

from vocalbaby.comparison.config import Family, Mode
from vocalbaby.components.fitting import TrainingSettings

__all__ = ["experiment_settings"]

#: Settings of the training by family. The vote has one member of each other kind but the network.
_FAMILIES: dict[Family, dict[str, object]] = {
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


def experiment_settings(
    settings: TrainingSettings,
    family: Family,
    mode: Mode,
    tuned: Mapping[str, object] | None = None,
) -> TrainingSettings:
    """Return the settings of an experiment.

    Args:
        settings: Settings of ``training.yaml``.
        family: Family of the experiment.
        mode: Mode of the experiment.
        tuned: Settings that the tuning has found, by their dotted names in the section
            ``training``; they take precedence over those of the file.

    Raises:
        ConfigError: A setting does not exist or is not valid.

    Examples:
        >>> from pathlib import Path
        >>> base = TrainingSettings.read(Path("training.yaml"))
        >>> experiment_settings(base, "mlp", "flat", {"seed": 3}).training.kind
        'mlp'
        >>> experiment_settings(base, "svm", "hierarchical").classification.mode
        'hierarchical'
    """
    overrides = {**_FAMILIES[family], **(tuned or {})}
    return settings.with_training(overrides).with_mode(mode)
