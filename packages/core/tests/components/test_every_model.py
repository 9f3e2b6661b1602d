"""Every family in every mode with every calibration: probabilities that hold what they promise."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from itertools import product
from typing import Any, Final, Literal

import numpy as np
import pandas as pd
import pytest
from numpy.typing import NDArray

from vocalbaby.components.calibration_fitting import CalibrationConfig
from vocalbaby.components.classification import ClassificationConfig
from vocalbaby.components.feature_table import FeatureTable
from vocalbaby.components.fitting import TrainingSettings, fit, remember
from vocalbaby.components.mlp_config import MlpConfig
from vocalbaby.components.packaging import ModelConfig
from vocalbaby.components.training_config import TrainingConfig
from vocalbaby.entity.labels import CLASSES
from vocalbaby.models import registry
from vocalbaby.models.calibration import calibrated

FAMILIES: dict[str, dict[str, Any]] = {
    **{kind: {"kind": kind} for kind in ("boosted_trees", "svm", "logistic_regression", "mlp")},
    "soft_vote": {
        "kind": "ensemble",
        "combination": "probabilities",
        "members": ("boosted_trees", "svm", "logistic_regression"),
    },
}
INFANT_FIRST = {
    "infant": {
        "emotional": ["Crying", "Laughing"],
        "speech_like": ["Canonical", "Non-canonical"],
    },
    "junk": "Junk",
}
MODES: dict[str, dict[str, Any]] = {
    "flat": {"mode": "flat"},
    "soft": {"mode": "hierarchical", "routing": "soft"},
    "hard": {"mode": "hierarchical", "routing": "hard"},
    "infant first": {"mode": "hierarchical", "tree": INFANT_FIRST},
}
METHODS: Final[tuple[Literal["temperature_bias", "temperature", "isotonic"], ...]] = (
    "isotonic",
    "temperature",
    "temperature_bias",
)
N_CLASSES = {5: CLASSES, 3: ("Canonical", "Crying", "Junk"), 2: ("Crying", "Junk")}
#: Largest difference between the sum of a row and 1.
SUM = 1e-12


def made(split: str, classes: tuple[str, ...], clips: int) -> FeatureTable:
    """Clips of each class; a column is constant, and another often missing."""
    rng = np.random.default_rng(len(split))
    answers = list(classes) * clips
    n = len(answers)
    values = rng.normal(size=(n, 4)) + np.array([CLASSES.index(name) for name in answers])[:, None]
    values[:, 2] = 3.0
    values[rng.random(n) < 0.3, 3] = np.nan
    rows = {
        "clip_ID": [f"{split}{i}" for i in range(n)],
        "child_ID": [f"{split}{i // len(classes) % 4}" for i in range(n)],
        "Answer": answers,
        "corpus": "made",
        "split": split,
    }
    frame = pd.DataFrame(values.astype(np.float32), columns=[*"abcd"])
    return FeatureTable("toy", "1", pd.DataFrame(rows), frame)


def unusual_rows() -> NDArray[np.float32]:
    """Clips that nothing was fitted to: all values missing, some missing, and extreme ones."""
    rows = np.random.default_rng(7).normal(2, 3, size=(17, 4)).astype(np.float32)
    rows[0], rows[1, 1:], rows[2, 0] = np.nan, np.nan, np.nan
    rows[3], rows[4], rows[5, 2] = 1e30, -1e30, 0.0
    return rows


@pytest.mark.parametrize(("family", "mode"), list(product(FAMILIES, MODES)))
def test_probabilities_of_every_family_and_mode_sum_to_1(family: str, mode: str) -> None:
    config = TrainingConfig.model_validate(
        {"rounds": 2, "max_depth": 2, "mlp": MlpConfig(networks=1, hidden=2, epochs=1)}
        | FAMILIES[family]
    )
    chosen = ClassificationConfig.model_validate(MODES[mode])
    trainer, x = remember(), unusual_rows()
    for count, classes in N_CLASSES.items():
        tables = made("train", classes, 4), made("devel", classes, 4)
        for method in METHODS if count == 5 else METHODS[:1]:
            calibration = CalibrationConfig(method=method, folds=2, novelty_axes=1)
            settings = TrainingSettings(config, calibration, ModelConfig(), chosen)
            fitted = fit(*tables, settings, trainer=trainer)
            model = registry.load(fitted.model.kind, fitted.model.parts)
            margins = model.margins(x)
            found = calibrated(margins, fitted.calibration)
            assert found.shape == (len(x), count)
            assert np.isfinite(found).all()
            assert ((found >= 0) & (found <= 1)).all()
            np.testing.assert_allclose(found.sum(axis=1), 1, rtol=0, atol=SUM)

            def alone(i: int, model: Any = model, calibration: Any = fitted.calibration) -> bytes:
                return calibrated(model.margins(x[i : i + 1]), calibration).tobytes()

            with ThreadPoolExecutor(4) as pool:
                assert b"".join(pool.map(alone, range(len(x)))) == found.tobytes()


@pytest.mark.parametrize(("family", "mode"), list(product(FAMILIES, ("flat", "soft"))))
def test_one_clip_per_class_is_enough_to_have_probabilities(family: str, mode: str) -> None:
    config = TrainingConfig.model_validate(
        {"rounds": 2, "mlp": MlpConfig(networks=1, hidden=2, epochs=1)} | FAMILIES[family]
    )
    train, devel = (made(split, CLASSES, 1) for split in ("train", "devel"))
    meta = devel.meta.assign(child_ID=[f"devel{i}" for i in range(len(devel))])
    settings = TrainingSettings(
        config,
        CalibrationConfig(folds=2, novelty_axes=1),
        ModelConfig(),
        ClassificationConfig.model_validate(MODES[mode]),
    )
    fitted = fit(train, replace(devel, meta=meta), settings)
    margins = registry.load(fitted.model.kind, fitted.model.parts).margins(unusual_rows())
    found = calibrated(margins, fitted.calibration)
    assert np.isfinite(found).all()
    np.testing.assert_allclose(found.sum(axis=1), 1, rtol=0, atol=SUM)
