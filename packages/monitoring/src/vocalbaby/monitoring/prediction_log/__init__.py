"""Append-only log of the features and predictions of a service.

    with PredictionLog(LogOptions(Path("log"))) as log:
        log.append([Record(...)])
    rows = read("log", since=..., model_version=...)

Importing this package loads numpy and nanoarrow; a service without a log does not import it.
"""

from vocalbaby.monitoring.prediction_log.buffer import Counts
from vocalbaby.monitoring.prediction_log.decoding import LogFormatError, MixedModelsError
from vocalbaby.monitoring.prediction_log.log import LogOptions, PredictionLog
from vocalbaby.monitoring.prediction_log.reading import read
from vocalbaby.monitoring.prediction_log.record import LoggedModel, Record
from vocalbaby.monitoring.prediction_log.rows import Rows
from vocalbaby.monitoring.prediction_log.stores import Source, Store, Stored

__all__ = [
    "Counts",
    "LogFormatError",
    "LogOptions",
    "LoggedModel",
    "MixedModelsError",
    "PredictionLog",
    "Record",
    "Rows",
    "Source",
    "Store",
    "Stored",
    "read",
]
