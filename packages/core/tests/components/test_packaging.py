import dataclasses
import io
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from vocalbaby.bundle.card import SourceConfig
from vocalbaby.bundle.files import read_bundle, verify_bundle
from vocalbaby.components.boosting import TrainedModel, TrainingConfig
from vocalbaby.components.calibration_fitting import CalibrationConfig
from vocalbaby.components.feature_table import FeatureTable, concat, read_feature_table
from vocalbaby.components.fitting import TrainingSettings, fit
from vocalbaby.components.metrics import EvaluationConfig, evaluate
from vocalbaby.components.packaging import (
    ModelConfig,
    count_data,
    draft_bundle,
    figure_table,
    package,
    reference_sample,
)
from vocalbaby.entity.bundle import Calibration

CONFIG = ModelConfig(
    name="made",
    sources=(SourceConfig(corpus="made", kind="synthetic", licence="MIT", attribution="Nobody"),),
    reference_rows=60,
)


@pytest.fixture(scope="module")
def trained(fitted: FeatureTable, devel: FeatureTable) -> tuple[TrainedModel, Calibration]:
    settings = TrainingSettings(
        TrainingConfig(rounds=3, max_depth=2), CalibrationConfig(novelty_axes=4), CONFIG
    )
    found = fit(fitted, devel, settings)
    assert isinstance(found.model, TrainedModel)
    return found.model, found.calibration


def test_packages_a_trained_model_as_a_valid_bundle(
    trained: tuple[TrainedModel, Calibration],
    fitted: FeatureTable,
    devel: FeatureTable,
    tmp_path: Path,
) -> None:
    manifest = package(tmp_path / "a", *trained, (fitted, devel), CONFIG, {})
    assert verify_bundle(tmp_path / "a") == []
    assert package(tmp_path / "b", *trained, (fitted, devel), CONFIG, {}).version == (
        manifest.version
    )
    fewer = fitted.where(np.arange(len(fitted)) > 0)
    changed = package(tmp_path / "c", *trained, (fewer, devel), CONFIG, {})
    assert changed.provenance.training_data_sha256 != manifest.provenance.training_data_sha256
    assert changed.version != manifest.version
    bundle = read_bundle(tmp_path / "a")
    (tmp_path / "reference.parquet").write_bytes(bundle.reference)
    reference = read_feature_table(tmp_path / "reference.parquet")
    assert len(reference) == 60
    assert reference.columns == fitted.columns
    assert manifest.version in bundle.card
    assert "Nobody" in bundle.card


def test_a_draft_in_memory_equals_the_written_bundle(
    trained: tuple[TrainedModel, Calibration],
    fitted: FeatureTable,
    devel: FeatureTable,
    tmp_path: Path,
) -> None:
    package(tmp_path / "bundle", *trained, (fitted, devel), CONFIG, {})
    written = read_bundle(tmp_path / "bundle")
    draft = draft_bundle(*trained, (fitted, devel), CONFIG)
    assert draft.manifest.version == written.manifest.version
    assert (draft.parts, draft.calibration) == (written.parts, written.calibration)
    assert draft.reference == written.reference


def test_reference_sample_does_not_depend_on_the_order_of_rows(devel: FeatureTable) -> None:
    order = np.random.default_rng(0).permutation(len(devel))
    shuffled = dataclasses.replace(
        devel,
        meta=devel.meta.iloc[order].reset_index(drop=True),
        values=devel.values.iloc[order].reset_index(drop=True),
    )
    keys = []
    for table in (devel, shuffled):
        path = io.BytesIO(reference_sample(table, 20))
        keys.append(sorted(pd.read_parquet(path).clip_ID))
    assert keys[0] == keys[1]
    assert len(keys[0]) == 20


def test_augmented_copies_do_not_count_as_data(devel: FeatureTable) -> None:
    devel = dataclasses.replace(devel, meta=devel.meta.assign(clip_ID="#" + devel.meta.clip_ID))
    copies = dataclasses.replace(devel, meta=devel.meta.assign(clip_ID=devel.meta.clip_ID + "#1"))
    counted = count_data(concat([devel, copies]))
    assert counted == count_data(devel)
    assert sum(row.clips for row in counted) == len(devel)
    junk = next(row for row in counted if (row.corpus, row.label) == ("made", "Junk"))
    rows = devel.meta[(devel.meta.corpus == "made") & (devel.meta.Answer == "Junk")]
    assert (junk.clips, junk.children) == (len(rows), rows.child_ID.nunique())


def test_the_card_states_the_coverage_of_its_interval() -> None:
    clip = {"clip_ID": "a", "child_ID": "c", "corpus": "x", "Answer": "Junk", "predicted": "Junk"}
    answers = pd.DataFrame([{**clip, "label": "", "why": "", "p_Crying": 0.1, "p_Junk": 0.9}])
    figures = evaluate(answers, EvaluationConfig(resamples=10, confidence=0.9))
    assert "(90 % interval 1.000 to 1.000)" in figure_table("x", figures).note
