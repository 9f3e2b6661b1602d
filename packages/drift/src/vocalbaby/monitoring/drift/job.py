"""One run of the job: read, check, compare, publish."""

import logging
import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any, Final

from vocalbaby.cloud.storage import Storage
from vocalbaby.exception import VocalBabyError
from vocalbaby.inference.predictor import Predictor
from vocalbaby.monitoring.drift.analysis import Tell, analyse
from vocalbaby.monitoring.drift.config import DriftConfig
from vocalbaby.monitoring.drift.publishing import last_success, publish, push
from vocalbaby.monitoring.drift.report import render_report
from vocalbaby.monitoring.drift.sample import reference_sample
from vocalbaby.monitoring.drift.summary import describe_causes
from vocalbaby.monitoring.drift.window import Window
from vocalbaby.monitoring.drift.window_checks import check_window
from vocalbaby.monitoring.drift_result import COMPARED, CauseResult, DriftResult, WindowTimes

__all__ = ["Job", "run_job"]

_NOT_COMPARED: Final = "Nothing was compared: this is not the finding of no drift."

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Job:
    """What a run needs.

    Attributes:
        run: Its name, and that of its folder.
        load: Gives the model.
        read: Gives the window for a model.
        config: Settings.
        storage: Where the results go.
        pushgateway: Address of a Pushgateway; empty for none.
    """

    run: str
    load: Callable[[], Predictor]
    read: Callable[[Predictor], Window]
    config: DriftConfig
    storage: Storage
    pushgateway: str = ""


def run_job(job: Job, tell: Tell | None = None) -> DriftResult:
    """Run; whatever happens, the result says so, where it can still be written.

    Args:
        job: What to do.
        tell: Called with what is done, how much of it is, and how much there is.

    Returns:
        The result, as it was published.

    Raises:
        VocalBabyError: Model or window cannot be read, or results cannot be written.
    """
    began = time.time()
    known: dict[str, Any] = {}
    try:
        fields, page = _compare(job, known, tell)
    except Exception as error:
        known |= {"outcome": "failed", "summary": (_said(error),)}
        try:
            _publish(job, began, known, "")
        except VocalBabyError as second:
            _log.error("that the run failed cannot be published: %s", second)
        raise
    return _publish(job, began, known | fields, page)


def _compare(job: Job, known: dict[str, Any], tell: Tell | None) -> tuple[dict[str, Any], str]:
    """Fields of the result; those that a failed run has too go into ``known``."""
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
    reference = reference_sample(predictor)[0]
    known |= {"reference_rows": len(reference)}
    fault = check_window(window, reference.values, manifest, job.config.window)
    if fault is not None:
        causes = [CauseResult(code=fault.cause, evidence=1.0)] if fault.cause else []
        summary = (fault.message, *(describe_causes(causes) if causes else ()), _NOT_COMPARED)
        fields = {"outcome": fault.outcome, "summary": summary, "causes": tuple(causes)}
        return fields, ""
    analysis = analyse(predictor, window, job.config, tell)
    return analysis.fields, analysis.page


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


def _said(error: Exception) -> str:
    """What an operator may read: our own errors in full, others by their kind."""
    if isinstance(error, VocalBabyError):
        return str(error)
    return f"An error inside the job: {type(error).__name__}. Its log has more."
