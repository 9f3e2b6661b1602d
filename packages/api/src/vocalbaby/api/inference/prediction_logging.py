"""Writing the service's predictions to the prediction log."""

import errno
import logging
import time
from collections.abc import Callable, Iterable, Sequence
from functools import partial
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING, Final, TypeAlias

from vocalbaby.api.inference.requests import InferenceRequest
from vocalbaby.api.limits.limiters import RETRY_HINT
from vocalbaby.api.settings import Settings
from vocalbaby.entity.bundle import BundleManifest
from vocalbaby.entity.prediction import Prediction
from vocalbaby.exception import ConfigError, LogUnwritableError
from vocalbaby.monitoring.log_metrics import LogMetrics

if TYPE_CHECKING:
    from vocalbaby.cloud.storage import Storage
    from vocalbaby.monitoring.prediction_log import PredictionLog

__all__ = ["PredictionLogger", "open_log", "prediction_logger"]

_Notify: TypeAlias = Callable[[Sequence[InferenceRequest]], None]
#: Logs the predictions of requests and notifies these requests, in either order.
PredictionLogger: TypeAlias = Callable[[Sequence[InferenceRequest], _Notify], None]
#: Seconds that a row waits for others. A request does not wait: rows that arrive while others are
#: being flushed share the next flush.
_GATHER_S: Final = {"gathered": 0.2, "answered": 0.0}

#: Why a folder cannot be written that may be written later.
_PASSING: Final = frozenset(
    {errno.ENOSPC, errno.EDQUOT, errno.EFBIG, errno.EMFILE, errno.ENFILE, errno.EIO, errno.ENOMEM}
)

_log = logging.getLogger(__name__)


def open_log(
    settings: Settings, metrics: LogMetrics, *, checked: bool = False
) -> "PredictionLog | None":
    """Open the log that the settings name, without starting it; None when they name none.

    Args:
        settings: Name the folder of the log.
        metrics: Count its rows.
        checked: Whether it was opened before, so that the folder is not tried again.

    Raises:
        ConfigError: The folder cannot be written by this user, or the settings contradict each
            other. If its disk is full, rows are lost and counted until there is space.
    """
    if settings.prediction_log is None:
        if settings.prediction_log_store is not None:
            raise ConfigError(
                "A store for the prediction log is named, but no folder to write the log in.",
                hint="Name one with --prediction-log.",
            )
        return None
    # Imported only by services that keep a log.
    from vocalbaby.monitoring.prediction_log import LogOptions, PredictionLog  # noqa: PLC0415 - optional

    options = LogOptions(
        Path(settings.prediction_log),
        queue_rows=settings.prediction_log_queue_rows,
        gather_s=_GATHER_S[settings.prediction_log_durability],
        fsync=settings.prediction_log_durability == "answered",
        retention_days=settings.prediction_log_retention_days,
        store_retention_days=settings.prediction_log_store_retention_days,
        close_s=settings.prediction_log_seconds,
    )
    open_store = _store(options.folder, settings.prediction_log_store)
    try:
        return PredictionLog(options, open_store, metrics, check=not checked)
    except OSError as error:
        reason = f"The prediction log cannot be written in {options.folder}: {error.strerror}."
        if error.errno not in _PASSING or not options.folder.is_dir():
            raise ConfigError(
                reason, hint="Name a folder that this user may write with --prediction-log."
            ) from error
        _log.error("%s Rows are lost until it can.", reason)
    return PredictionLog(options, open_store, metrics, check=False)


def _store(folder: Path, address: str | None) -> "Callable[[], Storage] | None":
    if address is None:
        return None
    if "://" in address:
        if not address.startswith("s3://"):
            raise ConfigError(
                f"The prediction log cannot be shipped to {address}.",
                hint="Use s3://bucket/prefix or a folder.",
            )
    else:
        here, there = folder.resolve(), Path(address).resolve()
        if here.is_relative_to(there) or there.is_relative_to(here):
            raise ConfigError(
                f"The prediction log cannot be written in {folder} and shipped to {address}: "
                "one contains the other.",
                hint="Name two separate folders; without --prediction-log-store, "
                "the files stay in --prediction-log.",
            )

    def open_store() -> "Storage":
        from vocalbaby.cloud.opening import open_storage  # noqa: PLC0415 - optional - boto3 is slow to import

        return open_storage(address)

    return open_store


def prediction_logger(log: "PredictionLog", *, durable: bool = False) -> PredictionLogger:
    """Return the function with which the engine's worker thread answers and logs requests.

    Args:
        log: The log.
        durable: Whether requests are notified only when their rows are on the disk. Those whose
            rows cannot be written fail. Otherwise requests are notified first.
    """
    from vocalbaby.monitoring.prediction_log import LoggedModel, Record  # noqa: PLC0415 - optional

    last_manifest: BundleManifest | None = None
    model = LoggedModel("", "", "", (), ())

    def logged_model(manifest: BundleManifest) -> LoggedModel:
        nonlocal last_manifest, model
        if manifest is not last_manifest:  # with a canary, two models alternate
            last_manifest = manifest
            model = LoggedModel(
                manifest.version,
                manifest.feature_set,
                manifest.feature_set_version,
                manifest.columns,
                manifest.classes,
            )
        return model

    def records(answered: Iterable[InferenceRequest]) -> list[Record]:
        now = time.time_ns()
        return [
            Record(
                now,
                request.request_id,
                logged_model(request.target.predictor.bundle.manifest),
                features,
                prediction.label,
                prediction.probabilities,
                prediction.duration_s,
                tuple([warning.code for warning in prediction.warnings]),
            )
            for request in answered
            if request.target is not None
            for prediction, features in zip(
                _predictions(request), chain.from_iterable(request.features), strict=True
            )
        ]

    def answer_then_log(answered: Sequence[InferenceRequest], notify: _Notify) -> None:
        notify(answered)
        try:
            log.append(records(answered))
        except Exception:  # noqa: BLE001 - a log must not harm the service
            _log.exception("predictions could not be logged")

    def log_then_answer(answered: Sequence[InferenceRequest], notify: _Notify) -> None:
        for request in answered:
            done = partial(_answer, request, notify)
            try:
                rows = records([request])
                if rows:
                    log.commit(rows, done)
                else:  # none of its clips could be used
                    done(True)  # noqa: FBT003 - the outcome
            except Exception:  # noqa: BLE001 - the request reports it
                _log.exception("predictions could not be logged")
                done(False)  # noqa: FBT003 - the outcome

    return log_then_answer if durable else answer_then_log


def _answer(request: InferenceRequest, notify: _Notify, written: bool) -> None:  # noqa: FBT001 - the outcome
    if not written:
        request.failure = LogUnwritableError(
            "The service answers only what it has logged, and its prediction log cannot be "
            "written.",
            hint=RETRY_HINT,
        )
    notify([request])


def _predictions(request: InferenceRequest) -> list[Prediction]:
    return [item for item in request.outcomes if isinstance(item, Prediction)]
