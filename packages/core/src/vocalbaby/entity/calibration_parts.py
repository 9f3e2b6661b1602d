"""Parts of a calibration that only some bundles have: isotonic maps, thresholds, label sets."""

from collections.abc import Sequence
from typing import Annotated, Final, Literal, Self

from pydantic import BaseModel, ConfigDict, FailFast, Field, model_validator

__all__ = [
    "MAX_KNOTS",
    "ClassThreshold",
    "ConformalSets",
    "IsotonicMap",
    "IsotonicMaps",
    "Matrix",
    "MatrixRow",
    "Numbers",
    "Positive",
    "Positives",
    "Thresholds",
    "check_sizes",
]

#: Most knots of an isotonic map.
MAX_KNOTS: Final = 10_000

_FROZEN: Final = ConfigDict(extra="forbid", frozen=True, allow_inf_nan=False, validate_default=True)
Share = Annotated[float, Field(ge=0.0, le=1.0)]
#: Weights of the margins for one class.
MatrixRow = Annotated[tuple[float, ...], FailFast(), Field(max_length=100)]
#: One row of weights for each class.
Matrix = Annotated[tuple[MatrixRow, ...], FailFast(), Field(max_length=100)]
#: Numbers of a file from a stranger: one error ends the reading, as each takes memory.
Numbers = Annotated[tuple[float, ...], FailFast()]
#: A number above 0.
Positive = Annotated[float, Field(gt=0.0)]
#: Numbers above 0.
Positives = Annotated[tuple[Positive, ...], FailFast()]


class IsotonicMap(BaseModel):
    """A piecewise linear map that never decreases, from a probability to a calibrated one.

    Attributes:
        x: Knots, ascending.
        y: Values at the knots. They are positive, so that a row of them has a sum to divide by.

    Examples:
        >>> IsotonicMap(x=(0.2, 0.8), y=(0.1, 0.9)).y
        (0.1, 0.9)
    """

    model_config = _FROZEN

    x: Annotated[tuple[Share, ...], FailFast(), Field(min_length=1, max_length=MAX_KNOTS)]
    y: Annotated[
        tuple[Annotated[float, Field(ge=1e-9, le=1.0)], ...],
        FailFast(),
        Field(min_length=1, max_length=MAX_KNOTS),
    ]

    @model_validator(mode="after")
    def _ascending(self) -> Self:
        if len(self.x) != len(self.y):
            raise ValueError("x and y differ in length")
        if any(a >= b for a, b in zip(self.x, self.x[1:], strict=False)):
            raise ValueError("x does not ascend")
        if any(a > b for a, b in zip(self.y, self.y[1:], strict=False)):
            raise ValueError("y descends")
        return self


class ClassThreshold(BaseModel):
    """The probability from which a label has a wanted precision on held-out clips.

    Attributes:
        label: The class.
        wanted: The wanted precision.
        threshold: The smallest probability from which the precision is reached; None if it is
            reached nowhere, and the label then has no threshold.
        precision: Share of the labels from the threshold on that are right; None without one.
        clips: Number of these labels.

    Examples:
        >>> ClassThreshold(label="Crying", wanted=0.95, threshold=None).threshold is None
        True
    """

    model_config = _FROZEN

    label: str = Field(max_length=40)
    wanted: Share
    threshold: Share | None = None
    precision: Share | None = None
    clips: int = Field(default=0, ge=0)


class ConformalSets(BaseModel):
    """Which labels a set has that contains the true one with a given probability.

    Attributes:
        score: ``lac``: 1 minus the probability of the label (least ambiguous sets; Sadinle et al.,
            2019). ``aps``: the sum of all probabilities down to that of the label (adaptive sets;
            Romano et al., 2020).
        coverage: Wanted share of the clips of each class whose set has the true label.
        quantiles: Per class, the highest score with which the label is in the set; 1 puts the
            label into every set.

    Examples:
        >>> ConformalSets(score="lac", coverage=0.9, quantiles=(0.4, 1.0)).coverage
        0.9
    """

    model_config = _FROZEN

    score: Literal["lac", "aps"]
    coverage: float = Field(gt=0.0, lt=1.0)
    quantiles: Annotated[tuple[Share, ...], FailFast(), Field(min_length=1, max_length=100)]


#: One map for each class, or none.
IsotonicMaps = Annotated[tuple[IsotonicMap, ...], FailFast(), Field(max_length=100)]
#: Thresholds of some classes.
Thresholds = Annotated[tuple[ClassThreshold, ...], FailFast(), Field(max_length=100)]


def check_sizes(
    n_classes: int,
    matrix: Sequence[Sequence[float]],
    isotonic: Sequence[IsotonicMap],
    thresholds: Sequence[ClassThreshold],
    conformal: ConformalSets | None,
) -> None:
    """Check that the parts of a calibration fit its number of classes.

    Args:
        n_classes: Number of classes.
        matrix: Weights of the margins, or empty.
        isotonic: Maps, or empty.
        thresholds: Thresholds by class.
        conformal: Label sets, or None.

    Raises:
        ValueError: They do not fit.

    Examples:
        >>> check_sizes(2, ((1, 0),), (), (), None)
        Traceback (most recent call last):
        ValueError: matrix and bias differ in size
    """
    if matrix and {len(matrix), *map(len, matrix)} != {n_classes}:
        raise ValueError("matrix and bias differ in size")
    if isotonic and len(isotonic) != n_classes:
        raise ValueError("isotonic and bias differ in length")
    if conformal is not None and len(conformal.quantiles) != n_classes:
        raise ValueError("the quantiles of conformal and bias differ in length")
    if len({each.label for each in thresholds}) != len(thresholds):
        raise ValueError("a class has two thresholds")
