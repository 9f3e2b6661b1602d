"""Writing the service's predictions to the prediction log."""

import time
from collections.abc import Callable, Sequence
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING

from vocalbaby.api.inference.requests import InferenceRequest
from vocalbaby.api.settings import Settings
from vocalbaby.entity.bundle import BundleManifest
from vocalbaby.entity.prediction import Prediction
from vocalbaby.exception import ConfigError
from vocalbaby.monitoring.log_metrics import LogMetrics

if TYPE_CHECKING:
    from vocalbaby.cloud.storage import Storage
    from vocalbaby.monitoring.prediction_log import PredictionLog

__all__ = ["open_log", "prediction_logger"]


def open_log(settings: Settings, metrics: LogMetrics) -> "PredictionLog | None":
    """Open the log that the settings name, without starting it; None when they name none.

    Raises:
        ConfigError: The folder cannot be written, or the settings contradict each other.
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
        fsync=settings.prediction_log_fsync,
        retention_days=settings.prediction_log_retention_days,
        store_retention_days=settings.prediction_log_store_retention_days,
        close_s=settings.prediction_log_seconds,
    )
    open_store = _store(options.folder, settings.prediction_log_store)
    try:
        return PredictionLog(options, open_store, metrics)
    except OSError as error:
        raise ConfigError(
            f"The prediction log cannot be written in {options.folder}: {error.strerror}.",
            hint="Name a folder that this user may write with --prediction-log.",
        ) from error


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


def prediction_logger(
    log: "PredictionLog",
) -> Callable[[Sequence[InferenceRequest]], None]:
    """Return the function with which the engine's worker thread logs answered requests."""
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

    def log_predictions(answered: Sequence[InferenceRequest]) -> None:
        now = time.time_ns()
        log.append(
            [
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
        )

    return log_predictions


def _predictions(request: InferenceRequest) -> list[Prediction]:
    return [item for item in request.outcomes if isinstance(item, Prediction)]
