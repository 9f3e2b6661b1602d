"""Corpora in the layout of BabbleCor: a metadata table and a folder of clips.

Cychosz, Seidl, Bergelson et al. (2019), "BabbleCor: A Crosslinguistic Corpus of Babble
Development in Five Languages", https://osf.io/rz4tx/. The corpus needs a signed
data-use agreement; this adapter reads a copy that you provide.
"""

import csv
import logging
import os
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Final

from vocalbaby.audio import listing
from vocalbaby.corpora.candidates import Candidate, collect
from vocalbaby.entity.manifest import Manifest
from vocalbaby.entity.progress import ProgressCallback
from vocalbaby.exception import DataError, DataNotFoundError

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
    progress: ProgressCallback | None = None,
) -> Manifest:
    """Read a corpus in BabbleCor's layout.

    The columns ``clip_ID``, ``child_ID`` and ``Answer`` are required. The columns
    ``corpus``, ``age_mo_round``, ``child_gender`` and ``split`` are optional and may have
    empty cells. Other columns are used by ``where`` only.

    Args:
        csv_path: Metadata table, comma-separated, UTF-8.
        wav_folder: Folder of the audio files. The name of a file is the ``clip_ID``,
            followed by ``.wav`` unless it ends so.
        corpus: Name of the corpus for rows whose ``corpus`` cell is empty.
        where: Maps a column to its accepted values. Other rows are rejected with the
            code ``excluded``.
        progress: Called with (rows done, rows in all) after each row.

    Returns:
        Records and rejections, together one per row of the table. A warning is logged if
        the folder has recordings that are in no row.

    Raises:
        DataNotFoundError: The table or the folder does not exist.
        DataError: A required column is missing or a column occurs twice, or the table is
            not CSV in UTF-8.
    """
    if not csv_path.is_file():
        raise DataNotFoundError(
            f"There is no metadata table {csv_path}{_below(csv_path)}.",
            hint="Check `csv` in data.yaml.",
        )
    if not wav_folder.is_dir():
        raise DataNotFoundError(
            f"There is no audio folder {wav_folder}{_below(wav_folder)}.",
            hint="Check `wav_folder` in data.yaml.",
        )
    candidates = list(_candidates(csv_path, wav_folder, corpus, where or {}))
    _warn_of_unlisted(csv_path, wav_folder, candidates)
    return collect(candidates, progress=progress)


def _warn_of_unlisted(csv_path: Path, wav_folder: Path, rows: Sequence[Candidate]) -> None:
    """Log how many recordings of the folder are in no row of the table."""
    listed = {os.path.normpath(row.path) for row in rows}
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


def _below(path: Path) -> str:
    """Return where a relative path was looked for."""
    return "" if path.is_absolute() else f" in {Path.cwd()}"


def _candidates(
    csv_path: Path, wav_folder: Path, corpus: str, where: Mapping[str, Sequence[str]]
) -> Iterator[Candidate]:
    try:
        with csv_path.open(encoding="utf-8-sig", newline="") as stream:
            # Without strict, an unclosed quote would swallow all rows that follow.
            reader = csv.DictReader(stream, restval="", strict=True)
            columns = list(reader.fieldnames or ())
            missing = [c for c in (*REQUIRED, *where) if c not in columns]
            if missing:
                raise DataError(
                    f"{csv_path} has no column {', '.join(missing)}.",
                    hint=f"It needs at least {', '.join(REQUIRED)}, separated by commas.",
                )
            if doubled := [c for c in (*USED, *where) if columns.count(c) > 1]:
                raise DataError(
                    f"{csv_path} has the column {doubled[0]} twice.", hint="Keep one of them."
                )
            for cells in reader:
                clip_id = cells["clip_ID"].strip()
                name = clip_id if clip_id.lower().endswith(".wav") else f"{clip_id}.wav"
                yield Candidate(
                    row=f"{csv_path.name}:{reader.line_num}",
                    clip_ID=clip_id,
                    child_ID=cells["child_ID"].strip(),
                    Answer=cells["Answer"],
                    corpus=cells.get("corpus", "").strip() or corpus,
                    age=cells.get("age_mo_round", ""),
                    gender=cells.get("child_gender", ""),
                    split=cells.get("split", ""),
                    path=wav_folder / name,
                    root=wav_folder,
                    rejected=_rejection(cells, where),
                )
    except (UnicodeDecodeError, csv.Error) as error:
        raise DataError(
            f"{csv_path} is not a CSV table in UTF-8: {error}.", hint="Save it as CSV, UTF-8."
        ) from None


def _rejection(
    cells: Mapping[str | None, str | list[str]], where: Mapping[str, Sequence[str]]
) -> tuple[str, str] | None:
    if any(cells.get(None, ())):  # the csv module's key for surplus cells
        return "row_malformed", "the row has more cells than the header"
    for column, values in where.items():
        if str(cells[column]).strip() not in values:
            return "excluded", f"{column} is {cells[column]!r}"
    return None
