"""Stage validation: check the manifest and its audio."""

from dataclasses import asdict

from vocalbaby.components.manifest_checks import ValidationConfig, ValidationReport, check_manifest
from vocalbaby.components.manifests import read_manifest
from vocalbaby.entity.progress import TaskProgressCallback, for_task
from vocalbaby.pipeline.workspace import Workspace, write_json
from vocalbaby.utils.config import load_config

__all__ = ["run_validation"]


def run_validation(
    workspace: Workspace, progress: TaskProgressCallback | None = None
) -> ValidationReport:
    """Check the manifest and write a report.

    Args:
        workspace: Folders of settings and results.
        progress: Called with (``validation``, clips done, clips in all).

    Returns:
        The report; `components.manifest_checks.require_valid` raises for its errors.

    Raises:
        ConfigError: ``data.yaml`` is not valid.
        DataError: The manifest does not exist or cannot be read.
    """
    config = load_config(workspace.data_config, ValidationConfig, "validation", optional=True)
    records = read_manifest(workspace.ingestion).records
    report = check_manifest(records, config, progress=for_task(progress, "validation"))
    write_json(workspace.validation / "report.json", asdict(report))
    return report
