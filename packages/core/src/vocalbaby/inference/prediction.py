"""Prediction for files, arrays and tables in one call."""

import os
from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import partial
from itertools import islice
from pathlib import Path
from typing import Any, Final, Literal, Protocol, TypeAlias, TypeVar, get_args, overload

import numpy as np
from numpy.typing import NDArray

from vocalbaby import audio
from vocalbaby.entity.clip import Clip
from vocalbaby.entity.prediction import Prediction
from vocalbaby.exception import DataError, DataNotFoundError, VocalBabyError
from vocalbaby.inference.loading import Model, resolve
from vocalbaby.inference.predictor import Predictor

__all__ = ["predict", "predict_each"]

#: Clips that are decoded and predicted together; larger batches are not faster.
_BATCH: Final = 16
_SAMPLE_RATE: Final = "sample_rate is required for arrays, and not allowed for paths and tables"

AnyPath: TypeAlias = str | os.PathLike[str]
Samples: TypeAlias = NDArray[np.floating[Any]]
Errors = Literal["raise", "return"]
Outcome: TypeAlias = Prediction | VocalBabyError


class Table(Protocol):
    """What is needed of a pandas DataFrame; pandas itself is not imported."""

    @property
    def columns(self) -> Iterable[object]:
        """Names of the columns."""

    @property
    def index(self) -> object:
        """Labels of the rows."""

    def __getitem__(self, name: str, /) -> Iterable[object]:
        """Return a column."""


TableT = TypeVar("TableT", bound=Table)


@overload
def predict(
    inputs: AnyPath | Sequence[AnyPath] | Samples | Sequence[Samples],
    *,
    model: Model = None,
    sample_rate: int | None = None,
    errors: Literal["raise"] | None = None,
) -> list[Prediction]: ...
@overload
def predict(
    inputs: AnyPath | Sequence[AnyPath] | Samples | Sequence[Samples],
    *,
    model: Model = None,
    sample_rate: int | None = None,
    errors: Literal["return"],
) -> list[Prediction | VocalBabyError]: ...
@overload
def predict(
    inputs: TableT,
    *,
    model: Model = None,
    errors: Errors | None = None,
    root: AnyPath = ".",
) -> TableT: ...
def predict(
    inputs: Any,
    *,
    model: Model = None,
    sample_rate: int | None = None,
    errors: Errors | None = None,
    root: AnyPath = ".",
) -> Any:
    """Classify infant vocalizations.

    Every input is one clip of at most 30 s, decoded, resampled and checked in the same way
    as by the command ``vocalbaby predict`` and by the HTTP service.

    Args:
        inputs: One of

            - a path, or a sequence of paths;
            - floating-point samples of full scale 1.0, shape (n_samples,) or
              (n_samples, n_channels), or a sequence of such arrays; ``sample_rate`` is then
              required;
            - a pandas DataFrame with a column ``path``, such as a clip manifest.
        model: A predictor that `load` returned, or the folder or zip of a bundle, which
            is then read for this call only. None means the built-in model, which stays in
            memory.
        sample_rate: Samples per second of the arrays; not allowed with paths and tables.
        errors: What happens when an input cannot be used, e.g. a damaged file. ``"raise"``
            raises the error of the first such input. ``"return"`` classifies all others:
            the error object takes the place of the prediction, and in a table the column
            ``error`` holds its code and message. The default is ``"raise"`` for paths and
            arrays, and ``"return"`` for tables.
        root: Folder that relative paths in a table refer to; for a ``manifest.csv`` this is
            the folder that contains it.

    Returns:
        For paths and arrays a list with one prediction per input, in order. For a table a
        table with the same index and the columns ``label`` (missing where the model abstains),
        ``p_<class>`` per class, ``duration_s``, ``model_version``, ``warnings`` (codes
        joined with ``;``) and ``error`` (empty where there is none).

    Raises:
        BundleError: The model cannot be used.
        VocalBabyError: An input cannot be used and ``errors`` is ``"raise"``: AudioError for
            its contents, DataNotFoundError for a file that is missing or unreadable.
        DataError: A table has no column ``path``.
        TypeError: ``sample_rate`` is missing for arrays, or given for paths or a table.
        ValueError: ``errors`` is none of the values above.

    Examples:
        >>> import numpy as np
        >>> from vocalbaby import inference
        >>> noise = np.random.default_rng(0).normal(0, 0.1, 16000)
        >>> (prediction,) = inference.predict(noise, sample_rate=16000)
        >>> prediction.label, prediction.duration_s
        ('Junk', 1.0)
        >>> good, bad = inference.predict([noise, 0 * noise], sample_rate=16000, errors="return")
        >>> type(bad).__name__
        'SilentAudioError'
    """
    if errors not in {None, *get_args(Errors)}:
        raise ValueError(f"errors is {errors!r}, not one of {get_args(Errors)}")
    predictor = resolve(model)
    if hasattr(inputs, "columns") and hasattr(inputs, "index"):
        if sample_rate is not None:
            raise TypeError(_SAMPLE_RATE)
        return _predict_table(inputs, predictor, errors or "return", Path(root))
    clips = _decoders(inputs, sample_rate)
    return list(predict_each(predictor, clips, errors or "raise"))


