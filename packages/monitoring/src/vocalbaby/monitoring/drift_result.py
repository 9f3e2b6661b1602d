"""Reading the drift job's ``latest.json``, trusting nothing in it."""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final, Literal, TypeAlias, get_args

__all__ = [
    "COMPARED",
    "MAX_BYTES",
    "OUTCOMES",
    "DriftResult",
    "Fault",
    "Outcome",
    "WrongResultError",
    "parse",
]

#: More than any result needs: 2000 columns take about half of it.
MAX_BYTES: Final = 2**20

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
OUTCOMES: Final[tuple[Outcome, ...]] = get_args(Outcome)
#: Outcomes of runs that could compare.
COMPARED: Final[tuple[Outcome, ...]] = ("no_drift", "drift")

#: Why there is no result: none was written yet, the store does not give it, it is too
#: large, it is torn, of a later format, or not what the format says.
Fault: TypeAlias = Literal["missing", "unreadable", "too_large", "torn", "format", "content"]

_FORMAT: Final = 1
_MOST_ROWS: Final = 1e12
_NAME: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9._+-]{0,79}")
#: A run that ended in the future would hide for as long that the job is dead.
_AHEAD_S: Final = 3600.0


class WrongResultError(Exception):
    """The bytes are not a result.

    Attributes:
        fault: Why, in a word.
    """

    def __init__(self, fault: Fault, message: str) -> None:
        super().__init__(message)
        self.fault: Fault = fault


@dataclass(frozen=True, slots=True)
class DriftResult:
    """What the metrics show of a run; None where the run did not come so far.

    Attributes:
        outcome: Of the run.
        finished: When it ended, in Unix seconds.
        last_success: When a run that could compare last ended.
        feature_set: What was compared.
        model_version: Whose features they are.
        rows: Rows of the window.
        score: Two-sample AUC, 0 to 1.
        threshold: The score from which the features drifted.
        groups: Share of each group's columns that drifted.
        missing_share: Share of missing values.
        prediction_score: Distance of the predicted classes, 0 to 1.
        prediction_threshold: The distance from which they drifted.
        uar: Estimated without labels, in the window.
        uar_reference: The same on the reference.
    """

    outcome: Outcome
    finished: float
    last_success: float | None
    feature_set: str | None
    model_version: str | None
    rows: float | None
    score: float | None
    threshold: float | None
    groups: Mapping[str, float]
    missing_share: float | None
    prediction_score: float | None
    prediction_threshold: float | None
    uar: float | None
    uar_reference: float | None


def parse(data: bytes, now: float) -> DriftResult:
    """Read a ``latest.json``.

    Args:
        data: Its bytes.
        now: Unix seconds; a run cannot have ended much later.

    Raises:
        WrongResultError: It is something else.
    """
    if len(data) > MAX_BYTES:
        raise WrongResultError("too_large", f"It has more than {MAX_BYTES} bytes.")
    try:
        raw = json.loads(data)
    except (ValueError, RecursionError) as error:
        raise WrongResultError("torn", f"It is not whole JSON: {error}.") from error
    if not isinstance(raw, dict) or raw.get("format") != _FORMAT:
        raise WrongResultError("format", f"It does not say that it is of format {_FORMAT}.")
    latest = now + _AHEAD_S
    finished = _needed(_number(raw, "finished", latest), "finished")
    outcome = raw.get("outcome")
    if outcome not in OUTCOMES:
        raise WrongResultError("content", f"There is no outcome {str(outcome)[:80]!r}.")
    compared = outcome in COMPARED
    predictions, estimate = _table(raw, "predictions"), _table(raw, "estimate")
    groups = _table(raw, "groups") if compared else {}
    result = DriftResult(
        outcome=outcome,
        finished=finished,
        last_success=finished if compared else _number(raw, "last_success", latest),
        feature_set=_name(raw, "feature_set"),
        model_version=_name(raw, "model_version"),
        rows=_number(raw, "rows", _MOST_ROWS),
        score=_number(raw, "score") if compared else None,
        threshold=_number(raw, "threshold") if compared else None,
        groups={_checked(name): _needed(_number(groups, name), name) for name in groups},
        missing_share=_number(raw, "missing_share"),
        prediction_score=_number(predictions, "distance") if compared else None,
        prediction_threshold=_number(predictions, "threshold") if compared else None,
        uar=_number(estimate, "uar") if compared else None,
        uar_reference=_number(estimate, "reference") if compared else None,
    )
    needed = ("feature_set", "model_version", "rows", "score", "threshold") if compared else ()
    for key in needed:
        if getattr(result, key) is None:
            raise WrongResultError("content", f"{key!r} is missing.")
    return result


def _number(table: Mapping[str, Any], key: str, highest: float = 1.0) -> float | None:
    """A finite number from 0 to ``highest``; None where there is none."""
    value = table.get(key)
    if value is None:
        return None
    if type(value) not in {int, float} or not 0 <= value <= highest:
        raise WrongResultError("content", f"{key[:80]!r} is not a number from 0 to {highest:g}.")
    return float(value)


def _name(table: Mapping[str, Any], key: str) -> str | None:
    value = table.get(key)
    return None if value is None else _checked(value)


def _checked(name: object) -> str:
    """A name that may be a label."""
    if not isinstance(name, str) or not _NAME.fullmatch(name):
        raise WrongResultError("content", f"{str(name)[:80]!r} is not a name.")
    return name


def _table(raw: Mapping[str, Any], key: str) -> Mapping[str, Any]:
    value = raw.get(key)
    if value is not None and not isinstance(value, dict):
        raise WrongResultError("content", f"{key!r} is not a table.")
    return value or {}


def _needed(value: float | None, key: str) -> float:
    if value is None:
        raise WrongResultError("content", f"{key[:80]!r} is missing.")
    return value
