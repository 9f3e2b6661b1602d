"""The model kind ``mlp``: a multilayer perceptron with one hidden layer, in NumPy.

The features are standardized as in `vocalbaby.models.standardization`. The hidden units are
rectified linear ones.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated, Final, Self

import numpy as np
from numpy.typing import NDArray
from pydantic import BaseModel, ConfigDict, FailFast, Field, model_validator

from vocalbaby.models.classifier import checked_rows
from vocalbaby.models.parts import read_part
from vocalbaby.models.standardization import Standardization

__all__ = ["KIND", "PART", "Layers", "Mlp"]

#: Name of the kind in bundle manifests.
KIND: Final = "mlp"

#: The one model part of such a bundle.
PART: Final = "mlp.json"

#: Most numbers of a network, each of which takes about 100 bytes while the part is read.
_MAX_VALUES: Final = 4_000_000

_Vector = Annotated[tuple[float, ...], FailFast(), Field(min_length=1, max_length=100_000)]
_Matrix = Annotated[tuple[_Vector, ...], FailFast(), Field(min_length=1, max_length=100_000)]


class Layers(BaseModel):
    """The content of ``mlp.json``.

    Attributes:
        low: Lowest value of each column; lower ones are replaced by it.
        high: Highest value of each column.
        center: Value of each column that becomes 0, also where a value is missing.
        scale: Difference from the centre that becomes 1.
        hidden: Weights of the hidden units, one row per column.
        hidden_bias: Offsets of the hidden units.
        output: Weights of the classes, one row per hidden unit.
        output_bias: Offsets of the classes.

    Examples:
        >>> layers = Layers(
        ...     low=(-1,), high=(1,), center=(0,), scale=(1,), hidden=((2,),), hidden_bias=(0,),
        ...     output=((1, -1),), output_bias=(0, 0),
        ... )
        >>> layers.output
        ((1.0, -1.0),)
    """

    model_config = ConfigDict(
        extra="forbid", frozen=True, allow_inf_nan=False, validate_default=True
    )

    low: _Vector
    high: _Vector
    center: _Vector
    scale: Annotated[tuple[Annotated[float, Field(gt=0.0)], ...], FailFast()]
    hidden: _Matrix
    hidden_bias: _Vector
    output: _Matrix
    output_bias: _Vector

    @model_validator(mode="after")
    def _consistent(self) -> Self:
        columns, units, classes = len(self.low), len(self.hidden_bias), len(self.output_bias)
        lengths = {len(part) for part in (self.high, self.center, self.scale, self.hidden)}
        if lengths != {columns} or len(self.output) != units:
            raise ValueError("the layers differ in their numbers of columns or hidden units")
        if {*map(len, self.hidden)} != {units} or {*map(len, self.output)} != {classes}:
            raise ValueError("the rows of a layer differ in length")
        if any(low > high for low, high in zip(self.low, self.high, strict=True)):
            raise ValueError("the low end of a column exceeds its high end")
        return self


@dataclass(frozen=True, slots=True, eq=False)
class Mlp:
    """A multilayer perceptron, ready to evaluate.

    Attributes:
        n_features: Number of columns.
        n_classes: Number of classes.

    Examples:
        >>> import numpy as np
        >>> layers = Layers(
        ...     low=(-1,), high=(1,), center=(0,), scale=(1,), hidden=((2,),), hidden_bias=(0,),
        ...     output=((1, -1),), output_bias=(0, 0),
        ... )
        >>> model = Mlp.from_parts({PART: layers.model_dump_json().encode()})
        >>> model.margins(np.array([[0.5], [9.0], [-1.0]], np.float32)).tolist()
        [[1.0, -1.0], [2.0, -2.0], [0.0, 0.0]]
    """

    n_features: int
    n_classes: int
    _input: Standardization
    _hidden: tuple[NDArray[np.float32], NDArray[np.float32]]
    _output: tuple[NDArray[np.float32], NDArray[np.float32]]

    @classmethod
    def from_parts(cls, parts: Mapping[str, bytes]) -> Self:
        """Build the perceptron from the model parts of a bundle.

        Args:
            parts: Contents of the parts by name.

        Returns:
            The perceptron.

        Raises:
            BundleError: The parts are not exactly ``mlp.json``, or it is not valid.
        """
        layers = read_part(parts, KIND, PART, Layers, _MAX_VALUES)
        values = {name: np.array(getattr(layers, name), np.float32) for name in Layers.model_fields}
        return cls(
            n_features=len(layers.low),
            n_classes=len(layers.output_bias),
            _input=Standardization(*(values[name] for name in ("low", "high", "center", "scale"))),
            _hidden=(values["hidden"], values["hidden_bias"]),
            _output=(values["output"], values["output_bias"]),
        )

    def margins(self, x: NDArray[np.float32]) -> NDArray[np.float32]:
        """Return the outputs of the network.

        Args:
            x: float32, shape (n, n_features); NaN means "missing".

        Returns:
            float32, shape (n, n_classes). A row's margins do not depend on other rows.

        Raises:
            ValueError: ``x`` has a wrong shape.
        """
        scaled = self._input.apply(checked_rows(x, self.n_features))
        (hidden, hidden_bias), (output, output_bias) = self._hidden, self._output
        # One product of the same shape per row: that of a whole matrix would have other bits.
        units = np.maximum(np.matmul(scaled[:, np.newaxis], hidden) + hidden_bias, 0)
        found: NDArray[np.float32] = (np.matmul(units, output) + output_bias)[:, 0]
        return found
