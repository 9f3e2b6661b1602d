"""Append-only log of the features and predictions of a service.

Importing this package loads numpy and nanoarrow; a service without a log does not import it.

Examples:
    >>> import numpy as np
    >>> from pathlib import Path
    >>> model = LoggedModel("pets-1", "mfcc", "1", columns=("x",), classes=("cat", "dog"))
    >>> features, found = np.ones(1, np.float32), {"cat": 0.9, "dog": 0.1}
    >>> with PredictionLog(LogOptions(Path("log"), gather_s=0.0)) as log:
    ...     log.append([Record(0, "request-1", model, features, "cat", found, 0.5, ())])
    >>> rows = read("log", model_version="pets-1")
    >>> rows.label.tolist(), rows.probabilities.tolist()
    (['cat'], [[0.9, 0.1]])
"""

from vocalbaby.monitoring.prediction_log.buffer import Counts
from vocalbaby.monitoring.prediction_log.decoding import LogFormatError, MixedModelsError
from vocalbaby.monitoring.prediction_log.log import LogOptions, PredictionLog
from vocalbaby.monitoring.prediction_log.reading import read
from vocalbaby.monitoring.prediction_log.record import LoggedModel, Record
from vocalbaby.monitoring.prediction_log.rows import LeftOut, Rows
from vocalbaby.monitoring.prediction_log.stores import Source, Store, Stored
from vocalbaby.monitoring.prediction_log.verification import LogReport, verify

__all__ = [
    "Counts",
    "LeftOut",
    "LogFormatError",
    "LogOptions",
    "LogReport",
    "LoggedModel",
    "MixedModelsError",
    "PredictionLog",
    "Record",
    "Rows",
    "Source",
    "Store",
    "Stored",
    "read",
    "verify",
]
