"""Labels of clips, and the classes of VocalBaby that they are."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from vocalbaby.entity.labels import CLASSES
from vocalbaby.estimators.inputs import ArrayLike, InputError
from vocalbaby.utils.extras import needs_extra

with needs_extra("train"):
    import pandas as pd
    from sklearn.utils.multiclass import check_classification_targets
    from sklearn.utils.validation import column_or_1d

__all__ = ["checked_labels", "class_names"]


def checked_labels(y: ArrayLike, n_clips: int) -> NDArray[Any]:
    """Check the labels of clips.

    Args:
        y: Classes, of any type, shape (n_clips,).
        n_clips: Number of clips.

    Returns:
        The labels, shape (n_clips,).

    Raises:
        InputError: There are no labels or too few, or a clip has none.

    Examples:
        >>> checked_labels(["Junk", None], n_clips=2)
        Traceback (most recent call last):
        vocalbaby.estimators.inputs.InputError: Clip 1 has no label; 1 have none. ...
    """
    if y is None:
        raise InputError(
            "VocalizationClassifier requires y to be passed, but the target y is None.",
            hint="Pass the class of each clip.",
        )
    labels: NDArray[Any] = column_or_1d(y, warn=True)
    if len(labels) != n_clips:
        raise InputError(
            f"There are {len(labels)} labels for {n_clips} clips.", hint="Pass one class per clip."
        )
    missing = pd.isna(labels) | (labels == "")
    if missing.any():
        raise InputError(
            f"Clip {int(np.flatnonzero(missing)[0])} has no label; {int(missing.sum())} have none. "
            "Input y contains NaN.",
            hint="Leave out clips without a label.",
        )
    check_classification_targets(labels)
    return labels


def class_names(classes: NDArray[Any]) -> tuple[str, ...]:
    """Return the class of VocalBaby that each label is, or that stands for it in the training.

    Args:
        classes: Different labels, sorted.

    Raises:
        InputError: There are fewer than two or more than five.

    Examples:
        >>> class_names(np.array(["Crying", "Junk"])), class_names(np.array([0, 1]))
        (('Crying', 'Junk'), ('Canonical', 'Non-canonical'))
    """
    if len(classes) < 2:
        raise InputError(
            f"The labels have one class only, '{classes[0]}'.",
            hint="Training needs clips of two classes or more.",
        )
    if len(classes) > len(CLASSES):
        raise InputError(
            f"The labels have {len(classes)} classes, and a model has at most {len(CLASSES)}.",
            hint="Merge classes.",
        )
    if set(classes) <= set(CLASSES):
        return tuple(str(label) for label in classes)
    return CLASSES[: len(classes)]
