"""Checks of the clips of a folder before a comparison, in the words of those who label them."""

import logging

from vocalbaby.components.manifest_building import INTENDED
from vocalbaby.entity.labels import CLASSES
from vocalbaby.entity.manifest import SPLITS, Manifest
from vocalbaby.exception import DataError
from vocalbaby.utils.wording import counted

__all__ = ["require_comparable"]

logger = logging.getLogger(__name__)


def require_comparable(manifest: Manifest) -> None:
    """Refuse clips of one class, or of too few children, and log what is missing.

    Args:
        manifest: The clips with their splits.

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
            "%s of %s are used; %s cannot be used, e.g. %s: %s. ingestion/rejections.csv has the "
            "reason of each.",
            counted(len(manifest.records), "clip"),
            children,
            counted(len(refused), "row"),
            refused[0].clip_ID or refused[0].row,
            refused[0].reason.rstrip("."),
        )
    if len(found) < len(CLASSES):
        missing = ", ".join(name for name in CLASSES if name not in found)
        logger.warning("No clip is %s; the models will not know these classes.", missing)
