"""Records of the prediction log: the features and the prediction of a clip."""

from collections.abc import Mapping
from typing import NamedTuple, TypeAlias

import numpy as np
from numpy.typing import NDArray

__all__ = ["Features", "LoggedModel", "Record"]

#: float32, shape (n_columns,); NaN means "not measurable".
Features: TypeAlias = NDArray[np.float32]


class LoggedModel(NamedTuple):
    """The model of a record; records of one model share the object.

    Attributes:
        version: Version of the model.
        feature_set: Name of the feature set.
        feature_set_version: Version of the feature set.
        columns: Names of the features, in order.
        classes: Names of the classes.

    Examples:
        >>> LoggedModel("pets-1", "mfcc", "1", columns=("x",), classes=("cat", "dog")).classes
        ('cat', 'dog')
    """

    version: str
    feature_set: str
    feature_set_version: str
    columns: tuple[str, ...]
    classes: tuple[str, ...]


class Record(NamedTuple):
    """The prediction for one clip, without audio, file name, API key or address.

    Attributes:
        time_ns: Time of the prediction in nanoseconds since 1970, UTC.
        request_id: Identifier of the request, as in the access log.
        model: Model that predicted.
        features: Features in the order of the model's columns, float32, shape (n_columns,).
        label: Predicted class, or None if the model abstained.
        probabilities: Probability by class; a missing class is logged as NaN.
        duration_s: Duration of the clip in seconds.
        warnings: Codes of the warnings in the response.

    Examples:
        >>> model = LoggedModel("pets-1", "mfcc", "1", columns=("x",), classes=("cat",))
        >>> Record(0, "r1", model, np.ones(1, np.float32), "cat", {"cat": 1.0}, 0.5, ()).label
        'cat'
    """

    time_ns: int
    request_id: str
    model: LoggedModel
    features: Features
    label: str | None
    probabilities: Mapping[str, float]
    duration_s: float
    warnings: tuple[str, ...]
