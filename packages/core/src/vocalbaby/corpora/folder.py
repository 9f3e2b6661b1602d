"""Corpora whose folders are named after the classes, e.g. ``Crying/child_07/a.wav``."""

import logging
import re
from collections.abc import Iterator
from pathlib import Path

from vocalbaby.audio import listing
from vocalbaby.corpora.candidates import Candidate, collect
from vocalbaby.entity.manifest import Manifest
from vocalbaby.entity.progress import ProgressCallback
from vocalbaby.exception import ConfigError, DataNotFoundError

__all__ = ["folder"]

logger = logging.getLogger(__name__)


def folder(
    root: Path,
    *,
    corpus: str = "",
    child_pattern: str = "",
    progress: ProgressCallback | None = None,
) -> Manifest:
    """Read a corpus whose first folder level is the class, regardless of case.

    The child is the match of ``child_pattern`` in the file name, or else the second folder
    level. A file with neither counts as a child of its own. A warning is logged in that
    case, because the clips of one child may then end up in several splits.

    Args:
        root: Folder that contains the class folders. Links to folders are followed.
        corpus: Name of the corpus; the name of ``root`` if empty.
        child_pattern: Regular expression with one group, e.g. ``^([^_]+)_``.
        progress: Called with (files done, files in all) after each file.

    Returns:
        Records and rejections, together one per file. The ``clip_ID`` is the path relative
        to ``root``. A file outside of the class folders is rejected as ``label_unknown``,
        and one that `vocalbaby.audio.listing` passes over with the reason given there.

    Raises:
        DataNotFoundError: The folder does not exist.
        ConfigError: The pattern is not a regular expression with one group.

    Examples:
        >>> import numpy as np
        >>> from vocalbaby import audio
        >>> Path("mine/Crying/c07").mkdir(parents=True)
        >>> noise = np.random.default_rng(0).normal(0, 0.1, 8000)
        >>> audio.write_wav("mine/Crying/c07/a.wav", noise, 16000)
        >>> [(each.child_ID, each.Answer) for each in folder(Path("mine")).records]
        [('c07', 'Crying')]
    """
    if not root.is_dir():
        where = "" if root.is_absolute() else f" in {Path.cwd()}"
        raise DataNotFoundError(
            f"There is no folder {root}{where}.", hint="Check `root` in data.yaml."
        )
    try:
        pattern = re.compile(child_pattern)
    except re.error as error:
        raise ConfigError(
            f"child_pattern {child_pattern!r} is not a regular expression: {error}.",
            hint="Write one with one group, such as ^([^_]+)_ .",
        ) from None
    if child_pattern and pattern.groups != 1:
        raise ConfigError(
            f"child_pattern {child_pattern!r} has {pattern.groups} groups.",
            hint="Put exactly one part, the one that matches the child, into parentheses.",
        )
    candidates = list(_candidates(root, corpus or root.resolve().name, pattern))
    files = [row for row in candidates if row.rejected is None]
    alone = sum(row.child_ID == row.clip_ID for row in files)
    if alone:
        logger.warning(
            "%s: no child is known for %d of %d files. Each counts as a child of its own, so the "
            "clips of one child may be in more than one split.",
            root,
            alone,
            len(files),
        )
    return collect(candidates, progress=progress)


def _candidates(root: Path, corpus: str, pattern: re.Pattern[str]) -> Iterator[Candidate]:
    for file in listing.list_folder(str(root)):
        path = Path(file.path)
        parts = path.relative_to(root).parts or (root.name,)
        clip_id = "/".join(parts)
        found = pattern.search(path.name) if pattern.groups else None
        if found and found[1]:
            child = found[1]
        elif len(parts) > 2:
            child = parts[1]
        else:
            child = clip_id
        rejected = None
        if file.reason:
            rejected = (file.reason, f"{file.message} {file.hint}".strip())
        elif len(parts) < 2:
            rejected = ("label_unknown", "the file is not in a class folder")
        yield Candidate(
            row=clip_id,
            clip_ID=clip_id,
            child_ID=child,
            Answer=parts[0],
            corpus=corpus,
            path=path,
            root=root,
            rejected=rejected,
        )
