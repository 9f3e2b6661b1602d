"""Packaging of a trained model as a bundle with reference sample and model card."""

import hashlib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
from pydantic import Field

from vocalbaby import features
from vocalbaby.bundle.card import DataCount, FigureTable, SourceConfig, render
from vocalbaby.bundle.writing import BundleContent, build_bundle, write_bundle
from vocalbaby.components.coverage import describe_coverage
from vocalbaby.components.elsewhere import Elsewhere
from vocalbaby.components.feature_table import FeatureTable, checksum, to_parquet
from vocalbaby.components.metrics import Evaluation
from vocalbaby.components.mode_choice import ModeChoice
from vocalbaby.components.trained_classifier import TrainedClassifier
from vocalbaby.entity.bundle import BundleManifest, Calibration, ModelBundle
from vocalbaby.entity.config import StrictModel
from vocalbaby.utils.version import VERSION
from vocalbaby.utils.wording import counted

__all__ = [
    "ModelConfig",
    "count_data",
    "draft_bundle",
    "figure_table",
    "package",
    "reference_sample",
]


class ModelConfig(StrictModel):
    """Settings of the bundle and its model card.

    Attributes:
        name: Name of the model, of lower-case letters, digits, dots and dashes; the
            version begins with it.
        description: Introduction of the model card.
        sources: Corpora that the model was trained on.
        reference_rows: Number of devel clips in the reference sample for drift detection.
    """

    name: str = Field(default="vocalbaby", pattern=r"^[a-z0-9][a-z0-9.-]{0,39}$")
    description: str = ""
    sources: tuple[SourceConfig, ...] = ()
    reference_rows: int = Field(default=500, ge=50, le=20_000)


def package(
    folder: str | Path,
    model: TrainedClassifier,
    calibration: Calibration,
    tables: tuple[FeatureTable, FeatureTable],
    config: ModelConfig,
    evaluations: Mapping[str, Evaluation | ModeChoice],
    elsewhere: Elsewhere | None = None,
) -> BundleManifest:
    """Write a trained model as a bundle.

    Args:
        folder: Folder of the bundle; an older bundle in it is replaced.
        model: The trained model.
        calibration: Calibration of that model.
        tables: Feature tables of train and devel.
        config: Name, description, sources and size of the reference sample.
        evaluations: Results to record and to show in the card, by what they were
            measured on, and why the model is flat or hierarchical, if both were trained.
        elsewhere: Results on corpora left out of training; in the card they precede the
            others.

    Returns:
        The manifest of the bundle.
    """
    train, devel = tables
    figures = [elsewhere.table] if elsewhere else []
    figures += [figure_table(name, found) for name, found in evaluations.items()]
    found = {**evaluations, **(elsewhere.evaluations if elsewhere else {})}
    recorded = {name: result.metrics() for name, result in found.items()}
    return write_bundle(
        folder,
        _content(model, calibration, tables, config, recorded),
        card=lambda manifest: render(
            manifest,
            calibration=calibration,
            data=[*count_data(train), *count_data(devel)],
            sources=config.sources,
            figures=figures,
            description=config.description,
        ),
    )


def draft_bundle(
    model: TrainedClassifier,
    calibration: Calibration,
    tables: tuple[FeatureTable, FeatureTable],
    config: ModelConfig,
) -> ModelBundle:
    """Build the bundle of a trained model in memory, to evaluate the model.

    Args:
        model: The trained model.
        calibration: Calibration of that model.
        tables: Feature tables of train and devel.
        config: Name and size of the reference sample.

    Returns:
        A bundle that predicts as the written one does, without results and card.
    """
    content = _content(model, calibration, tables, config, {})
    return build_bundle(content, card=lambda _: "")


def _content(
    model: TrainedClassifier,
    calibration: Calibration,
    tables: tuple[FeatureTable, FeatureTable],
    config: ModelConfig,
    metrics: dict[str, Any],
) -> BundleContent:
    train, devel = tables
    return BundleContent(
        name=config.name,
        kind=model.kind,
        parts=model.parts,
        feature_sets=features.records(
            train.feature_set, train.feature_set_version, model.columns, train.file
        ),
        training_data_sha256=checksum(tables),
        code_version=VERSION,
        metrics=metrics,
        calibration=calibration,
        reference=reference_sample(devel, config.reference_rows),
        classes=model.classes,
    )


def reference_sample(table: FeatureTable, rows: int) -> bytes:
    """Select up to ``rows`` clips by a hash of their identifier, as a Parquet file.

    Args:
        table: Held-out clips. Their order does not affect the selection.
        rows: Maximum number of clips.
    """
    hashes = table.meta.clip_ID.map(_shuffled).to_numpy(str)
    order = np.lexsort((table.meta.corpus.to_numpy(str), hashes))
    chosen = np.zeros(len(table), bool)
    chosen[order[:rows]] = True
    return to_parquet(table.where(chosen))


def count_data(table: FeatureTable) -> list[DataCount]:
    """Count clips and children per corpus, split and class, without augmented copies."""
    groups = table.originals.meta.groupby(["corpus", "split", "Answer"], sort=True)
    return [
        DataCount(str(corpus), str(split), str(label), len(rows), rows.child_ID.nunique())
        for (corpus, split, label), rows in groups
    ]


def figure_table(name: str, evaluation: Evaluation | ModeChoice) -> FigureTable:
    """Build the table of an evaluation or of a choice for the model card."""
    if isinstance(evaluation, ModeChoice):
        modes = [[mode, f"{uar:.3f}"] for mode, uar in evaluation.devel_uar.items()]
        return FigureTable(
            "Flat or hierarchical", evaluation.sentence, ["Mode", "UAR on devel"], modes
        )
    low, high = evaluation.uar_low, evaluation.uar_high
    interval = (
        ""
        if low is None or high is None
        else (f" ({100 * evaluation.confidence:g} % interval {low:.3f} to {high:.3f})")
    )
    note = (
        f"UAR {evaluation.uar:.3f}{interval} on {counted(evaluation.n_clips, 'clip')} of "
        f"{counted(evaluation.n_children, 'child')}; accuracy {evaluation.accuracy:.3f}, macro F1 "
        f"{evaluation.macro_f1:.3f}, calibration error {evaluation.calibration_error:.3f}, "
        f"no label for {evaluation.abstention_rate:.1%}."
        f"{describe_coverage(evaluation.coverage)}"
    )
    rows = [
        [label, *(_text(v) for v in (c.precision, c.recall, c.f1)), str(c.support)]
        for label, c in evaluation.classes.items()
    ]
    return FigureTable(
        f"Figures: {name}", note, ["Class", "Precision", "Recall", "F1", "Clips"], rows
    )


def _text(value: float | None) -> str:
    return "-" if value is None else f"{value:.3f}"


def _shuffled(clip_id: str) -> str:
    return hashlib.sha256(clip_id.encode()).hexdigest()
