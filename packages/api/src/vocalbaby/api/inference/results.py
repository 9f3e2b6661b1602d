"""From the engine's answers to what a client is shown, and into the metrics."""

from collections.abc import Sequence
from typing import Any, Final, TypedDict

from pydantic import TypeAdapter
from starlette.responses import Response

from vocalbaby.api.http.problems import NoUsableClipError, clip_problem
from vocalbaby.api.http.schemas import ClipProblem, ClipResult
from vocalbaby.api.inference.state import AppState
from vocalbaby.entity.clip import ClipWarning
from vocalbaby.entity.prediction import Prediction
from vocalbaby.exception import VocalBabyError

__all__ = ["Result", "gather", "json_response"]

#: Writes a body as it stands; checking it first, as a model does, takes three times as long.
_BODY: Final = TypeAdapter[Any](Any)


class Result(TypedDict):
    """One clip's answer, as :class:`ClipResult` describes it."""

    filename: str
    label: str | None
    probabilities: dict[str, float] | None
    model_version: str | None
    duration_s: float | None
    warnings: Sequence[ClipWarning]
    error: ClipProblem | None


def gather(
    state: AppState, names: Sequence[str], answers: Sequence[Prediction | VocalBabyError]
) -> tuple[str, list[Result]]:
    """The model that answered first, and one result per clip; raises when none has one."""
    results = [_result(state, name, answer) for name, answer in zip(names, answers, strict=True)]
    version = next((found for result in results if (found := result["model_version"])), None)
    if version is None:
        first = next(answer for answer in answers if isinstance(answer, VocalBabyError))
        raise NoUsableClipError(first, [ClipResult.model_validate(result) for result in results])
    return version, results


def json_response(body: dict[str, object]) -> Response:
    """An answer of results."""
    return Response(_BODY.dump_json(body), media_type="application/json")


def _result(state: AppState, name: str, answer: Prediction | VocalBabyError) -> Result:
    if isinstance(answer, VocalBabyError):
        state.metrics.count_error(answer.code)
        return {
            "filename": name,
            "label": None,
            "probabilities": None,
            "model_version": None,
            "duration_s": None,
            "warnings": (),
            "error": clip_problem(answer),
        }
    state.metrics.count_prediction(
        label=answer.label,
        model_version=answer.model_version,
        duration_s=answer.duration_s,
        confidence=max(answer.probabilities.values(), default=None),
        warnings=[note.code for note in answer.warnings],
    )
    return {
        "filename": name,
        "label": answer.label,
        "probabilities": answer.probabilities,
        "model_version": answer.model_version,
        "duration_s": answer.duration_s,
        "warnings": answer.warnings,
        "error": None,
    }
