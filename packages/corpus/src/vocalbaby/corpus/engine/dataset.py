"""The dataset of an archive: segments, figures and records, in a folder or a bucket."""

import hashlib
import json
import os
from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Final

from vocalbaby.cloud.opening import open_storage
from vocalbaby.corpus.engine.names import encoded, file_name
from vocalbaby.corpus.engine.records import DatasetFile, Record

__all__ = ["Dataset"]

#: Records that are requested at once: each takes some ms in a bucket.
_REQUESTS: Final = 16

#: Reads are small: a record has some kB.
_RECORD_BYTES: Final = 2**22


class Dataset:
    """The results of an archive.

    Args:
        url: A folder, which need not exist, or ``s3://bucket/prefix``.

    Raises:
        StorageError: The address is of another kind.
        MissingExtraError: The address is of S3, and the extra ``s3`` is not installed.

    Examples:
        >>> dataset = Dataset("results")
        >>> dataset.write_record(Record("day1", "day1.wav", child_id="c07"))
        >>> [record.recording_id for record in dataset.records()]
        ['day1']
    """

    def __init__(self, url: str) -> None:
        self.url = url
        self.storage = open_storage(url)
        self._folder = None if url.startswith("s3://") else Path(url)

    def write(self, kind: str, record: Record, data: bytes) -> DatasetFile:
        """Write a file of results, as a whole.

        Args:
            kind: ``segments`` or ``figures``.
            record: The recording.
            data: Content of the file.

        Returns:
            Name, checksum and size of the file.
        """
        name = file_name(kind, record.corpus, record.child_id, record.recording_id)
        self.storage.replace(name, data)
        return DatasetFile(name, hashlib.sha256(data).hexdigest(), len(data))

    def write_record(self, record: Record) -> None:
        """Write the record of a recording, as a whole; its results have to be written before.

        Args:
            record: The record.
        """
        self.storage.replace(self.record_name(record), record.to_json())

    def remove_former(self, former: Record | None, record: Record) -> None:
        """Remove files of a recording's former record that the new one does not have.

        The child of a recording, which is in the names of its files, may have changed.

        Args:
            former: The former record, or None.
            record: The new record, which has been written.
        """
        if former is None:
            return
        kept = {self.record_name(record), *(file.name for file in record.files)}
        names = [self.record_name(former), *(file.name for file in former.files)]
        for name in (name for name in names if name not in kept):
            self.storage.delete(name)

    @staticmethod
    def record_name(record: Record) -> str:
        """Return the key of a record.

        Args:
            record: The record.
        """
        return file_name("records", record.corpus, record.child_id, record.recording_id)

    def read(self, file: DatasetFile) -> bytes | None:
        """Return the content of a file; None if it is missing or differs from its checksum.

        Args:
            file: The file, as a record has it.
        """
        stored = self.storage.get(file.name)
        if stored is None or hashlib.sha256(stored.data).hexdigest() != file.sha256:
            return None
        return stored.data

    def records(self) -> Iterator[Record]:
        """Yield all records that can be read, in the order of their names."""
        for _, record in self.record_files():
            if record is not None:
                yield record

    def record_files(self) -> Iterator[tuple[str, Record | None]]:
        """Yield the key of each record's file with the record; None if it is damaged."""
        names = self.storage.list("records/")
        with ThreadPoolExecutor(_REQUESTS if self._folder is None else 1) as pool:
            yield from zip(names, pool.map(self._record, names), strict=True)

    def _record(self, name: str) -> Record | None:
        stored = self.storage.get(name, max_bytes=_RECORD_BYTES)
        return None if stored is None else Record.from_json(stored.data)

    def result_names(self) -> set[str]:
        """Return the keys of all files of results."""
        return {*self.storage.list("segments/"), *self.storage.list("figures/")}

    def log(self, run: str, entry: Mapping[str, object]) -> None:
        """Add a line to the log of a run; logs are no results, and say what was done when.

        Args:
            run: Name of the run.
            entry: What JSON can hold; it has a ``recording_id``.
        """
        line = (json.dumps(entry, sort_keys=True) + "\n").encode()
        if self._folder is None:
            name = f"runs/{encoded(run)}/{encoded(str(entry['recording_id']))}.json"
            self.storage.replace(name, line)
            return
        folder = self._folder / "runs" / encoded(run)
        folder.mkdir(parents=True, exist_ok=True)
        handle = os.open(
            folder / f"{os.getpid()}.jsonl", os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o644
        )
        try:
            os.write(handle, line)
        finally:
            os.close(handle)
