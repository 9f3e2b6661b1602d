"""From the engine's outcomes to the results that a client receives, and to the metrics."""

from collections.abc import Sequence
from typing import Any, Final, NotRequired, TypedDict

from pydantic import TypeAdapter
from starlette.responses import Response

from vocalbaby.api.http.problems import NoUsableClipError, clip_problem
from vocalbaby.api.http.schemas import ClipProblem, ClipResult
from vocalbaby.api.inference.state import AppState
from vocalbaby.entity.clip import ClipWarning
from vocalbaby.entity.prediction import Prediction
from vocalbaby.exception import VocalBabyError

__all__ = ["Result", "gather", "json_response"]

#: Serializes without validation, which would take three times as long.
_BODY: Final = TypeAdapter[Any](Any)


class Result(TypedDict):
    """The result for one clip, as `ClipResult` describes it."""

    filename: str
    label: str | None
    probabilities: dict[str, float] | None
    model_version: str | None
    duration_s: float | None
    warnings: Sequence[ClipWarning]
    error: ClipProblem | None
    label_set: NotRequired[Sequence[str]]


def gather(
    state: AppState, names: Sequence[str], outcomes: Sequence[Prediction | VocalBabyError]
) -> tuple[str, list[Result]]:
    """Count the outcomes and return the results.

    Args:
        state: Holds the metrics.
        names: Name of each file.
        outcomes: Outcome of each file.

    Returns:
        The version of the first prediction's model, and one result per file.

    Raises:
        NoUsableClipError: Every file has an error.
    """
    results = [_result(state, name, item) for name, item in zip(names, outcomes, strict=True)]
    version = next((found for result in results if (found := result["model_version"])), None)
    if version is None:
        first = next(item for item in outcomes if isinstance(item, VocalBabyError))
        raise NoUsableClipError(first, [ClipResult.model_validate(result) for result in results])
    return version, results


def json_response(body: dict[str, object]) -> Response:
    """Return a JSON response."""
    return Response(_BODY.dump_json(body), media_type="application/json")


def _result(state: AppState, name: str, outcome: Prediction | VocalBabyError) -> Result:
    if isinstance(outcome, VocalBabyError):
        state.metrics.count_error(outcome.code)
        return {
            "filename": name,
            "label": None,
            "probabilities": None,
            "model_version": None,
            "duration_s": None,
            "warnings": (),
            "error": clip_problem(outcome),
        }
    state.metrics.count_prediction(
        label=outcome.label,
        model_version=outcome.model_version,
        duration_s=outcome.duration_s,
        confidence=max(outcome.probabilities.values(), default=None),
        warnings=[warning.code for warning in outcome.warnings],
    )
    result: Result = {
        "filename": name,
        "label": outcome.label,
        "probabilities": outcome.probabilities,
        "model_version": outcome.model_version,
        "duration_s": outcome.duration_s,
        "warnings": outcome.warnings,
        "error": None,
    }
    if outcome.label_set is not None:
        result["label_set"] = outcome.label_set
    return result
