"""The result of a run of the drift job: ``result.json`` and ``latest.json``.

This is the only definition of the format. The drift job writes a `DriftResult` with
`to_json`, and the service reads it with `parse`, which trusts nothing in the bytes.
Keys that are not known are ignored, so that a newer job may add some to the same format.
"""

import json
from dataclasses import asdict, dataclass, field
from typing import Annotated, Final, Literal, TypeAlias, get_args

from vocalbaby.monitoring.json_decoding import Bounds, InvalidValueError, Pattern, decode

__all__ = [
    "COMPARED",
    "MAX_BYTES",
    "OUTCOMES",
    "CauseResult",
    "ColumnResult",
    "DriftResult",
    "EstimateResult",
    "Fault",
    "InvalidResultError",
    "Outcome",
    "PredictionResult",
    "WindowTimes",
    "parse",
    "to_json",
]

#: Size limit of a result; 2,000 columns take about half of it.
MAX_BYTES: Final = 2**20

#: How a run ended; docs/drift.md explains each outcome.
Outcome: TypeAlias = Literal[
    "no_drift",
    "drift",
    "too_few_rows",
    "missing_columns",
    "extra_columns",
    "constant_columns",
    "missing_values",
    "infinite_values",
    "wrong_model",
    "failed",
]
#: All outcomes, in the order of `Outcome`.
OUTCOMES: Final[tuple[Outcome, ...]] = get_args(Outcome)
#: Outcomes of runs that compared the window with the reference.
COMPARED: Final[tuple[Outcome, ...]] = ("no_drift", "drift")

#: Why there is no result: no file was written yet, the store does not return it, it is too
#: large, it is not complete JSON, it has another format, or its content is not valid.
Fault: TypeAlias = Literal["missing", "unreadable", "too_large", "torn", "format", "content"]

_FORMAT: Final = 1
#: A run that ended in the future would hide for as long that the job no longer runs.
_MAX_AHEAD_S: Final = 3600.0

Share: TypeAlias = Annotated[float, Bounds(0, 1)]
Count: TypeAlias = Annotated[int, Bounds(0, 1e12)]
#: Unix seconds.
Time: TypeAlias = Annotated[float, Bounds(0, 1e12)]
#: Text that may become the value of a Prometheus label.
Label: TypeAlias = Annotated[str, Pattern(r"[A-Za-z0-9][A-Za-z0-9._+-]{0,79}")]


class InvalidResultError(Exception):
    """The bytes are not a valid result.

    Args:
        fault: The reason, as the metric ``drift_status_fault`` shows it.
        message: What is wrong.

    Examples:
        >>> try:
        ...     parse(b"{", now=0.0)
        ... except InvalidResultError as error:
        ...     print(error.fault)
        torn
    """

    def __init__(self, fault: Fault, message: str) -> None:
        super().__init__(message)
        self.fault: Fault = fault


@dataclass(frozen=True, slots=True, kw_only=True)
class WindowTimes:
    """Times of a window.

    Attributes:
        since: Time of the oldest row in Unix seconds; None where not recorded.
        until: Time of the newest row in Unix seconds; None where not recorded.
    """

    since: Time | None = None
    until: Time | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ColumnResult:
    """The comparison of one feature.

    Attributes:
        name: Name of the column.
        group: Group of features that the column belongs to.
        method: Name of the distance.
        distance: Distance between the reference and the window.
        threshold: Least distance that counts as drifted.
        drifted: Whether the distance reaches the threshold.
        shift: Mean of the window minus mean of the reference, in standard deviations of the
            reference; 0 where one side has no values.
        missing_reference: Share of missing values in the reference.
        missing_current: Share of missing values in the window.
        missing_drifted: Whether the share changed by more than its threshold.
    """

    name: str
    group: str
    method: str
    distance: float
    threshold: float
    drifted: bool
    shift: float
    missing_reference: Share
    missing_current: Share
    missing_drifted: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class PredictionResult:
    """The comparison of the predicted classes; ``abstained`` is one of them.

    Attributes:
        distance: Jensen-Shannon distance between the reference and the window.
        threshold: Least distance that counts as drifted.
        drifted: Whether the distance reaches the threshold.
        reference: Share of each class in the reference.
        current: Share of each class in the window.
    """

    distance: Share
    threshold: Share
    drifted: bool
    reference: dict[str, Share]
    current: dict[str, Share]


@dataclass(frozen=True, slots=True, kw_only=True)
class EstimateResult:
    """Unweighted average recall (UAR), estimated without labels.

    Attributes:
        uar: Estimate in the window.
        reference: The same estimate on the reference.
        reference_true: UAR on the reference from its labels; None without labels.
    """

    uar: Share
    reference: Share
    reference_true: Share | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class CauseResult:
    """A hypothesis about the cause.

    Attributes:
        code: Stable code of the cause.
        evidence: How well the signature of the cause fits, 0 to 1.
    """

    code: str
    evidence: Share


