"""Checks of the clips of a folder before a comparison, in the words of those who label them."""

import logging
from pathlib import Path
from typing import Final

from vocalbaby.components.manifest_building import INTENDED
from vocalbaby.components.manifests import REJECTIONS_FILE
from vocalbaby.entity.labels import CLASSES
from vocalbaby.entity.manifest import SPLITS, Manifest
from vocalbaby.exception import DataError, FileError
from vocalbaby.utils.wording import counted

__all__ = ["STAGES_FILE", "require_comparable", "require_own_folder"]

logger = logging.getLogger(__name__)

#: The file by which the folder of a comparison is recognized.
STAGES_FILE: Final = "stages.json"

#: What a comparison writes into its folder, and replaces there.
_WRITTEN: Final = (
    "configs",
    "cache",
    "ingestion",
    "validation",
    "features",
    "tuning",
    "comparison",
    "results",
)


def require_own_folder(out: Path) -> None:
    """Refuse a folder in which a comparison would replace files that are not its own.

    Args:
        out: Folder of the settings and results; it need not exist.

    Raises:
        FileError: It is not a folder, or has one of the names that a comparison writes, and no
            comparison has written it.

    Examples:
        >>> Path("study/results").mkdir(parents=True)
        >>> require_own_folder(Path("study"))
        Traceback (most recent call last):
        vocalbaby.exception.FileError: study has results, and it is not the folder of a comparison.
    """
    if out.exists() and not out.is_dir():
        raise FileError(f"{out} is not a folder.", hint="Name another one with --out.")
    if (out / STAGES_FILE).exists():
        return
    found = [name for name in _WRITTEN if (out / name).exists()]
    if found:
        raise FileError(
            f"{out} has {', '.join(found)}, and it is not the folder of a comparison.",
            hint="Files there would be replaced. Name a new folder with --out, such as "
            f"{out / 'study'}.",
        )


def require_comparable(manifest: Manifest, folder: Path = Path("ingestion")) -> None:
    """Refuse clips of one class, or of too few children, and log what is missing.

    Args:
        manifest: The clips with their splits.
        folder: Where the table of the rejections is.

    Raises:
        DataError: The labelled clips are of one class, or a split has none.

    Examples:
        >>> require_comparable(Manifest((), ()))
        Traceback (most recent call last):
        vocalbaby.exception.DataError: No clip has a label, and a comparison needs two classes.
    """
    labelled = [record for record in manifest.records if record.Answer]
    found = [name for name in CLASSES if any(record.Answer == name for record in labelled)]
    if len(found) < 2:
        what = "No clip has a label"
        if found:
            what = f"All {counted(len(labelled), 'clip')} are {found[0]}"
        raise DataError(
            f"{what}, and a comparison needs two classes.",
            hint=f"Add clips of two classes or more of {', '.join(CLASSES)}.",
        )
    children = counted(len({record.child for record in labelled}), "child")
    for split in SPLITS:
        if not any(record.split == split for record in labelled):
            raise DataError(
                f"The split {split} has no labelled clip: there are "
                f"{counted(len(labelled), 'clip')} of {children}.",
                hint="Each of train, devel and test needs children of its own. Add clips of more "
                "children, or set the column split of the metadata.",
            )
    refused = [each for each in manifest.rejections if each.code not in INTENDED]
    if refused:
        logger.warning(
            "%s of %s are used; %s cannot be used, e.g. %s: %s. %s has the reason of each.",
            counted(len(manifest.records), "clip"),
            children,
            counted(len(refused), "row"),
            refused[0].clip_ID or refused[0].row,
            refused[0].reason.rstrip("."),
            folder / REJECTIONS_FILE,
        )
    if len(found) < len(CLASSES):
        missing = ", ".join(name for name in CLASSES if name not in found)
        logger.warning("No clip is %s; the models will not know these classes.", missing)
