"""A laboratory's clips for an adaptation: which they are, and what the model makes of them."""

import contextlib
import hashlib
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from pathlib import Path, PurePath
from typing import Final

import numpy as np
from numpy.typing import NDArray

from vocalbaby import audio, features
from vocalbaby.audio import SUFFIXES, listing
from vocalbaby.corpora.babblecor import babblecor
from vocalbaby.corpora.folder import folder
from vocalbaby.corpora.tables import read_table
from vocalbaby.entity.bundle import ModelBundle
from vocalbaby.entity.manifest import Manifest
from vocalbaby.entity.progress import ProgressCallback
from vocalbaby.exception import AudioError, DataError, DataNotFoundError
from vocalbaby.models import registry

__all__ = ["LabClip", "margins_of", "read_labelled", "read_unlabelled"]

_BATCH: Final = 16
_METADATA: Final = "metadata.csv"


@dataclass(frozen=True, slots=True)
class LabClip:
    """A clip of a laboratory.

    Attributes:
        path: The audio file.
        child: What identifies the child.
        label: The class; empty without a label.

    Examples:
        >>> LabClip(Path("a.wav"), ("mine", "7"), "Crying").label
        'Crying'
    """

    path: Path
    child: tuple[str, str]
    label: str = ""


def read_labelled(
    source: Path, clips: Path | None = None, progress: ProgressCallback | None = None
) -> tuple[list[LabClip], Counter[str]]:
    """Read labelled clips.

    Args:
        source: A metadata table with the columns ``clip_ID``, ``child_ID`` and ``Answer``; a folder
            with such a table, ``metadata.csv``; or a folder with one folder per class.
        clips: Folder of the audio files of a table; that of the table by default.
        progress: Called with (rows done, rows in all).

    Returns:
        The clips, and the numbers of rows that were passed over by the code of the reason.

    Raises:
        DataNotFoundError: The table or a folder does not exist.
        DataError: The table is not valid, or no row has a label.

    Examples:
        >>> Path("mine/Crying").mkdir(parents=True)
        >>> noise = np.random.default_rng(0).normal(0, 0.1, 8000)
        >>> audio.write_wav("mine/Crying/a.wav", noise, 16000)
        >>> found, left_out = read_labelled(Path("mine"))
        >>> [clip.label for clip in found], left_out
        (['Crying'], Counter())
    """
    table = _table_of(source)
    manifest: Manifest
    if table is None:
        manifest = folder(source, progress=progress)
    else:
        manifest = babblecor(table, clips or table.parent, corpus="", progress=progress)
    reasons = Counter(each.code for each in manifest.rejections)
    found = [
        LabClip(Path(each.path), each.child, each.Answer)
        for each in manifest.records
        if each.Answer
    ]
    if not found:
        listed = ", ".join(f"{code}: {n}" for code, n in sorted(reasons.items())) or "no row"
        raise DataError(
            f"{source} has no labelled clip that can be used ({listed}).",
            hint="Give labels in the column Answer or as names of folders, or use --unlabelled.",
        )
    return found, reasons


def read_unlabelled(source: Path, clips: Path | None = None) -> list[LabClip]:
    r"""Read clips whose labels, if they have any, are ignored.

    Args:
        source: A folder, of which all recordings count, or a metadata table with the column
            ``clip_ID``.
        clips: Folder of the audio files of a table; that of the table by default.

    Returns:
        The clips; each is a child of its own if the table has no column ``child_ID``.

    Raises:
        DataNotFoundError: The table or the folder does not exist.
        DataError: The table is not valid, or names a file outside of the folder.

    Examples:
        >>> rows = "clip_ID\na\n"
        >>> Path("clips.csv").write_text(rows) == len(rows)
        True
        >>> read_unlabelled(Path("clips.csv"))[0].path.name
        'a.wav'
    """
    if source.is_dir() and not (source / _METADATA).is_file():
        files = [Path(file.path) for file in listing.list_folder(str(source)) if not file.reason]
        return [LabClip(path, ("", str(path))) for path in files]
    table = _table_of(source)
    if table is None:
        raise DataNotFoundError(f"There is no {source}.", hint="Name a folder or a table.")
    root = clips or table.parent
    found = []
    for row in read_table(table, ("clip_ID",), ("child_ID", "corpus")).rows:
        name = row.cells["clip_ID"].strip()
        name = name if PurePath(name).suffix.lower() in SUFFIXES else f"{name}.wav"
        if PurePath(name).is_absolute() or ".." in PurePath(name).parts:
            raise DataError(
                f"{table}, line {row.line}, names the file {name}, which is not in {root}.",
                hint="Give clip_ID relative to the folder of the clips.",
            )
        child = row.cells.get("child_ID", "").strip() or name
        found.append(LabClip(root / name, (row.cells.get("corpus", ""), child)))
    return found


def _table_of(source: Path) -> Path | None:
    if source.is_dir():
        return source / _METADATA if (source / _METADATA).is_file() else None
    if not source.exists():
        raise DataNotFoundError(
            f"There is no {source}.", hint="Name a folder of clips or a metadata table."
        )
    return source


def margins_of(
    bundle: ModelBundle,
    clips: Sequence[LabClip],
    progress: ProgressCallback | None = None,
) -> tuple[list[LabClip], NDArray[np.float32], str]:
    """Compute the margins of a model for clips; clips that cannot be decoded are left out.

    Args:
        bundle: The model.
        clips: The clips.
        progress: Called with (clips done, clips in all).

    Returns:
        The clips that could be decoded, their margins, float32, shape (n, n_classes), and a
        checksum of their sound, children and labels that does not depend on their order.

    Raises:
        BundleError: The model is not valid.
        FeatureSetError: The model needs a file that is not there.

    Examples:
        >>> from vocalbaby.bundle.files import default_bundle_path, read_bundle
        >>> audio.write_wav("a.wav", np.random.default_rng(0).normal(0, 0.1, 8000), 16000)
        >>> clip = LabClip(Path("a.wav"), ("", "1"), "Junk")
        >>> known, margins, _ = margins_of(read_bundle(default_bundle_path()), [clip])
        >>> len(known), margins.shape
        (1, (1, 5))
    """
    feature_set = features.of_records(bundle.manifest.feature_sets)
    classifier = registry.load(bundle.manifest.kind, bundle.parts)
    known: list[LabClip] = []
    digests: list[bytes] = []
    blocks = [np.empty((0, classifier.n_classes), np.float32)]
    decoded = _decoded(clips, progress)
    while batch := list(islice(decoded, _BATCH)):
        known += [clip for clip, _ in batch]
        samples = [each for _, each in batch]
        blocks.append(classifier.margins(feature_set.extract(samples)))
        digests += [_digest(clip, each) for clip, each in batch]
    checksum = hashlib.sha256(b"".join(sorted(digests))).hexdigest()
    return known, np.concatenate(blocks), checksum


def _decoded(
    clips: Iterable[LabClip], progress: ProgressCallback | None
) -> Iterator[tuple[LabClip, NDArray[np.float32]]]:
    listed = list(clips)
    for done, clip in enumerate(listed, start=1):
        samples = None
        with contextlib.suppress(AudioError, DataNotFoundError):
            samples = audio.load(clip.path).samples
        if samples is not None:
            yield clip, samples
        if progress is not None:
            progress(done, len(listed))


def _digest(clip: LabClip, samples: NDArray[np.float32]) -> bytes:
    text = "\0".join((*clip.child, clip.label)).encode("utf-8", "surrogateescape")
    return hashlib.sha256(hashlib.sha256(text).digest() + samples.tobytes()).digest()
