"""Stage ingestion: read the corpora of ``data.yaml`` into a manifest."""

import shutil

from vocalbaby.components.manifest_building import IngestionConfig, build_manifest, summarize
from vocalbaby.components.manifests import write_manifest
from vocalbaby.entity.manifest import Manifest
from vocalbaby.entity.progress import TaskProgressCallback
from vocalbaby.pipeline.workspace import Workspace, write_json
from vocalbaby.utils.config import load_config

__all__ = ["run_ingestion"]


def run_ingestion(workspace: Workspace, progress: TaskProgressCallback | None = None) -> Manifest:
    """Read the corpora and write the manifest, the rejections and a summary.

    Args:
        workspace: Folders of settings and results. Synthetic audio of an earlier run is
            removed.
        progress: Called with (adapter, rows done, rows in all).

    Returns:
        The manifest, whose paths can be opened.

    Raises:
        ConfigError: ``data.yaml`` is not valid.
        DataError: A corpus cannot be read, or no row can be used.
    """
    config = load_config(workspace.data_config, IngestionConfig, "ingestion")
    audio = workspace.ingestion / "audio"
    shutil.rmtree(audio, ignore_errors=True)
    audio.mkdir(parents=True)
    manifest = build_manifest(config, audio, progress=progress)
    write_manifest(manifest, workspace.ingestion)
    write_json(workspace.ingestion / "summary.json", summarize(manifest))
    return manifest
