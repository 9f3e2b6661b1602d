"""Corpora as ``data.yaml`` names them: the settings of each adapter, and how to read it."""

from dataclasses import replace
from pathlib import Path
from typing import Annotated, Literal

from pydantic import Field

from vocalbaby.corpora.babblecor import babblecor
from vocalbaby.corpora.folder import folder
from vocalbaby.corpora.synthetic import SyntheticConfig, write_corpus
from vocalbaby.entity.config import StrictModel
from vocalbaby.entity.manifest import Manifest
from vocalbaby.entity.progress import ProgressCallback

__all__ = ["BabbleCorSource", "FolderSource", "Source", "SyntheticSource", "read_source"]


class BabbleCorSource(StrictModel):
    """Settings of a corpus in the layout of BabbleCor: a metadata table and a folder of clips.

    Attributes:
        adapter: ``babblecor``.
        csv: Metadata table; relative to the working directory.
        wav_folder: Folder of the audio files.
        corpus: Name of the corpus for rows whose ``corpus`` cell is empty.
        where: Maps a column to its accepted values, e.g. ``licence: [MIT]``.
        same_child: Maps a ``child_ID`` to another one of the table that means the same child,
            or the same source recording.

    Examples:
        >>> BabbleCorSource(adapter="babblecor", csv="metadata.csv", wav_folder="clips").corpus
        'BabbleCor'
    """

    adapter: Literal["babblecor"]
    csv: Path
    wav_folder: Path
    corpus: str = "BabbleCor"
    where: dict[str, list[str]] = Field(default_factory=dict)
    same_child: dict[str, str] = Field(default_factory=dict)


class FolderSource(StrictModel):
    """Settings of a corpus whose folders are named after the classes.

    Attributes:
        adapter: ``folder``.
        root: Folder that contains the class folders.
        corpus: Name of the corpus; the name of ``root`` if empty.
        child_pattern: Regular expression with one group, which matches the child.

    Examples:
        >>> FolderSource(adapter="folder", root="mine", child_pattern="^([^_]+)_").child_pattern
        '^([^_]+)_'
    """

    adapter: Literal["folder"]
    root: Path
    corpus: str = ""
    child_pattern: str = ""


class SyntheticSource(SyntheticConfig):
    """Settings of a synthetic corpus: those of `SyntheticConfig`, and the name of the adapter.

    Attributes:
        adapter: ``synthetic``.

    Examples:
        >>> SyntheticSource(adapter="synthetic", n_children=3).n_children
        3
    """

    adapter: Literal["synthetic"]


#: A corpus of ``data.yaml``; its key ``adapter`` decides which settings it has.
Source = Annotated[BabbleCorSource | FolderSource | SyntheticSource, Field(discriminator="adapter")]


def read_source(
    source: Source, audio_folder: Path, *, progress: ProgressCallback | None = None
) -> Manifest:
    """Read or synthesize a corpus.

    Args:
        source: Settings of the corpus.
        audio_folder: Folder for the audio of a synthetic corpus.
        progress: Called with (clips done, clips in all).

    Returns:
        The records of the corpus and the rows that were refused.

    Raises:
        DataNotFoundError: A table or folder does not exist.
        DataError: A table cannot be read.
        ConfigError: A pattern is not a regular expression with one group, or ``same_child``
            has a child that is not in the table.

    Examples:
        >>> source = SyntheticSource(adapter="synthetic", n_children=1, clips_per_child=1)
        >>> [record.path for record in read_source(source, Path("audio")).records]
        ['audio/synthetic_0_0000/synthetic_0_0000_00000.wav']
    """
    match source:
        case BabbleCorSource():
            return babblecor(
                source.csv,
                source.wav_folder,
                corpus=source.corpus,
                where=source.where,
                same_child=source.same_child,
                progress=progress,
            )
        case FolderSource():
            return folder(
                source.root,
                corpus=source.corpus,
                child_pattern=source.child_pattern,
                progress=progress,
            )
        case SyntheticSource():
            manifest = write_corpus(source, audio_folder, progress)
            placed = (replace(r, path=str(audio_folder / r.path)) for r in manifest.records)
            return Manifest(tuple(placed), manifest.rejections)