def _decoders(
    inputs: AnyPath | Samples | Sequence[AnyPath | Samples], sample_rate: int | None
) -> list[Callable[[], Clip]]:
    """Return one function per input that decodes it."""
    if isinstance(inputs, str | os.PathLike | np.ndarray):
        inputs = [inputs]
    items = list(inputs)
    if items and any(isinstance(item, np.ndarray) for item in items) != (sample_rate is not None):
        raise TypeError(_SAMPLE_RATE)
    return [
        partial(audio.from_samples, item, sample_rate, name=f"array_{i}")
        if isinstance(item, np.ndarray) and sample_rate is not None
        else partial(_load, item)
        for i, item in enumerate(items)
    ]


def _load(path: object, root: Path | None = None) -> Clip:
    if not isinstance(path, str | os.PathLike) or not os.fspath(path):
        raise DataNotFoundError(f"{path!r} is not a path.", hint="Name an audio file.")
    return audio.load(Path(path) if root is None else root / path)


def predict_each(
    predictor: Predictor, clips: Iterable[Callable[[], Clip]], errors: Errors
) -> Iterator[Outcome]:
    """Yield a prediction or an error per clip; only one batch of clips is in memory at a time.

    Args:
        predictor: The model.
        clips: One function per clip, which decodes it and may raise a VocalBabyError.
        errors: As for `predict`.
    """
    remaining = iter(clips)
    while batch := list(islice(remaining, _BATCH)):
        decoded = [_decode(clip, errors) for clip in batch]
        predictions = iter(predictor.predict([clip for clip in decoded if isinstance(clip, Clip)]))
        for clip in decoded:
            yield next(predictions) if isinstance(clip, Clip) else clip


def _decode(clip: Callable[[], Clip], errors: Errors) -> Clip | VocalBabyError:
    try:
        return clip()
    except VocalBabyError as error:
        if errors == "raise":
            raise
        return error.without_trace()


def _predict_table(table: TableT, predictor: Predictor, errors: Errors, root: Path) -> TableT:
    if "path" not in table.columns:
        raise DataError(
            f"The table has no column 'path', but {list(table.columns)}.",
            hint="Name the column with the audio files 'path'.",
        )
    clips = [partial(_load, path, root) for path in table["path"]]
    rows = [_row(outcome, predictor) for outcome in predict_each(predictor, clips, errors)]
    names = _row(DataError(""), predictor)
    columns = {name: [row[name] for row in rows] for name in names}
    return type(table)(columns, index=table.index)  # type: ignore[call-arg] # pandas' constructor


def _row(outcome: Outcome, predictor: Predictor) -> dict[str, object]:
    classes, version = predictor.manifest.classes, predictor.manifest.version
    if isinstance(outcome, VocalBabyError):
        probabilities, error = dict.fromkeys(classes, np.nan), f"{outcome.code}: {outcome}"
        label, duration_s, warnings = None, np.nan, ""
        members: tuple[str, ...] = ()
    else:
        probabilities, error = outcome.probabilities, ""
        label, duration_s = outcome.label, outcome.duration_s
        warnings = ";".join(warning.code for warning in outcome.warnings)
        members = outcome.label_set or ()
    has_sets = predictor.bundle.calibration.conformal is not None
    return {
        "label": label,
        **{f"p_{name}": probabilities[name] for name in classes},
        "duration_s": duration_s,
        "model_version": version,
        "warnings": warnings,
        **({"label_set": ";".join(members)} if has_sets else {}),
        "error": error,
    }
