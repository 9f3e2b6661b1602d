"""What the estimators accept as X and y, and its features."""

import os
from collections.abc import Callable, Iterable, Sequence
from functools import partial
from itertools import islice
from pathlib import Path
from typing import Any, Final, Literal, TypeAlias

import numpy as np
from numpy.typing import NDArray

from vocalbaby import audio
from vocalbaby.entity.clip import SAMPLE_RATE, Clip
from vocalbaby.entity.features import FeatureSet
from vocalbaby.exception import DataError
from vocalbaby.utils.extras import needs_extra

with needs_extra("train"):
    import pandas as pd

__all__ = [
    "ArrayLike",
    "InputError",
    "Inputs",
    "clips_of",
    "extract",
    "groups_of",
    "without_metadata",
]

#: Anything that scikit-learn accepts as X or y: lists, arrays, tables.
ArrayLike: TypeAlias = Any
#: How a matrix is read.
Inputs: TypeAlias = Literal["auto", "features", "samples"]

#: With as many columns as 50 ms have samples, a matrix is one of samples.
_FEWEST_SAMPLES: Final = SAMPLE_RATE // 20
_BATCH: Final = 16
#: Columns of a feature table that are no features.
_METADATA: Final = (
    "clip_ID",
    "child_ID",
    "Answer",
    "corpus",
    "split",
    "age_mo_round",
    "child_gender",
)
_ACCEPTED: Final = (
    "Pass paths, arrays of samples at 16 kHz, a matrix of features, or a DataFrame with a column "
    "'path' or with numeric columns only."
)

Decoder: TypeAlias = Callable[[], Clip]


class InputError(DataError, ValueError):
    """X, y or groups cannot be used; also a ValueError, which scikit-learn expects.

    Examples:
        >>> isinstance(InputError("There are 2 labels for 3 clips."), ValueError)
        True
    """


def clips_of(  # noqa: PLR0911 - one per kind of input
    x: ArrayLike, feature_set: FeatureSet, inputs: Inputs = "auto"
) -> list[Decoder] | None:
    """Return a function per clip that decodes it, or None if X is a matrix of features.

    Args:
        x: Paths, samples, features or a table; see `VocalizationClassifier.fit`.
        feature_set: A matrix with as many columns as it has is one of features.
        inputs: How a matrix is read; ``"auto"`` decides by the number of its columns.

    Raises:
        InputError: A table has neither a column ``path`` nor only numeric columns.

    Examples:
        >>> from vocalbaby import features
        >>> mfcc = features.get("mfcc")
        >>> clips_of(np.zeros((3, 40)), mfcc) is None, len(clips_of(np.zeros((3, 8000)), mfcc))
        (True, 3)
        >>> clips_of(pd.DataFrame({"file": ["a.wav"]}), mfcc)
        Traceback (most recent call last):
        vocalbaby.estimators.inputs.InputError: The table has no column 'path', and 'file' is not...
    """
    if isinstance(x, pd.DataFrame):
        if "path" in x.columns:
            return [partial(_load, path) for path in x["path"]]
        values = without_metadata(x)
        other = [name for name in values if not pd.api.types.is_numeric_dtype(values[name])]
        if other and all(isinstance(cell, str) for cell in values[other[0]]):
            raise InputError(
                f"The table has no column 'path', and {other[0]!r} is not numeric.", hint=_ACCEPTED
            )
        return None
    if isinstance(x, str | os.PathLike):
        raise InputError("X is one path, not a list of paths.", hint=_ACCEPTED)
    items: list[Any] = list(x) if _is_sequence(x) else []
    if items and all(isinstance(item, str | os.PathLike) for item in items):
        return [partial(_load, item) for item in items]
    ragged = isinstance(x, list | tuple) and all(isinstance(item, np.ndarray) for item in items)
    if items and ragged and any(item.ndim == 1 and len(item) != len(items[0]) for item in items):
        return [partial(_samples, item, i) for i, item in enumerate(items)]
    shape = _shape(x) if _is_sequence(x) else ()
    if len(shape) != 2:
        return None
    columns = shape[1]
    are_samples = columns >= _FEWEST_SAMPLES and columns != len(feature_set.columns)
    if inputs == "samples" or (inputs == "auto" and are_samples):
        return [partial(_samples, np.asarray(item), i) for i, item in enumerate(items)]
    return None


