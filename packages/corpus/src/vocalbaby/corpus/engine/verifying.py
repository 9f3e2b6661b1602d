"""Compares every file of a dataset with its record."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Final, Literal, TypeAlias

from vocalbaby.corpus.engine.dataset import Dataset
from vocalbaby.corpus.engine.records import DatasetFile, Record

__all__ = ["KINDS", "DatasetProblem", "ProblemKind", "repair", "verify"]

#: ``missing`` and ``damaged`` files of a record, ``damaged_record`` files, ``repeated`` records of
#: one recording, and files that are ``unknown`` to every record.
ProblemKind: TypeAlias = Literal["missing", "damaged", "damaged_record", "repeated", "unknown"]

#: All kinds, with what each means.
KINDS: Final[dict[ProblemKind, str]] = {
    "missing": "a file of a record is missing",
    "damaged": "a file differs from the checksum in its record",
    "damaged_record": "a record cannot be read",
    "repeated": "a recording has another record, under the name of another child",
    "unknown": "no record has the file",
}


@dataclass(frozen=True, slots=True)
class DatasetProblem:
    """Something that is wrong in a dataset.

    Attributes:
        kind: One of `KINDS`.
        name: Key of the file.
        recording_id: The recording, where it is known.

    Examples:
        >>> DatasetProblem("unknown", "segments/child=c07/old.parquet").kind
        'unknown'
    """

    kind: ProblemKind
    name: str
    recording_id: str = ""


def verify(
    dataset: Dataset, progress: Callable[[int, int], None] | None = None
) -> list[DatasetProblem]:
    """Read every file of a dataset, and return what is wrong.

    Args:
        dataset: The results.
        progress: Called with the records that are done, and all.

    Examples:
        >>> dataset = Dataset("results")
        >>> _ = dataset.storage.replace("segments/child=c07/old.parquet", b"PAR1")
        >>> [(each.kind, each.name) for each in verify(dataset)]
        [('unknown', 'segments/child=c07/old.parquet')]
    """
    problems: list[DatasetProblem] = []
    known: set[str] = set()
    names: dict[str, str] = {}
    found = list(dataset.record_files())
    for number, (name, record) in enumerate(found, 1):
        if record is None:
            problems.append(DatasetProblem("damaged_record", name))
            continue
        if record.recording_id in names:
            problems.append(DatasetProblem("repeated", name, record.recording_id))
        names.setdefault(record.recording_id, name)
        known.update(file.name for file in record.files)
        problems += _of_files(dataset, record, record.files)
        if progress is not None:
            progress(number, len(found))
    unknown = sorted(dataset.result_names() - known)
    return problems + [DatasetProblem("unknown", name) for name in unknown]


def _of_files(
    dataset: Dataset, record: Record, files: Iterable[DatasetFile]
) -> list[DatasetProblem]:
    problems = []
    for file in files:
        if not dataset.storage.exists(file.name):
            problems.append(DatasetProblem("missing", file.name, record.recording_id))
        elif dataset.read(file) is None:
            problems.append(DatasetProblem("damaged", file.name, record.recording_id))
    return problems


def repair(dataset: Dataset, problems: Iterable[DatasetProblem]) -> None:
    """Remove what is wrong, so that the next run makes it again.

    With a missing or damaged file, the record and the other file of its recording are removed.

    Args:
        dataset: The results.
        problems: What `verify` returned.
    """
    affected = set()
    for problem in problems:
        if problem.kind != "missing":
            dataset.storage.delete(problem.name)
        if problem.kind in {"missing", "damaged"}:
            affected.add(problem.recording_id)
    for record in list(dataset.records()) if affected else ():
        if record.recording_id in affected:
            for name in (dataset.record_name(record), *(file.name for file in record.files)):
                dataset.storage.delete(name)
