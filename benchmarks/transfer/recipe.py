"""A training recipe: its corpora and features, and models trained on a part of them.

Everything runs through the pipeline's own steps with the settings of the recipe's folder.
"""

import json
import shutil
from collections.abc import Collection
from dataclasses import asdict, dataclass, replace
from functools import partial
from pathlib import Path

import numpy as np

from benchmarks.transfer.cache import cached_table, code_key, files_key, key_of, table_key
from benchmarks.transfer.splits import fold_of
from vocalbaby import inference
from vocalbaby.components import boosting, feature_extraction, weights
from vocalbaby.components.boosting import TrainedModel, TrainingConfig, train_booster
from vocalbaby.components.ensemble_training import train_model
from vocalbaby.components.feature_extraction import FeaturesConfig, extract_features
from vocalbaby.components.feature_table import FeatureTable, concat
from vocalbaby.components.fitting import TrainingSettings, fit
from vocalbaby.components.manifest_building import IngestionConfig, build_manifest
from vocalbaby.components.manifests import read_manifest, write_manifest
from vocalbaby.components.packaging import package
from vocalbaby.components.split_leaks import require_disjoint
from vocalbaby.corpora.adapters import BabbleCorSource, FolderSource, SyntheticSource
from vocalbaby.entity.manifest import ClipRecord
from vocalbaby.entity.progress import ProgressCallback
from vocalbaby.inference.predictor import Predictor
from vocalbaby.pipeline.workspace import Workspace
from vocalbaby.utils.config import load_config

__all__ = ["Recipe", "load_recipe"]

Group = tuple[str, str]
Tables = tuple[FeatureTable, FeatureTable]

# A booster depends on no other code than that of these modules.
_BOOSTING, _WEIGHTS = (Path(str(module.__file__)) for module in (boosting, weights))
# Features depend on it, too, since it augments the clips.
_EXTRACTION = Path(str(feature_extraction.__file__))

# Sizes of a quick run, which shows that a recipe works but not how well.
_QUICK_CHILDREN, _QUICK_COPIES, _QUICK_ROUNDS = 20, 1, 60


@dataclass(frozen=True, slots=True, eq=False)
class Recipe:
    """The settings and tables of a recipe.

    Attributes:
        records: Clips of the recipe's corpora, with their splits.
        features: Settings of the features.
        settings: Settings of the training.
        train: Features of the split train, with augmented copies.
        devel: Features of the split devel.
        cache: Folder of the cached results.
    """

    records: tuple[ClipRecord, ...]
    features: FeaturesConfig
    settings: TrainingSettings
    train: FeatureTable
    devel: FeatureTable
    cache: Path

    @property
    def corpora(self) -> set[str]:
        """Names of the corpora."""
        return {record.corpus for record in self.records}

    def extract(self, records: Collection[ClipRecord], copies: int = 0) -> FeatureTable:
        """Compute the features of clips and of augmented copies of them."""
        return _extract(list(records), self.features, copies, self.cache)

    def without_corpora(self, corpora: Collection[str]) -> Tables:
        """Select the rows of train and devel that are not of these corpora."""
        train, devel = (t.where(~t.meta.corpus.isin(corpora)) for t in (self.train, self.devel))
        return train, devel

    def with_groups_held_out(
        self, held_out: Collection[Group], added: Collection[ClipRecord]
    ) -> Tables:
        """Select the rows of train and devel that are not of these groups, and add others.

        Args:
            held_out: Pairs of corpus and child_ID that are left out of train and devel.
            added: Clips that are added to train and devel, unless the recipe has their
                corpus.
        """
        tables = []
        for split, table in (("train", self.train), ("devel", self.devel)):
            groups = zip(table.meta.corpus, table.meta.child_ID, strict=True)
            parts = [table.where(np.array([group not in held_out for group in groups], np.bool_))]
            extra = [
                replace(r, split=split)
                for r in added
                if r.corpus not in self.corpora and fold_of(r.corpus, r.child_ID) == split
            ]
            if extra:
                copies = self.features.augmentation.copies if split == "train" else 0
                parts.append(self.extract(extra, copies))
            tables.append(concat(parts))
        train, devel = tables
        return train, devel

    def fit(self, tables: Tables) -> Predictor:
        """Train and calibrate a model on train and devel, or take it from the cache."""
        require_disjoint(tables)
        train, devel = tables
        settings = self.settings
        key = key_of(
            *(table_key(table) for table in (train, devel)),
            *(part.model_dump() for part in (settings.training, settings.calibration)),
            code_key("components", "models"),
        )
        folder = self.cache / f"model-{key}"
        if not (folder / "manifest.json").is_file():
            fitted = fit(train, devel, settings, trainer=partial(train_model, booster=self._train))
            package(folder, fitted.model, fitted.calibration, fitted.tables, settings.model, {})
        return inference.load(folder)

    def _train(
        self,
        train: FeatureTable,
        devel: FeatureTable,
        config: TrainingConfig,
        progress: ProgressCallback | None = None,
    ) -> TrainedModel:
        """Train a booster, or take it from the cache."""
        tables = (table_key(table) for table in (train, devel))
        name = f"booster-{key_of(*tables, config.model_dump(), files_key([_BOOSTING, _WEIGHTS]))}"
        path = self.cache / f"{name}.json"
        if not path.is_file():
            trained = asdict(train_booster(train, devel, config, progress))
            path.write_text(json.dumps(trained | {"booster": trained["booster"].decode()}), "utf-8")
        stored = json.loads(path.read_text("utf-8"))
        return TrainedModel(
            stored["booster"].encode(),
            tuple(stored["classes"]),
            tuple(stored["columns"]),
            stored["rounds"],
            stored["history"],
        )


