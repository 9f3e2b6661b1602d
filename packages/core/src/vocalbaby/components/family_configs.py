"""Settings of logistic regression and of support vector machines."""

from typing import Annotated, Literal

from pydantic import Field

from vocalbaby.entity.config import StrictModel

__all__ = ["LogisticRegressionConfig", "SvmConfig"]

_Penalty = Annotated[float, Field(gt=0.0, le=1e6)]


class LogisticRegressionConfig(StrictModel):
    """Settings of logistic regression; see `.logistic_training.train_logistic_regression`.

    Attributes:
        C: Inverse of the strength of the L2 penalty on the weights.
        max_iter: Maximum number of iterations.
        tol: Largest gradient at which the training stops.

    Examples:
        >>> LogisticRegressionConfig(C=0.1).max_iter
        1000
    """

    C: _Penalty = 1.0
    max_iter: int = Field(default=1000, ge=1, le=1_000_000)
    tol: Annotated[float, Field(gt=0.0, le=1.0)] = 1e-4


class SvmConfig(StrictModel):
    """Settings of support vector machines; see `.svm_training.train_svm`.

    Attributes:
        C: Penalty on clips within the margin. The greater, the closer is the fit.
        gamma: Inverse of the squared width of the kernel on standardized features; ``scale`` is 1
            over the number of columns and their variance.
        tol: Tolerance at which the training stops.
        cache_mb: Size of the cache of the kernel in MB.

    Examples:
        >>> SvmConfig(C=10.0).gamma
        'scale'
    """

    C: _Penalty = 1.0
    gamma: Literal["scale"] | Annotated[float, Field(gt=0.0, le=1e3)] = "scale"
    tol: Annotated[float, Field(gt=0.0, le=1.0)] = 1e-3
    cache_mb: int = Field(default=200, ge=1, le=100_000)
