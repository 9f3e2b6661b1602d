"""Annotations of an archive, recording after recording, so that memory does not grow with it."""

from collections.abc import Iterator, Sequence
from pathlib import Path

from vocalbaby.commands.annotation_files import Annotated, read_all
from vocalbaby.corpus.sampling.dataset_files import read_predictions
from vocalbaby.corpus.sampling.predictions import Predictions
from vocalbaby.entity.timeline import Timeline
from vocalbaby.exception import DataError, DataNotFoundError, VocalBabyError

__all__ = ["is_dataset", "stream", "without_segments"]


def is_dataset(name: str) -> bool:
    """Whether an input is a dataset of ``vocalbaby corpus``, which has a folder ``segments``."""
    return (Path(name) / "segments").is_dir()


def stream(
    inputs: Sequence[str], format_: str | None, found: Annotated, *, recursive: bool
) -> Iterator[Timeline | Predictions]:
    """Yield the timelines of files, folders, patterns and datasets.

    The files of a dataset are read one after another; all others at once.

    Args:
        inputs: What the user has named.
        format_: Format of the annotations; None to recognize it.
        found: Gets the files that cannot be read or are passed over.
        recursive: Read subfolders of folders that are no datasets.

    Yields:
        Timelines, or predictions of datasets, in the order of the inputs.

    Raises:
        DataNotFoundError: An input does not exist, or has no annotations.
    """
    for name in inputs:
        if is_dataset(name):
            yield from _dataset(Path(name), found)
            continue
        if not Path(name).exists() and not any(each in name for each in "*?["):
            raise DataNotFoundError(f"There are no annotations {name}.")
        part = read_all([name], format_, recursive=recursive)
        found.failed += part.failed
        found.passed_over += part.passed_over
        found.subfolders += part.subfolders
        yield from part.timelines


def _dataset(root: Path, found: Annotated) -> Iterator[Predictions]:
    files = sorted((root / "segments").rglob("*.parquet"))
    if not files:
        raise DataNotFoundError(
            f"The dataset {root} has no segments.", hint="Run vocalbaby corpus first."
        )
    for path in files:
        try:
            yield from read_predictions(path)
        except (DataError, DataNotFoundError, OSError) as error:
            text = error.message if isinstance(error, VocalBabyError) else str(error)
            found.failed.append((str(path), text))


def without_segments(inputs: Sequence[str]) -> list[str]:
    """Recordings that datasets have a record of, but no segments, such as failed ones.

    Args:
        inputs: What the user has named.

    Returns:
        The records' names below the folder ``records``, without suffix.
    """
    lacking = []
    for root in (Path(name) for name in inputs if is_dataset(name)):
        for record in sorted((root / "records").rglob("*.json")):
            below = record.relative_to(root / "records").with_suffix("")
            if not (root / "segments" / below.with_name(f"{below.name}.parquet")).is_file():
                lacking.append(below.as_posix())
    return lacking
