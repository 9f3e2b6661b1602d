"""Construction of the manifest from the corpora that ``data.yaml`` lists."""

from collections import Counter
from pathlib import Path

from pydantic import Field

from vocalbaby.components.splitting import SplitConfig, assign_splits
from vocalbaby.corpora.adapters import Source, read_source
from vocalbaby.corpora.candidates import deduplicate
from vocalbaby.entity.config import StrictModel
from vocalbaby.entity.manifest import Manifest, Rejection
from vocalbaby.entity.progress import TaskProgressCallback, for_task
from vocalbaby.exception import DataError

__all__ = ["IngestionConfig", "build_manifest", "summarize"]


class IngestionConfig(StrictModel):
    """Settings of ingestion: the corpora and how they are split.

    Attributes:
        sources: The corpora in order. Of clips with the same identifier or audio, the
            first is kept.
        split: Shares of train, devel and test.
    """

    sources: tuple[Source, ...] = Field(min_length=1)
    split: SplitConfig = SplitConfig()


def build_manifest(
    config: IngestionConfig,
    audio_folder: Path,
    *,
    progress: TaskProgressCallback | None = None,
) -> Manifest:
    """Read every corpus, remove duplicates, and split the clips by child.

    Args:
        config: Corpora and shares of the splits.
        audio_folder: Folder for the audio of synthetic corpora.
        progress: Called with (adapter, rows done, rows in all).

    Returns:
        The records with their splits, and all rejections.

    Raises:
        DataNotFoundError: A corpus does not exist.
        DataError: No row of any corpus can be used.
    """
    rows = []
    rejections: list[Rejection] = []
    for source in config.sources:
        name = source.adapter
        manifest = read_source(source, audio_folder, progress=for_task(progress, name))
        rows += [(f"{name}:{r.clip_ID}", r) for r in manifest.records]
        rejections += manifest.rejections
    records, duplicates = deduplicate(rows)
    rejections += duplicates
    if not records:
        reasons = Counter(r.code for r in rejections).most_common(5)
        raise DataError(
            f"None of the {len(rejections)} rows can be used "
            f"({', '.join(f'{code}: {n}' for code, n in reasons) or 'no rows'}).",
            hint="Check the paths and columns of the sources in data.yaml.",
        )
    return Manifest(assign_splits(records, config.split), tuple(rejections))


def summarize(manifest: Manifest) -> dict[str, object]:
    """Count rows, accepted clips by corpus, class and split, and rejections by code."""
    records = manifest.records
    return {
        "rows": len(records) + len(manifest.rejections),
        "accepted": len(records),
        "rejected": len(manifest.rejections),
        "children": len({r.child_ID for r in records}),
        "duration_s": round(sum(r.duration_s for r in records), 3),
        "by_corpus": dict(sorted(Counter(r.corpus for r in records).items())),
        "by_class": dict(sorted(Counter(r.Answer for r in records).items())),
        "by_split": dict(sorted(Counter(r.split for r in records).items())),
        "rejected_by_code": dict(sorted(Counter(r.code for r in manifest.rejections).items())),
    }
