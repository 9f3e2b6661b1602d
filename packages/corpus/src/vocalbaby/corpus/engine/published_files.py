"""The files of a set of annotations, and which of them are ours."""

import hashlib
import json
import os
import tempfile
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any, Final

import yaml

from vocalbaby.corpora.childproject import read_sets
from vocalbaby.corpora.childproject.index_rows import replace_set
from vocalbaby.corpora.childproject.layout import ANNOTATIONS, INDEX
from vocalbaby.exception import ConfigError, DataError
from vocalbaby.utils.version import VERSION

__all__ = ["SetFolder"]

#: Name and checksum of each file that was written, so that no other one is replaced or removed.
_STATE: Final = ".vocalbaby.jsonl"
_ABOUT: Final = "metannots.yml"
_REPOSITORY: Final = "https://github.com/vocalbaby/vocalbaby"


@dataclass(slots=True)
class SetFolder:
    """The folder of a set.

    Args:
        root: The ChildProject folder.
        name: Name of the set.
        overwrite: Whether to replace files that were changed since.
        known: Checksums of the files that were written before, by path in the folder.
        index: Content of ``metadata/annotations.csv`` at the begin.
        new: Checksums of the files of this time.
        written: Files that are new or different.
        notes: What a user should know.
    """

    root: Path
    name: str
    overwrite: bool
    known: dict[str, list[str]]
    index: bytes
    new: dict[str, str] = field(default_factory=dict)
    written: int = 0
    notes: list[str] = field(default_factory=list)

    @classmethod
    def open(cls, root: Path, name: str, *, overwrite: bool) -> "SetFolder":
        """Open the folder of a set, which need not exist.

        Raises:
            ConfigError: The set is there, and was not made by this program.
            DataError: The index is damaged.
        """
        folder = root / ANNOTATIONS / name
        known = _read_state(folder / _STATE)
        parts = ("raw", "converted", _ABOUT)
        is_there = name in read_sets(root) or any((folder / part).exists() for part in parts)
        if is_there and known is None:
            raise ConfigError(
                f"The set {name} of {root} was not made by vocalbaby corpus publish.",
                hint="Name another one with --set.",
            )
        index = (root / INDEX).read_bytes() if (root / INDEX).exists() else b""
        replace_set(index, name, [])  # which says what is wrong, before anything is written
        return cls(root, name, overwrite, known or {}, index)

    @property
    def folder(self) -> Path:
        """The folder of the set."""
        return self.root / ANNOTATIONS / self.name

    def write(self, name: str, data: bytes) -> None:
        """Write a file as a whole, unless it is there already.

        Raises:
            ConfigError: The file was changed by another program.
        """
        checksum = hashlib.sha256(data).hexdigest()
        self.new[name] = checksum
        there = self._checksum(name)
        if there == checksum:
            return
        if there and there not in self.known.get(name, ()) and not self.overwrite:
            raise ConfigError(
                f"{self.folder / name} was changed since it was published.",
                hint="Add --overwrite to replace it, or name another --set.",
            )
        self.folder.mkdir(parents=True, exist_ok=True)
        with (self.folder / _STATE).open("ab") as state:  # first: no interruption leaves a file
            state.write(_line(name, checksum))  # that would be taken for another program's
        self.known.setdefault(name, []).append(checksum)
        _replace(self.folder / name, data)
        self.written += 1

    def describe(self, models: Sequence[str]) -> None:
        """Write ``metannots.yml``, unless a user has written or changed it."""
        there = self._checksum(_ABOUT)
        if there and there not in self.known.get(_ABOUT, ()) and not self.overwrite:
            self.new[_ABOUT] = there
            self.notes.append(f"{self.folder / _ABOUT} was written by others and is left as it is.")
            return
        version = f"vocalbaby {VERSION}, model {', '.join(models)}"
        old: dict[str, Any] = yaml.safe_load((self.folder / _ABOUT).read_text()) if there else {}
        today = datetime.now().astimezone().date().isoformat()
        same = old.get("annotation_algorithm_version") == version
        about = {
            "segmentation": self.name,
            "segmentation_type": "permissive",
            "method": "automated",
            "sampling_method": "none",
            "annotation_algorithm_name": "VocalBaby",
            "annotation_algorithm_version": version,
            "annotation_algorithm_repo": _REPOSITORY,
            "date_annotation": old["date_annotation"] if same else today,
            "has_speaker_type": "Y",
            "has_vcm_type": "Y",
        }
        self.write(_ABOUT, yaml.safe_dump(about, sort_keys=False).encode())

    def finish(self, rows: Sequence[dict[str, str]]) -> tuple[int, int]:
        """Write the index, and remove files of recordings that the set does not have any more.

        Args:
            rows: All rows of the set.

        Returns:
            Number of files that were written, and that were removed.

        Raises:
            DataError: Another program changed the index meanwhile.
        """
        path = self.root / INDEX
        if (path.read_bytes() if path.exists() else b"") != self.index:
            raise DataError(f"{path} was changed meanwhile.", hint="Run the command again.")
        index = replace_set(self.index, self.name, rows)
        if index != self.index:
            _replace(path, index)
            self.written += 1
        removed = 0
        for name in sorted({*self.known} - {*self.new}):
            if (there := self._checksum(name)) is None:
                continue
            if there in self.known[name]:
                (self.folder / name).unlink()
                removed += 1
            else:
                self.notes.append(f"{self.folder / name} was changed by others and is left.")
        state = b"".join(_line(name, checksum) for name, checksum in sorted(self.new.items()))
        if not (self.folder / _STATE).exists() or (self.folder / _STATE).read_bytes() != state:
            _replace(self.folder / _STATE, state)
        return self.written, removed

    def _checksum(self, name: str) -> str | None:
        path = self.folder / name
        return hashlib.sha256(path.read_bytes()).hexdigest() if path.exists() else None


def _line(name: str, checksum: str) -> bytes:
    return (json.dumps([name, checksum]) + "\n").encode()


def _read_state(path: Path) -> dict[str, list[str]] | None:
    """Return the checksums of each file; None if there is no state."""
    if not path.is_file():
        return None
    found: dict[str, list[str]] = {}
    for line in path.read_bytes().splitlines():
        with suppress(ValueError, TypeError):  # of an interrupted run, at the end
            name, checksum = json.loads(line)
            found.setdefault(str(name), []).append(str(checksum))
    return found


def _replace(path: Path, data: bytes) -> None:
    """Write a file such that an interruption leaves the former one."""
    path.parent.mkdir(parents=True, exist_ok=True)
    handle, partial = tempfile.mkstemp(prefix=".", dir=path.parent)
    try:
        with os.fdopen(handle, "wb") as stream:
            stream.write(data)
            stream.flush()
            os.fsync(stream.fileno())
        Path(partial).chmod(path.stat().st_mode & 0o777 if path.exists() else 0o644)
        Path(partial).replace(path)
    finally:
        Path(partial).unlink(missing_ok=True)
