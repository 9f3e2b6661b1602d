"""Stage features: compute one feature table per split."""

from vocalbaby.components.feature_extraction import FeaturesConfig, extract_features
from vocalbaby.components.feature_table import FeatureTable, write_feature_table
from vocalbaby.components.manifests import read_manifest
from vocalbaby.entity.manifest import SPLITS
from vocalbaby.entity.progress import TaskProgressCallback, for_task
from vocalbaby.pipeline.workspace import Workspace
from vocalbaby.utils.config import load_config

__all__ = ["run_features"]


def run_features(
    workspace: Workspace, progress: TaskProgressCallback | None = None
) -> dict[str, FeatureTable]:
    """Write the feature tables of train (with augmented copies), devel and test.

    Args:
        workspace: Folders of settings and results.
        progress: Called with (split, rows done, rows in all).

    Returns:
        The tables by split.

    Raises:
        ConfigError: ``features.yaml`` is not valid.
        DataError: The manifest does not exist, or it or a clip cannot be read.
    """
    config = load_config(workspace.features_config, FeaturesConfig, optional_file=True)
    records = read_manifest(workspace.ingestion).records
    tables = {}
    for split in SPLITS:
        table = extract_features(
            [r for r in records if r.split == split],
            config,
            copies=config.augmentation.copies if split == "train" else 0,
            progress=for_task(progress, split),
        )
        write_feature_table(workspace.feature_table(config.feature_set, split), table)
        tables[split] = table
    return tables