def extract(clips: Iterable[Decoder], feature_set: FeatureSet) -> NDArray[np.float32]:
    """Compute the features of clips, as the service does.

    Args:
        clips: Functions that decode them.
        feature_set: The features.

    Returns:
        float32, shape (n_clips, n_columns).

    Raises:
        AudioError: A clip cannot be used.

    Examples:
        >>> from vocalbaby import features
        >>> noise = np.random.default_rng(0).normal(0, 0.1, (2, 8000))
        >>> mfcc = features.get("mfcc")
        >>> extract(clips_of(noise, mfcc), mfcc).shape
        (2, 40)
    """
    blocks = [np.empty((0, len(feature_set.columns)), np.float32)]
    remaining = iter(clips)
    while batch := list(islice(remaining, _BATCH)):
        blocks.append(feature_set.extract([decode().samples for decode in batch]))
    return np.concatenate(blocks)


def without_metadata(x: pd.DataFrame) -> pd.DataFrame:
    """Return a table without the columns of the metadata, such as ``child_ID``.

    Examples:
        >>> list(without_metadata(pd.DataFrame({"child_ID": ["a"], "f0_mean": [24.0]})))
        ['f0_mean']
    """
    return x.drop(columns=[name for name in _METADATA if name in x.columns])


def groups_of(x: object, groups: object, n_clips: int) -> NDArray[np.str_] | None:
    """Return the child of each clip, or None if it is not known.

    Args:
        x: A table may have the columns ``child_ID`` and ``corpus``.
        groups: The children, of shape (n_clips,); they take precedence.
        n_clips: Number of clips.

    Raises:
        InputError: The number of groups differs from that of the clips, or one is missing.

    Examples:
        >>> groups_of(None, ["a", None], n_clips=2)
        Traceback (most recent call last):
        vocalbaby.estimators.inputs.InputError: The group of clip 1 is missing. ...
    """
    if groups is None and isinstance(x, pd.DataFrame) and "child_ID" in x.columns:
        children = x["child_ID"]
        if "corpus" in x.columns:
            missing = children.isna() | x["corpus"].isna()
            children = (x["corpus"].astype(str) + "/" + children.astype(str)).mask(missing)
        groups = children
    if groups is None:
        return None
    found = pd.Series(np.asarray(groups, object).ravel())
    if len(found) != n_clips:
        raise InputError(
            f"There are {len(found)} groups for {n_clips} clips.", hint="Pass one child per clip."
        )
    missing = found.isna() | (found.astype(str) == "")
    if missing.any():
        raise InputError(
            f"The group of clip {int(np.flatnonzero(missing)[0])} is missing.",
            hint="Name the child of each clip, or leave out clips of unknown children.",
        )
    return np.asarray(found.astype(str), np.str_)


def _is_sequence(x: object) -> bool:
    return isinstance(x, Sequence | pd.Series) or (isinstance(x, np.ndarray) and x.ndim > 0)


def _shape(x: ArrayLike) -> tuple[int, ...]:
    try:
        return tuple(np.shape(x))
    except ValueError:  # rows of different lengths
        return ()


def _load(path: object) -> Clip:
    if not isinstance(path, str | os.PathLike) or not os.fspath(path):
        raise InputError(f"{path!r} is not a path.", hint="Name an audio file for each clip.")
    return audio.load(Path(path))


def _samples(samples: NDArray[Any], number: int) -> Clip:
    return audio.from_samples(samples, SAMPLE_RATE, name=f"clip {number}")
