"""Corpora in the layout of BabbleCor: a metadata table and a folder of clips.

Cychosz, Seidl, Bergelson et al. (2019), "BabbleCor: A Crosslinguistic Corpus of Babble
Development in Five Languages", https://osf.io/rz4tx/. The corpus needs a signed
data-use agreement; this adapter reads a copy that you provide.
"""

import logging
import os
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path, PurePath
from typing import Final

from vocalbaby.audio import SUFFIXES, listing
from vocalbaby.corpora.candidates import Candidate, collect
from vocalbaby.corpora.tables import Row, read_table
from vocalbaby.entity.identity import normal_id
from vocalbaby.entity.manifest import Manifest, Note
from vocalbaby.entity.progress import ProgressCallback
from vocalbaby.exception import ConfigError, DataNotFoundError
from vocalbaby.utils.wording import counted

__all__ = ["babblecor"]

logger = logging.getLogger(__name__)

REQUIRED: Final = ("clip_ID", "child_ID", "Answer")
USED: Final = (*REQUIRED, "corpus", "age_mo_round", "child_gender", "split")


def babblecor(
    csv_path: Path,
    wav_folder: Path,
    *,
    corpus: str = "BabbleCor",
    where: Mapping[str, Sequence[str]] | None = None,
    same_child: Mapping[str, str] | None = None,
    progress: ProgressCallback | None = None,
) -> Manifest:
    r"""Read a corpus in BabbleCor's layout.

    The columns ``clip_ID``, ``child_ID`` and ``Answer`` are required. The columns
    ``corpus``, ``age_mo_round``, ``child_gender`` and ``split`` are optional and may have
    empty cells; an age or gender that cannot be used counts as empty, with a note. Other
    columns are used by ``where`` only.

    Args:
        csv_path: Metadata table; see `vocalbaby.corpora.tables.read_table`.
        wav_folder: Folder of the audio files. The name of a file is the ``clip_ID``, followed
            by ``.wav`` unless it ends in the suffix of an audio format; if there is no such
            file, by another suffix. Unicode form, letter case, and zeros of a number may differ
            if this leaves one file only. Absolute paths inside of the folder are shortened.
        corpus: Name of the corpus for rows whose ``corpus`` cell is empty.
        where: Maps a column to its accepted values. Other rows are rejected with the
            code ``excluded``.
        same_child: Maps a ``child_ID`` to another one of the table that means the same child.
        progress: Called with (rows done, rows in all) after each row.

    Returns:
        Records and rejections, together one per row of the table that is not empty, and notes. A
        warning is logged if the folder has recordings that are in no row.

    Raises:
        DataNotFoundError: The table or the folder does not exist.
        DataError: A required column is missing or a column occurs twice, or the table cannot
            be read.
        ConfigError: ``same_child`` has a child that is not in the table.

    Examples:
        >>> import numpy as np
        >>> from vocalbaby import audio
        >>> Path("clips").mkdir()
        >>> audio.write_wav("clips/a.wav", np.random.default_rng(0).normal(0, 0.1, 8000), 16000)
        >>> rows = "clip_ID,child_ID,Answer\na,c1,Crying\nb,c1,Junk\n"
        >>> Path("metadata.csv").write_text(rows) == len(rows)
        True
        >>> manifest = babblecor(Path("metadata.csv"), Path("clips"))
        >>> [each.clip_ID for each in manifest.records], [e.code for e in manifest.rejections]
        (['a'], ['file_missing'])
    """
    where = where or {}
    table = read_table(csv_path, (*REQUIRED, *where), USED)
    if not wav_folder.is_dir():
        there = "" if wav_folder.is_absolute() else f" in {Path.cwd()}"
        raise DataNotFoundError(
            f"There is no audio folder {wav_folder}{there}.",
            hint="Check `wav_folder` in data.yaml.",
        )
    candidates = [_candidate(row, csv_path.name, wav_folder, corpus, where) for row in table.rows]
    candidates = _merge_children(candidates, same_child or {}, csv_path)
    manifest = collect(candidates, progress=progress)
    paths = [*(str(row.path) for row in candidates), *(r.path for r in manifest.records)]
    _warn_of_unlisted(csv_path, wav_folder, paths)
    if not table.empty:
        return manifest
    remark = f"{counted(table.empty, 'row')} with empty cells only, passed over"
    return replace(manifest, notes=(*manifest.notes, Note(csv_path.name, "", "rows_empty", remark)))


def _merge_children(
    candidates: list[Candidate], same_child: Mapping[str, str], csv_path: Path
) -> list[Candidate]:
    names = {normal_id(other): child for other, child in same_child.items()}
    known = {normal_id(row.child_ID) for row in candidates}
    if unknown := sorted(({*names} | {*map(normal_id, names.values())}) - known):
        raise ConfigError(
            f"`same_child` has {unknown[0]!r}, which is no child_ID of {csv_path}.",
            hint="Correct or remove it in data.yaml.",
        )
    return [replace(r, child_ID=names.get(normal_id(r.child_ID), r.child_ID)) for r in candidates]


def _warn_of_unlisted(csv_path: Path, wav_folder: Path, paths: Sequence[str]) -> None:
    """Log how many recordings of the folder are in no row of the table."""
    listed = {os.path.normpath(path) for path in paths}
    files = [file for file in listing.list_folder(str(wav_folder)) if not file.reason]
    unlisted = [file.path for file in files if os.path.normpath(file.path) not in listed]
    if unlisted:
        logger.warning(
            "%d of %d recordings in %s are in no row of %s, e.g. %s.",
            len(unlisted),
            len(files),
            wav_folder,
            csv_path,
            ascii(unlisted[0]),
        )


def _candidate(
    row: Row, table: str, wav_folder: Path, corpus: str, where: Mapping[str, Sequence[str]]
) -> Candidate:
    cells = row.cells
    clip_id = _relative(cells["clip_ID"].strip(), wav_folder)
    name = clip_id if PurePath(clip_id).suffix.lower() in SUFFIXES else f"{clip_id}.wav"
    return Candidate(
        row=f"{table}:{row.line}",
        clip_ID=clip_id,
        child_ID=cells["child_ID"].strip(),
        Answer=cells["Answer"],
        corpus=cells.get("corpus", "").strip() or corpus,
        age=cells.get("age_mo_round", ""),
        gender=cells.get("child_gender", ""),
        split=cells.get("split", ""),
        path=wav_folder / name,
        root=wav_folder,
        rejected=_rejection(row, where),
    )


def _relative(clip_id: str, wav_folder: Path) -> str:
    """Return the part of an absolute path that is relative to the folder, if it is inside."""
    for folder in (wav_folder.absolute(), wav_folder.resolve()):
        path = Path(os.path.normpath(clip_id))
        if os.path.isabs(clip_id) and path.is_relative_to(folder):  # noqa: PTH117 - text
            return str(path.relative_to(folder))
    return clip_id


def _rejection(row: Row, where: Mapping[str, Sequence[str]]) -> tuple[str, str] | None:
    if any(row.surplus):
        return "row_malformed", "the row has more cells than the header"
    for column, values in where.items():
        if row.cells[column].strip() not in values:
            return "excluded", f"{column} is {row.cells[column]!r}"
    return None
