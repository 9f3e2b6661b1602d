"""Runs of the engine on the archive of the tests."""

import hashlib
from dataclasses import replace
from pathlib import Path
from typing import Any

from vocalbaby.corpus.archive import open_archive
from vocalbaby.corpus.engine import executors
from vocalbaby.corpus.engine.dataset import Dataset
from vocalbaby.corpus.engine.planning import make_plan
from vocalbaby.corpus.engine.run_settings import RunSettings
from vocalbaby.corpus.engine.running import RunResult, run_plan


def settings_of(folder: Path, **changes: Any) -> RunSettings:
    return replace(RunSettings(str(folder / "dataset")), **changes)


def run(
    archive: Path,
    settings: RunSettings,
    *,
    executor: executors.Executor | None = None,
    **options: Any,
) -> RunResult:
    recordings = open_archive(str(archive)).recordings
    plan = make_plan(recordings, Dataset(settings.dataset), settings, **options)
    return run_plan(
        plan,
        settings,
        executor or executors.processes(1),
        lambda *_: None,
        lambda *_: None,
    )


def work(result: RunResult) -> dict[str, str]:
    return {each.record.recording_id: each.work for each in result.outcomes}


def checksums(settings: RunSettings) -> dict[str, str]:
    """Checksum of every result, by its name in the dataset."""
    root = Path(settings.dataset)
    return {
        path.relative_to(root).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest()
        for kind in ("segments", "figures", "records")
        for path in sorted((root / kind).rglob("*"))
        if path.is_file()
    }
