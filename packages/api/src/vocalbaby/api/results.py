"""From the engine's answers to what a client is shown, and into the metrics."""

from collections.abc import Sequence

from vocalbaby.api.problems import NoUsableClipError, clip_problem
from vocalbaby.api.schemas import ClipResult, Warn
from vocalbaby.api.state import AppState
from vocalbaby.entity.prediction import Prediction
from vocalbaby.exception import VocalBabyError

__all__ = ["gather"]


def gather(
    state: AppState, names: Sequence[str], answers: Sequence[Prediction | VocalBabyError]
) -> tuple[str, list[ClipResult]]:
    """The model that answered first, and one result per clip; raises when none has one."""
    results = [_result(state, name, answer) for name, answer in zip(names, answers, strict=True)]
    version = next((result.model_version for result in results if result.model_version), None)
    if version is None:
        first = next(answer for answer in answers if isinstance(answer, VocalBabyError))
        raise NoUsableClipError(first, results)
    return version, results


def _result(state: AppState, name: str, answer: Prediction | VocalBabyError) -> ClipResult:
    if isinstance(answer, VocalBabyError):
        state.metrics.count_error(answer.code)
        return ClipResult(filename=name, error=clip_problem(answer))
    state.metrics.count_prediction(
        label=answer.label,
        model_version=answer.model_version,
        duration_s=answer.duration_s,
        confidence=max(answer.probabilities.values(), default=None),
        warnings=[note.code for note in answer.warnings],
    )
    return ClipResult(
        filename=name,
        label=answer.label,
        probabilities=answer.probabilities,
        model_version=answer.model_version,
        duration_s=answer.duration_s,
        warnings=[Warn(code=note.code, message=note.message) for note in answer.warnings],
    )
