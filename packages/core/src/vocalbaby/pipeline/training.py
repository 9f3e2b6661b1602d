"""The stages of training, each from files to files; commands and scripts call these."""

import json
import shutil
from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path

from vocalbaby.components.feature_table import FeatureTable, write_feature_table
from vocalbaby.components.ingestion import IngestionConfig, ingest, summarize
from vocalbaby.components.manifests import read_manifest, write_manifest
from vocalbaby.components.transformation import FeaturesConfig, transform
from vocalbaby.components.validation import ValidationConfig, ValidationReport, validate
from vocalbaby.entity.manifest import SPLITS, Manifest
from vocalbaby.pipeline.layout import Workspace
from vocalbaby.utils.config import load_config

__all__ = ["run_features", "run_ingestion", "run_validation"]

#: Called with (what, done, total).
Tell = Callable[[str, int, int], None]


def run_ingestion(workspace: Workspace, tell: Tell | None = None) -> Manifest:
    """Read the corpora and write the split manifest.

    Args:
        workspace: Settings and results.
        tell: Called with (adapter, rows done, rows in all).

    Returns:
        What was written, with paths as they can be opened.

    Raises:
        ConfigError: `data.yaml` is not valid.
        DataError: A corpus that cannot be read, or without a usable row.
    """
    config = load_config(workspace.data_config, IngestionConfig, "ingestion")
    folder = workspace.ingestion
    shutil.rmtree(folder / "audio", ignore_errors=True)
    manifest = ingest(config, folder / "audio", progress=tell)
    write_manifest(manifest, folder)
    _write_json(folder / "summary.json", summarize(manifest))
    return manifest


def run_validation(workspace: Workspace, tell: Tell | None = None) -> ValidationReport:
    """Check the manifest and write the report; the caller raises for its errors.

    Raises:
        ConfigError: `data.yaml` is not valid.
        DataError: There is no manifest, or it cannot be read.
    """
    config = load_config(workspace.data_config, ValidationConfig, "validation")
    records = read_manifest(workspace.ingestion).records
    report = validate(records, config, progress=_about("validation", tell))
    _write_json(workspace.validation / "report.json", asdict(report))
    return report


def run_features(workspace: Workspace, tell: Tell | None = None) -> dict[str, FeatureTable]:
    """Write one feature table per split, with augmented copies in train only.

    Raises:
        ConfigError: `features.yaml` is not valid.
        DataError: There is no manifest, or it cannot be read.
        AudioError: A clip cannot be decoded.
    """
    config = load_config(workspace.features_config, FeaturesConfig)
    records = read_manifest(workspace.ingestion).records
    tables = {}
    for split in SPLITS:
        table = transform(
            [r for r in records if r.split == split],
            config,
            copies=config.augmentation.copies if split == "train" else 0,
            progress=_about(split, tell),
        )
        write_feature_table(workspace.feature_table(config.feature_set, split), table)
        tables[split] = table
    return tables


def _about(what: str, tell: Tell | None) -> Callable[[int, int], None] | None:
    return None if tell is None else lambda done, total: tell(what, done, total)


def _write_json(path: Path, content: object) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(content, indent=2) + "\n", encoding="utf-8")
