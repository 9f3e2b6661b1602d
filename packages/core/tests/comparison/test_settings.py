"""Settings of an experiment: of its family, its mode, and those that the tuning found."""

from vocalbaby.comparison.settings import experiment_settings
from vocalbaby.components.calibration_fitting import CalibrationConfig
from vocalbaby.components.fitting import TrainingSettings
from vocalbaby.components.packaging import ModelConfig
from vocalbaby.components.training_config import TrainingConfig

BASE = TrainingSettings(TrainingConfig(seed=3), CalibrationConfig(), ModelConfig())


def test_the_mode_decides_whether_a_hierarchy_is_trained() -> None:
    for mode in ("flat", "hierarchical"):
        assert experiment_settings(BASE, "svm", mode).classification.mode == mode


def test_tuned_settings_take_precedence() -> None:
    found = experiment_settings(BASE, "soft_vote", "flat", {"svm.C": 4.0}).training
    assert (found.kind, found.combination, found.svm.C, found.seed) == (
        "ensemble",
        "probabilities",
        4.0,
        3,
    )
