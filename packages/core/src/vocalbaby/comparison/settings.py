"""Settings of the experiments: of the training, of the family and of the mode, and tuned ones."""

from collections.abc import Mapping

from vocalbaby.comparison.config import Mode
from vocalbaby.components.fitting import TrainingSettings
from vocalbaby.tuning.families import Family, family_settings

__all__ = ["experiment_settings"]


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
    overrides = {**family_settings(family), **(tuned or {})}
    return settings.with_training(overrides).with_mode(mode)
