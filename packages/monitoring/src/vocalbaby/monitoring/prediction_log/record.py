"""One row of the log: what a model was shown of a clip, and what it said."""

from collections.abc import Mapping
from typing import NamedTuple, TypeAlias

import numpy as np
from numpy.typing import NDArray

__all__ = ["Features", "LoggedModel", "Record"]

#: float32, shape (n_columns,); NaN is "not measurable".
Features: TypeAlias = NDArray[np.float32]


class LoggedModel(NamedTuple):
    """The model of a record; records of one model share the object.

    Attributes:
        version: Of the bundle.
        feature_set: Name of its feature set.
        feature_set_version: Version of the feature set.
        columns: Names of the features, in order.
        classes: Names of the classes.
    """

    version: str
    feature_set: str
    feature_set_version: str
    columns: tuple[str, ...]
    classes: tuple[str, ...]


class Record(NamedTuple):
    """One answered clip. No audio, no file name, no key, no address.

    Attributes:
        time_ns: When it was answered, in nanoseconds since 1970, UTC.
        request_id: Of the request, as in the access log.
        model: What answered.
        features: In the order of the model's columns.
        label: The class, or None when the model abstained.
        probabilities: By class; a class that is missing is logged as NaN.
        duration_s: Length of the clip in seconds.
        warnings: Codes of the warnings that the answer carried.
    """

    time_ns: int
    request_id: str
    model: LoggedModel
    features: Features
    label: str | None
    probabilities: Mapping[str, float]
    duration_s: float
    warnings: tuple[str, ...]