def load_recipe(configs: Path, cache: Path, *, quick: bool = False) -> Recipe:
    """Read the corpora of a recipe and compute their features, or take both from the cache.

    Args:
        configs: Folder of ``data.yaml``, ``features.yaml`` and ``training.yaml``.
        cache: Folder of the cached results.
        quick: Train on fewer synthetic children and copies, with fewer rounds.

    Raises:
        ConfigError: A settings file is not valid.
        DataError: A corpus cannot be read.
    """
    workspace = Workspace(configs)
    data = load_config(workspace.data_config, IngestionConfig, "ingestion")
    config = load_config(workspace.features_config, FeaturesConfig)
    settings = TrainingSettings.read(workspace.training_config)
    if quick:
        data, config, settings = _reduced(data, config, settings)
    records = _ingest(data, cache)
    copies = config.augmentation.copies
    train, devel = (
        _extract([r for r in records if r.split == split], config, n, cache)
        for split, n in (("train", copies), ("devel", 0))
    )
    return Recipe(records, config, settings, train, devel, cache)


def _reduced(
    data: IngestionConfig, config: FeaturesConfig, settings: TrainingSettings
) -> tuple[IngestionConfig, FeaturesConfig, TrainingSettings]:
    sources = tuple(
        source.model_copy(update={"n_children": min(source.n_children, _QUICK_CHILDREN)})
        if isinstance(source, SyntheticSource)
        else source
        for source in data.sources
    )
    copies = min(config.augmentation.copies, _QUICK_COPIES)
    augmentation = config.augmentation.model_copy(update={"copies": copies})
    rounds = min(settings.training.rounds, _QUICK_ROUNDS)
    return (
        data.model_copy(update={"sources": sources}),
        config.model_copy(update={"augmentation": augmentation}),
        replace(settings, training=settings.training.model_copy(update={"rounds": rounds})),
    )


def _ingest(data: IngestionConfig, cache: Path) -> tuple[ClipRecord, ...]:
    files = []
    for source in data.sources:
        match source:
            case BabbleCorSource():
                files += [source.csv, *source.wav_folder.rglob("*.*")]
            case FolderSource():
                files += list(source.root.rglob("*.*"))
    present = files_key(path for path in files if path.is_file())
    key = key_of(data.model_dump(mode="json"), present, code_key("audio", "components", "corpora"))
    folder = cache / f"corpus-{key}"
    if not (folder / "manifest.csv").is_file():
        shutil.rmtree(folder, ignore_errors=True)
        (folder / "audio").mkdir(parents=True)
        write_manifest(build_manifest(data, folder / "audio"), folder)
    return read_manifest(folder).records


def _extract(
    records: list[ClipRecord], config: FeaturesConfig, copies: int, cache: Path
) -> FeatureTable:
    version = config.chosen().version
    rows = [(r.clip_ID, r.child_ID, r.Answer, r.corpus, r.split, r.sha256) for r in records]
    settings = config.augmentation.model_dump() if copies else {}
    code = code_key("audio", "features"), files_key([_EXTRACTION])
    key = key_of(config.feature_set, version, rows, settings, copies, code)
    path = cache / f"features-{key}.parquet"
    return cached_table(path, lambda: extract_features(records, config, copies=copies))
