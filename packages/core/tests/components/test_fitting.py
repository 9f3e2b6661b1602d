"""Booster and calibration as one step."""

from vocalbaby.components.boosting import TrainedModel, TrainingConfig, train_booster
from vocalbaby.components.calibration_fitting import CalibrationConfig
from vocalbaby.components.feature_table import FeatureTable
from vocalbaby.components.fitting import TrainingSettings, fit, remember
from vocalbaby.components.left_out import without
from vocalbaby.components.packaging import ModelConfig
from vocalbaby.entity.progress import ProgressCallback

SETTINGS = TrainingSettings(
    TrainingConfig(rounds=3, max_depth=2),
    CalibrationConfig(left_out_corpora={"another": ("other",)}, novelty_axes=4),
    ModelConfig(),
)


def test_reports_the_progress_of_every_booster(fitted: FeatureTable, devel: FeatureTable) -> None:
    seen: list[tuple[str, int, int]] = []
    found = fit(fitted, devel, SETTINGS, progress=lambda *step: seen.append(step), task="whole")
    tasks = ("whole", "whole, without another")
    assert seen == [(task, done, 3) for task in tasks for done in (1, 2, 3)]
    assert found.tables == (fitted, devel)
    assert found.model.parts == train_booster(fitted, devel, SETTINGS.training).parts


def test_a_remembered_booster_is_trained_once(fitted: FeatureTable, devel: FeatureTable) -> None:
    calls: list[int] = []

    def count(
        train: FeatureTable,
        devel: FeatureTable,
        config: TrainingConfig,
        progress: ProgressCallback | None = None,
    ) -> TrainedModel:
        calls.append(len(train))
        return train_booster(train, devel, config, progress)

    trainer = remember(count)
    first = fit(fitted, devel, SETTINGS, trainer=trainer)
    known = without(["other"], fitted), without(["other"], devel)
    # Of a training without the corpus, the booster is there; its calibration trains no other.
    fit(*known, SETTINGS, trainer=trainer)
    assert calls == [len(fitted), len(known[0])]
    assert fit(fitted, devel, SETTINGS, trainer=trainer).calibration == first.calibration
    trainer(*known, TrainingConfig(rounds=2, max_depth=2), None)
    assert len(calls) == 3


def test_the_calibration_has_the_prior_of_the_training(
    fitted: FeatureTable, devel: FeatureTable
) -> None:
    training = TrainingConfig(rounds=3, max_depth=2, class_prior={"Junk": 3.0})
    calibration = CalibrationConfig(novelty_axes=4)
    found = fit(fitted, devel, TrainingSettings(training, calibration, ModelConfig()))
    places = dict(zip(found.model.classes, found.calibration.class_prior, strict=True))
    assert places == {name: 3.0 if name == "Junk" else 1.0 for name in found.model.classes}
