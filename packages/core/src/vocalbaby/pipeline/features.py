"""Stage features: compute one table per feature set and split."""

import shutil

from pydantic import BaseModel, ConfigDict

from vocalbaby.components.feature_extraction import FeaturesConfig, extract_sets
from vocalbaby.components.feature_table import FeatureTable, write_feature_table
from vocalbaby.components.manifests import read_manifest
from vocalbaby.entity.manifest import SPLITS
from vocalbaby.entity.progress import TaskProgressCallback
from vocalbaby.pipeline.workspace import Workspace
from vocalbaby.utils.config import load_config

__all__ = ["NamedSets", "run_features", "single_sets"]


class NamedSets(BaseModel):
    """The feature sets that settings of another stage name; their other keys are not read here.

    Attributes:
        feature_sets: Names of feature sets, also several joined with ``+``.

    Examples:
        >>> NamedSets.model_validate({"feature_sets": ["mfcc"], "seed": 1}).feature_sets
        ('mfcc',)
    """

    model_config = ConfigDict(frozen=True)

    feature_sets: tuple[str, ...] = ()


def single_sets(workspace: Workspace, config: FeaturesConfig) -> list[str]:
    """Return the feature sets that the settings of the pipeline name, each once.

    Args:
        workspace: Folder of the settings; ``comparison.yaml`` and ``tuning.yaml`` may be absent.
        config: Settings of the features.

    Returns:
        Names without ``+``: the parts of joined sets. That of ``features.yaml`` comes first.

    Raises:
        ConfigError: A list of feature sets is not valid.

    Examples:
        >>> single_sets(Workspace(Path()), FeaturesConfig(feature_set="mfcc+egemaps"))
        ['mfcc', 'egemaps']
    """
    joined = [config.feature_set]
    for name in ("comparison.yaml", "tuning.yaml"):
        path = workspace.configs / name
        joined += load_config(path, NamedSets, optional_file=True).feature_sets
    return list(dict.fromkeys(part for name in joined for part in name.split("+")))


def run_features(
    workspace: Workspace, progress: TaskProgressCallback | None = None
) -> dict[str, dict[str, FeatureTable]]:
    """Write the tables of every feature set of train (with augmented copies), devel and test.

    A clip is decoded and augmented once for all sets, and rows in the cache are not computed
    again.

    Args:
        workspace: Folders of settings and results.
        progress: Called with (split and set, rows done, rows in all).

    Returns:
        The tables by set and split, of single sets: `read_feature_table` joins them.

    Raises:
        ConfigError: ``features.yaml`` is not valid, or a list of feature sets is not.
        DataError: The manifest does not exist, or it or a clip cannot be read.
        FeatureSetError: There is no such feature set, its model file or speech model cannot be
            used, or its licence is not accepted.

    Examples:
        >>> run_features(Workspace(Path("configs")))  # doctest: +SKIP
        {'mfcc': {'train': ...}}
    """
    config = load_config(workspace.features_config, FeaturesConfig, optional_file=True)
    names = single_sets(workspace, config)
    config.chosen()  # a set that is named twice is an error
    sets = [config.chosen(name) for name in names]
    records = read_manifest(workspace.ingestion).records
    tables: dict[str, dict[str, FeatureTable]] = {name: {} for name in names}
    for split in SPLITS:
        found = extract_sets(
            [r for r in records if r.split == split],
            config,
            sets,
            copies=config.augmentation.copies if split == "train" else 0,
            cache=workspace.feature_cache,
            progress=_named(progress, split, several=len(names) > 1),
        )
        for name, table in found.items():
            write_feature_table(workspace.feature_table(name, split), table)
            tables[name][split] = table
    # Joined tables that an earlier version wrote would be read instead of their parts.
    for stale in workspace.feature_table("*", "train").parent.parent.glob("*+*"):
        shutil.rmtree(stale)
    return tables


def _named(
    progress: TaskProgressCallback | None, split: str, *, several: bool
) -> TaskProgressCallback | None:
    if progress is None:
        return None
    return lambda name, done, total: progress(f"{split}, {name}" if several else split, done, total)
