"""The real recordings on which recipes are evaluated, by corpus."""

import csv
import hashlib
from collections import Counter
from collections.abc import Collection
from dataclasses import dataclass
from pathlib import Path
from typing import Final, NamedTuple

from benchmarks.transfer.splits import Half, half_of
from vocalbaby.audio import SUFFIXES
from vocalbaby.corpora.babblecor import babblecor
from vocalbaby.entity.identity import ClipKey, clip_key
from vocalbaby.entity.manifest import ClipRecord
from vocalbaby.exception import DataNotFoundError

__all__ = ["CORPORA", "Recordings", "read_recordings", "speech_sets"]


class _Table(NamedTuple):
    csv: str
    clips: str
    where: dict[str, list[str]]
    same_child: dict[str, str] | None = None


CORPORA: Final = {
    "LyonCry": _Table("metadata.csv", "clips", {"corpus": ["LyonCry"]}),
    "ESC-10": _Table("metadata.csv", "clips", {"corpus": ["ESC10"]}, {"esc_30322": "esc_28314"}),
    "DonateACry": _Table("donateacry_metadata.csv", "donateacry", {}),
    "FSDD": _Table("metadata.csv", "clips", {"corpus": ["FSDD"]}),
    # Its one cry would be half of a UAR.
    "hard": _Table(
        "hard_metadata.csv",
        "hard",
        {"Answer": ["Junk"]},
        {"antumdeluge-sounds_mod-fuse_short": "antumdeluge-sounds_mod-fuse"},
    ),
}


@dataclass(frozen=True, slots=True)
class Recordings:
    """The clips of one corpus.

    Attributes:
        name: Name of the corpus in the tables.
        records: The clips of both halves.
        notes: Column ``note`` by corpus and ``clip_ID``; the kinds of hard sounds.
        rejected: Number of rows that cannot be used, by reason.
    """

    name: str
    records: tuple[ClipRecord, ...]
    notes: dict[ClipKey, str]
    rejected: dict[str, int]

    @property
    def corpora(self) -> set[str]:
        """Values of the column ``corpus``."""
        return {record.corpus for record in self.records}

    def of_half(self, half: Half) -> list[ClipRecord]:
        """Select the clips of one half."""
        return [r for r in self.records if half_of(r.corpus, r.child_ID) == half]


def read_recordings(data: Path, names: Collection[str] = tuple(CORPORA)) -> list[Recordings]:
    """Read corpora of the data folder.

    Args:
        data: Folder with ``metadata.csv`` and ``clips/``, ``donateacry_metadata.csv`` and
            ``donateacry/``, ``hard_metadata.csv`` and ``hard/``.
        names: Keys of `CORPORA`.

    Raises:
        DataNotFoundError: A table or a folder does not exist.
    """
    return [_read(data, name, CORPORA[name]) for name in names]


def _read(data: Path, name: str, table: _Table) -> Recordings:
    found = babblecor(
        data / table.csv, data / table.clips, where=table.where, same_child=table.same_child
    )
    with (data / table.csv).open(encoding="utf-8-sig", newline="") as stream:
        notes = {
            clip_key(row.get("corpus") or "BabbleCor", row["clip_ID"]): row.get("note", "")
            for row in csv.DictReader(stream)
        }
    rejected = Counter(r.code for r in found.rejections if r.code != "excluded")
    return Recordings(name, found.records, notes, dict(rejected))


def speech_sets(folder: Path) -> dict[str, list[ClipRecord]]:
    """List the clips of a folder of speech.

    Args:
        folder: A corpus in the layout of BabbleCor (``metadata.csv`` and ``clips/``), or a
            folder of audio files with its subfolders.

    Returns:
        The clips by ``corpus, note`` of the table, or all of them under the name of the
        folder.

    Raises:
        DataNotFoundError: The folder has no audio file.
        DataError: The table cannot be read.
    """
    if (folder / "metadata.csv").is_file():
        found = _read(folder, folder.name, _Table("metadata.csv", "clips", {}))
        sets: dict[str, list[ClipRecord]] = {}
        for record in found.records:
            note = found.notes[record.key]
            name = f"{record.corpus}, {note}" if note else record.corpus
            sets.setdefault(name, []).append(record)
        if sets:
            return sets
    return {folder.name: _audio_files(folder)}


def _audio_files(folder: Path) -> list[ClipRecord]:
    paths = sorted(p for p in folder.rglob("*") if p.suffix.lower() in SUFFIXES)
    if not paths:
        raise DataNotFoundError(f"There is no audio file in {folder}.")
    return [
        ClipRecord(
            clip_ID=str(path.relative_to(folder)),
            child_ID=str(path.relative_to(folder).parent),
            Answer="Junk",
            corpus=folder.name,
            age_mo_round=None,
            child_gender="",
            path=str(path),
            split="",
            duration_s=0.0,
            sha256=hashlib.sha256(path.read_bytes()).hexdigest(),
        )
        for path in paths
    ]
