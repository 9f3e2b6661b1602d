"""The corpora of `data.yaml`: one typed entry per adapter, and the way to read each."""

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
    """A metadata table and a folder of recordings.

    Attributes:
        adapter: ``babblecor``.
        csv: The table; paths are relative to the folder the command runs in.
        wav_folder: The recordings.
        corpus: Name for rows whose ``corpus`` cell is empty.
        where: Column name to the values that are taken, e.g. ``licence: [MIT]``.
    """

    adapter: Literal["babblecor"]
    csv: Path
    wav_folder: Path
    corpus: str = "BabbleCor"
    where: dict[str, list[str]] = Field(default_factory=dict)


class FolderSource(StrictModel):
    """Folders named after the classes.

    Attributes:
        adapter: ``folder``.
        root: The folder that holds the class folders.
        corpus: Name of the corpus; the folder's name when empty.
        child_pattern: Regular expression whose one group names the child.
    """

    adapter: Literal["folder"]
    root: Path
    corpus: str = ""
    child_pattern: str = ""


class SyntheticSource(SyntheticConfig):
    """The synthesizer, with its options beside the adapter's name.

    Attributes:
        adapter: ``synthetic``.
    """

    adapter: Literal["synthetic"]


Source = Annotated[BabbleCorSource | FolderSource | SyntheticSource, Field(discriminator="adapter")]


def read_source(
    source: Source, audio_folder: Path, *, progress: ProgressCallback | None = None
) -> Manifest:
    """Read, or synthesize, one corpus.

    Args:
        source: Which corpus.
        audio_folder: Where a synthesized corpus puts its audio.
        progress: Called with (clips done, clips in all).

    Raises:
        DataNotFoundError: A table or folder is not there.
        DataError: A table that cannot be read.
        ConfigError: Options that do not fit.
    """
    match source:
        case BabbleCorSource():
            return babblecor(
                source.csv,
                source.wav_folder,
                corpus=source.corpus,
                where=source.where,
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
