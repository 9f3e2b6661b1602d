"""The input of models that need columns of one scale: limited, centred and scaled features."""

from dataclasses import dataclass, fields
from typing import Final, Self

import numpy as np
from numpy.typing import NDArray
from pydantic import BaseModel, ConfigDict, model_validator

from vocalbaby.models.parts import EncodedArray, invalid_part

__all__ = ["EncodedStandardization", "Standardization"]

#: Largest value of a feature; differences stay finite in float32.
_LARGEST: Final = 1e38
#: Largest standardized value; sums of products with weights stay finite.
_FARTHEST: Final = 1e6


@dataclass(frozen=True, slots=True, eq=False)
class Standardization:
    """Limits each column to a range, centres and scales it; a missing value becomes the centre.

    Attributes:
        low: float32, shape (n_columns,): lowest value; lower ones are replaced by it.
        high: float32, shape (n_columns,): highest value.
        center: float32, shape (n_columns,): value that becomes 0, also where one is missing.
        scale: Positive float32, shape (n_columns,): difference from the centre that becomes 1.

    Examples:
        >>> columns = [np.array([v], np.float32) for v in (-1.0, 3.0, 1.0, 2.0)]
        >>> Standardization(*columns).apply(np.array([[9.0], [0.0], [np.nan]], np.float32)).tolist()
        [[1.0], [-0.5], [0.0]]
    """

    low: NDArray[np.float32]
    high: NDArray[np.float32]
    center: NDArray[np.float32]
    scale: NDArray[np.float32]

    @property
    def n_features(self) -> int:
        """Number of columns."""
        return len(self.center)

    def apply(self, x: NDArray[np.float32]) -> NDArray[np.float32]:
        """Return the standardized columns.

        Args:
            x: float32, shape (n, n_columns); NaN means "missing".

        Returns:
            float32, shape (n, n_columns), without NaN. A row does not depend on the others.
        """
        limited = np.where(np.isnan(x), self.center, np.clip(x, self.low, self.high))
        scaled: NDArray[np.float32] = (limited - self.center) / self.scale
        return scaled


class EncodedStandardization(BaseModel):
    """A `Standardization` as a part has it; each array has shape (n_columns,).

    Attributes:
        low: Lowest values.
        high: Highest values.
        center: Centres.
        scale: Scales.

    Examples:
        >>> columns = [np.array([v], np.float32) for v in (-1.0, 3.0, 1.0, 2.0)]
        >>> encoded = EncodedStandardization.encode(Standardization(*columns))
        >>> encoded.decode("linear.json").scale.tolist()
        [2.0]
    """

    model_config = ConfigDict(extra="forbid", frozen=True, validate_default=True)

    low: EncodedArray
    high: EncodedArray
    center: EncodedArray
    scale: EncodedArray

    @model_validator(mode="after")
    def _consistent(self) -> Self:
        arrays = (self.low, self.high, self.center, self.scale)
        if len({array.shape for array in arrays}) != 1 or len(self.low.shape) != 1:
            raise ValueError("the arrays differ in their numbers of columns")
        if {array.dtype for array in arrays} != {"float32"}:
            raise ValueError("the arrays must hold float32 values")
        return self

    @classmethod
    def encode(cls, values: Standardization) -> Self:
        """Encode a standardization.

        Args:
            values: The standardization.

        Returns:
            Its four arrays, encoded.
        """
        encoded = {f.name: EncodedArray.encode(getattr(values, f.name)) for f in fields(values)}
        return cls(**encoded)

    def decode(self, part: str) -> Standardization:
        """Decode it.

        Args:
            part: Name of the part whose key ``input`` this is, for the message.

        Returns:
            The standardization.

        Raises:
            BundleError: An array is damaged, a scale is not positive, or a range is empty or
                far from its centre.
        """
        low, high, center, scale = (
            getattr(self, f.name).decode(part, f"input.{f.name}", _LARGEST)
            for f in fields(Standardization)
        )
        if not (scale > 0).all():
            raise invalid_part(part, "input.scale", "a scale is not positive")
        if (low > high).any():
            raise invalid_part(part, "input.low", "the low end of a column exceeds its high end")
        for name, ends in (("low", low), ("high", high)):
            if (np.abs(ends.astype(np.float64) - center) / scale).max() > _FARTHEST:
                problem = f"a column is more than {_FARTHEST:g} times its scale from its centre"
                raise invalid_part(part, f"input.{name}", problem)
        return Standardization(low, high, center, scale)
