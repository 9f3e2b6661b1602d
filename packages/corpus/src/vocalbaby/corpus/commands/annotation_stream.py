"""Annotations of an archive, recording after recording, so that memory does not grow with it."""

from collections.abc import Iterator, Sequence
from pathlib import Path

from vocalbaby import annotations
from vocalbaby.commands.annotation_files import Annotated, read_all
from vocalbaby.corpus.engine.dataset import Dataset
from vocalbaby.corpus.sampling.dataset_files import read_predictions
from vocalbaby.corpus.sampling.predictions import Predictions
from vocalbaby.entity.timeline import Timeline
from vocalbaby.exception import DataError, DataNotFoundError

__all__ = ["is_dataset", "stream", "stream_timelines", "without_segments"]


def is_dataset(name: str) -> bool:
    """Whether an input is a dataset of ``vocalbaby corpus``, in a bucket or a folder."""
    return name.startswith("s3://") or (Path(name) / "segments").is_dir()


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
        StorageError: A bucket cannot be read.
    """
    for name in inputs:
        if is_dataset(name):
            yield from _dataset(name, found)
            continue
        if not Path(name).exists() and not any(each in name for each in "*?["):
            raise DataNotFoundError(f"There are no annotations {name}.")
        part = read_all([name], format_, recursive=recursive)
        found.failed += part.failed
        found.passed_over += part.passed_over
        found.subfolders += part.subfolders
        yield from part.timelines


def stream_timelines(inputs: Sequence[str], found: Annotated) -> Iterator[Timeline]:
    """Yield the timelines of files, folders, patterns and datasets, with all of their segments.

    Args:
        inputs: What the user has named.
        found: Gets the files that cannot be read or are passed over.

    Raises:
        DataNotFoundError: An input does not exist, or has no annotations.
        StorageError: A bucket cannot be read.
    """
    for name in inputs:
        if not is_dataset(name):
            others = stream([name], None, found, recursive=True)
            yield from (each for each in others if isinstance(each, Timeline))
            continue
        storage = Dataset(name).storage
        for key in storage.list("segments/"):
            stored = storage.get(key)
            if stored is None:
                continue  # a run replaces it
            try:
                yield from annotations.parse(stored.data, "parquet", key)
            except DataError as error:
                found.failed.append((key, error.message))


def _dataset(url: str, found: Annotated) -> Iterator[Predictions]:
    storage = Dataset(url).storage
    names = [name for name in storage.list("segments/") if name.endswith(".parquet")]
    if not names:
        raise DataNotFoundError(
            f"The dataset {url} has no segments.", hint="Run vocalbaby corpus first."
        )
    for name in names:
        try:
            if (stored := storage.get(name)) is None:
                raise DataNotFoundError(f"{name} is gone.")
            yield from read_predictions(stored.data, name)
        except DataError as error:
            found.failed.append((f"{url.rstrip('/')}/{name}", error.message))


def without_segments(inputs: Sequence[str]) -> dict[str, str]:
    """Recordings that datasets have a record of, but no segments.

    Args:
        inputs: What the user has named.

    Returns:
        The reason, by the recording's name.
    """
    lacking = {}
    for url in filter(is_dataset, inputs):
        for name, record in Dataset(url).record_files():
            if record is None:
                lacking[name] = "Its record is damaged, or of another version."
            elif not record.is_done:
                lacking[record.recording_id] = record.error.get("message", "")
    return lacking