@dataclass(frozen=True, slots=True, kw_only=True)
class DriftResult:
    """The result of a run.

    Attributes:
        format: Version of this format.
        run: Name of the run and of its folder.
        started: Start of the run in Unix seconds.
        finished: End of the run in Unix seconds.
        outcome: The outcome; only those in `COMPARED` have a score.
        last_success: End of the last run that compared the window with the reference.
        model_version: Model whose reference was compared.
        feature_set: Feature set of the model.
        feature_set_version: Version of the feature set.
        reference_rows: Number of rows of the reference.
        rows: Number of rows of the window.
        window: Times of the window.
        score: AUC of the two-sample classifier.
        score_same_classes: AUC with the reference weighted to the predicted classes of the
            window, which leaves out a change of the mixture of classes.
        threshold: Least score that counts as drift.
        groups: Share of drifted columns in each group of features.
        columns: Comparison of every feature.
        missing_share: Share of missing values in the window.
        predictions: Comparison of the predicted classes.
        estimate: UAR estimated without labels.
        causes: Hypotheses about the cause, the most likely first.
        summary: The result in sentences.

    Raises:
        InvalidValueError: The outcome is a comparison, and a part of it is missing.

    Examples:
        >>> result = DriftResult(
        ...     run="r1", started=0.0, finished=9.0, outcome="wrong_model", summary=("None.",),
        ...     window=WindowTimes(since=0.0), causes=(CauseResult(code="model", evidence=1.0),),
        ... )
        >>> result.window.until is None, result.causes[0].code
        (True, 'model')
    """

    format: Literal[1] = _FORMAT
    run: str
    started: Time
    finished: Time
    outcome: Outcome
    last_success: Time | None = None
    model_version: Label | None = None
    feature_set: Label | None = None
    feature_set_version: str | None = None
    reference_rows: Count | None = None
    rows: Count | None = None
    window: WindowTimes = field(default_factory=WindowTimes)
    score: Share | None = None
    score_same_classes: Share | None = None
    threshold: Share | None = None
    groups: dict[Label, Share] = field(default_factory=dict)
    columns: tuple[ColumnResult, ...] = ()
    missing_share: Share | None = None
    predictions: PredictionResult | None = None
    estimate: EstimateResult | None = None
    causes: tuple[CauseResult, ...] = ()
    summary: tuple[str, ...]

    def __post_init__(self) -> None:
        """Require what a comparison always has."""
        if self.outcome in COMPARED:
            for name in ("feature_set", "model_version", "rows", "score", "threshold"):
                if getattr(self, name) is None:
                    raise InvalidValueError(f"{name!r} is missing.")


def to_json(result: DriftResult) -> bytes:
    """Return a result as JSON, for `parse`.

    Args:
        result: The result.

    Raises:
        ValueError: A number is NaN or infinite.

    Examples:
        >>> failed = DriftResult(run="r1", started=0.0, finished=9.0, outcome="failed", summary=())
        >>> parse(to_json(failed), now=9.0) == failed
        True
    """
    return (json.dumps(asdict(result), indent=1, allow_nan=False) + "\n").encode()


def parse(data: bytes, now: float) -> DriftResult:
    """Read a result.

    Args:
        data: The bytes of ``latest.json`` or ``result.json``.
        now: Current time in Unix seconds; a run cannot have ended much later.

    Returns:
        The result; keys that are not known are ignored.

    Raises:
        InvalidResultError: The bytes are not a valid result.

    Examples:
        >>> parse(b'{"format": 2}', now=0.0)
        Traceback (most recent call last):
        vocalbaby.monitoring.drift_result.InvalidResultError: It does not say that its format is 1.
    """
    if len(data) > MAX_BYTES:
        raise InvalidResultError("too_large", f"It has more than {MAX_BYTES} bytes.")
    try:
        raw = json.loads(data)
    except (ValueError, RecursionError) as error:
        raise InvalidResultError("torn", f"It is not complete JSON: {error}.") from error
    if not isinstance(raw, dict) or raw.get("format") != _FORMAT:
        raise InvalidResultError("format", f"It does not say that its format is {_FORMAT}.")
    try:
        result = decode(DriftResult, raw)
    except InvalidValueError as error:
        raise InvalidResultError("content", str(error)) from error
    if max(result.finished, result.last_success or 0) > now + _MAX_AHEAD_S:
        raise InvalidResultError("content", "The run ended in the future.")
    return result
