"""Stage ingestion: read the corpora of ``data.yaml`` into a manifest."""

import shutil
from collections.abc import Callable

from vocalbaby.components.manifest_building import (
    IngestionConfig,
    build_manifest,
    require_few_rejections,
    summarize,
)
from vocalbaby.components.manifests import write_manifest
from vocalbaby.entity.manifest import Manifest
from vocalbaby.entity.progress import TaskProgressCallback
from vocalbaby.pipeline.workspace import Workspace, write_json
from vocalbaby.utils.config import load_config

__all__ = ["run_ingestion"]


def run_ingestion(
    workspace: Workspace,
    progress: TaskProgressCallback | None = None,
    *,
    max_rejected: float | None = None,
    report: Callable[[dict[str, object]], None] | None = None,
) -> Manifest:
    """Read the corpora and write the manifest, the rejections and a summary.

    Args:
        workspace: Folders of settings and results. Synthetic audio of an earlier run is
            removed.
        progress: Called with (adapter, rows done, rows in all).
        max_rejected: Share of the rows that may be rejected, in place of that in ``data.yaml``.
        report: Called with the summary when all files are written, before a high share of
            rejections is an error.

    Returns:
        The manifest, whose paths can be opened.

    Raises:
        ConfigError: ``data.yaml`` is not valid.
        DataError: A corpus cannot be read, no row can be used, or too many are rejected.
    """
    config = load_config(workspace.data_config, IngestionConfig, "ingestion")
    audio = workspace.ingestion / "audio"
    shutil.rmtree(audio, ignore_errors=True)
    audio.mkdir(parents=True)
    manifest = build_manifest(config, audio, progress=progress)
    write_manifest(manifest, workspace.ingestion)
    summary = summarize(manifest)
    write_json(workspace.ingestion / "summary.json", summary)
    if report is not None:
        report(summary)
    require_few_rejections(manifest, config.max_rejected if max_rejected is None else max_rejected)
    return manifest
