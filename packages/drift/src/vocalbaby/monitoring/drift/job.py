"""One run of the drift job: read the window, check it, compare it, publish the result."""

import logging
import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any, Final

from vocalbaby.cloud.storage import Storage
from vocalbaby.entity.progress import TaskProgressCallback
from vocalbaby.exception import VocalBabyError
from vocalbaby.inference.predictor import Predictor
from vocalbaby.monitoring.drift.analysis import analyse
from vocalbaby.monitoring.drift.config import DriftConfig
from vocalbaby.monitoring.drift.publishing import last_success, publish, push
from vocalbaby.monitoring.drift.report import render_report
from vocalbaby.monitoring.drift.sample import reference_sample
from vocalbaby.monitoring.drift.summary import describe_causes, describe_left_out
from vocalbaby.monitoring.drift.window import Window
from vocalbaby.monitoring.drift.window_checks import check_window
from vocalbaby.monitoring.drift_result import COMPARED, CauseResult, DriftResult, WindowTimes

__all__ = ["Job", "run_job"]

_NOT_COMPARED: Final = "Nothing was compared. This does not mean that there is no drift."

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Job:
    """Inputs of a run.

    Attributes:
        run: Name of the run and of its folder.
        load: Loads the model.
        read: Reads the window for a model.
        config: Settings of the drift job.
        storage: Storage that the results are written to.
        pushgateway: URL of a Pushgateway; empty for none.
    """

    run: str
    load: Callable[[], Predictor]
    read: Callable[[Predictor], Window]
    config: DriftConfig
    storage: Storage
    pushgateway: str = ""


def run_job(job: Job, progress: TaskProgressCallback | None = None) -> DriftResult:
    """Run the job and publish its result, also if the run fails.

    Args:
        job: Inputs of the run.
        progress: Called with the task, the steps done and the number of steps.

    Returns:
        The published result.

    Raises:
        VocalBabyError: The model or the window cannot be read, or the result cannot be written.
    """
    began = time.time()
    known: dict[str, Any] = {}
    try:
        fields, page = _compare(job, known, progress)
    except Exception as error:
        known |= {"outcome": "failed", "summary": (_message(error),)}
        try:
            _publish(job, began, known, "")
        except VocalBabyError as second:
            _log.error("the failure of the run cannot be published: %s", second)
        raise
    return _publish(job, began, known | fields, page)


def _compare(
    job: Job, known: dict[str, Any], progress: TaskProgressCallback | None
) -> tuple[dict[str, Any], str]:
    """Fields of the result; ``known`` collects those that a failed run also has."""
    predictor = job.load()
    manifest = predictor.manifest
    known |= {
        "model_version": manifest.version,
        "feature_set": manifest.feature_set,
        "feature_set_version": manifest.feature_set_version,
    }
    window = job.read(predictor)
    known |= {
        "rows": len(window),
        "window": WindowTimes(since=window.since, until=window.until),
    }
    for part in window.left_out:
        _log.warning("the prediction log is damaged: %s", part)
    damage = tuple(describe_left_out(window.left_out))
    reference = reference_sample(predictor)[0]
    known |= {"reference_rows": len(reference)}
    problem = check_window(window, reference.values, manifest, job.config.window)
    if problem is not None:
        causes = [CauseResult(code=problem.cause, evidence=1.0)] if problem.cause else []
        why = (problem.message, *(describe_causes(causes) if causes else ()), _NOT_COMPARED)
        fields = {"outcome": problem.outcome, "summary": why + damage, "causes": tuple(causes)}
        return fields, ""
    analysis = analyse(predictor, window, job.config, progress)
    return analysis.fields | {"summary": analysis.fields["summary"] + damage}, analysis.page


def _publish(job: Job, began: float, fields: dict[str, Any], page: str) -> DriftResult:
    before = last_success(job.storage)
    now = time.time()
    result = DriftResult(run=job.run, started=began, finished=now, last_success=before, **fields)
    if result.outcome in COMPARED:
        result = replace(result, last_success=now)
    publish(job.storage, result, render_report(result, page))
    if job.pushgateway:
        push(job.pushgateway, result)
    return result


def _message(error: Exception) -> str:
    """The message for operators: in full for the project's errors, only the type for others."""
    if isinstance(error, VocalBabyError):
        return str(error)
    return f"Internal error of the drift job: {type(error).__name__}. See the log of the job."
