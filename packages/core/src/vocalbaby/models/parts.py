"""Model parts in JSON: reading with bounded memory, and arrays as base64.

A part may come from a stranger. The checks before parsing limit its bytes, its values and its keys,
so that reading takes at most a few times the memory of its bytes.
"""

import base64
import json
from collections.abc import Mapping
from math import prod
from typing import Annotated, Any, Final, Literal, Self, TypeVar

import numpy as np
from numpy.typing import NDArray
from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from vocalbaby.entity.bundle import MAX_PART_BYTES
from vocalbaby.exception import BundleError

__all__ = ["EncodedArray", "invalid_part", "parse_part", "read_part"]

_Part = TypeVar("_Part", bound=BaseModel)

#: Every value is preceded by one of these, except the outermost.
_SEPARATORS: Final = (b",", b"[", b"{")

#: Most values of a part whose arrays are in base64.
_FEW: Final = 10_000
#: Most keys of a part. Each unknown one would take the memory of an error.
_MAX_KEYS: Final = 500

_DTYPES: Final[dict[str, np.dtype[Any]]] = {"float32": np.dtype("<f4"), "float64": np.dtype("<f8")}


class EncodedArray(BaseModel):
    """An array as a part has it: the base64 of its little-endian values in C order.

    The length of the text is compared with the shape before anything is decoded.

    Attributes:
        dtype: ``float32`` or ``float64``.
        shape: Its shape, of one or two dimensions.
        data: Base64 of its bytes, with padding and without line breaks.

    Examples:
        >>> array = EncodedArray.encode(np.array([0.5, 2.0], np.float32))
        >>> array
        EncodedArray(dtype='float32', shape=(2,), data='AAAAPwAAAEA=')
        >>> array.decode("linear.json", "intercept").tolist()
        [0.5, 2.0]
    """

    model_config = ConfigDict(extra="forbid", frozen=True, validate_default=True)

    dtype: Literal["float32", "float64"]
    shape: tuple[Annotated[int, Field(ge=1, le=MAX_PART_BYTES)], ...] = Field(
        min_length=1, max_length=2
    )
    data: str = Field(max_length=MAX_PART_BYTES)

    @model_validator(mode="after")
    def _as_long_as_its_shape(self) -> Self:
        expected = 4 * -(-prod(self.shape) * _DTYPES[self.dtype].itemsize // 3)
        if len(self.data) != expected:
            raise ValueError(
                f"{self.dtype} values of shape {self.shape} have {expected} characters in base64, "
                f"not {len(self.data)}"
            )
        return self

    @classmethod
    def encode(cls, values: NDArray[np.floating[Any]]) -> Self:
        """Encode an array of float32 or float64 values with one or two dimensions.

        Args:
            values: float32 or float64, shape (n,) or (n, m), not empty.

        Returns:
            The encoded array.

        Raises:
            ValueError: The array has another dtype or shape.

        Examples:
            >>> EncodedArray.encode(np.zeros((1, 1))).data
            'AAAAAAAAAAA='
        """
        name = values.dtype.name
        raw = np.ascontiguousarray(values, _DTYPES.get(name)).tobytes()
        shape, data = list(values.shape), base64.b64encode(raw).decode()
        return cls.model_validate({"dtype": name, "shape": shape, "data": data})

    def decode(self, part: str, place: str, largest: float = 1e12) -> NDArray[Any]:
        """Decode the array.

        Args:
            part: Name of the part, for the message.
            place: Where the array is in the part, for the message.
            largest: Largest absolute value, so that sums of products stay finite.

        Returns:
            float32 or float64, of its shape; read-only.

        Raises:
            BundleError: The text is not base64, or a value is too large or not finite.

        Examples:
            >>> EncodedArray(dtype="float32", shape=(1,), data="AADAfw==").decode("a.json", "bias")
            Traceback (most recent call last):
            vocalbaby.exception.BundleError: a.json is not valid: bias: a value is not ...
        """
        try:
            raw = base64.b64decode(self.data, validate=True)
            values = np.frombuffer(raw, _DTYPES[self.dtype]).reshape(self.shape)
        except ValueError as error:
            raise invalid_part(part, place, str(error)) from error
        if not max(-values.min(), values.max()) <= largest:  # NaN is not
            raise invalid_part(part, place, f"a value is not a number up to {largest:g}")
        native: NDArray[Any] = values.astype(self.dtype, copy=False)
        return native


def invalid_part(part: str, place: str, problem: str) -> BundleError:
    """Return the error of a part that is not valid.

    Args:
        part: Name of the part.
        place: Where the problem is in the part.
        problem: What is wrong there.

    Examples:
        >>> print(invalid_part("svm.json", "gamma", "it is negative"))
        svm.json is not valid: gamma: it is negative. Fetch or train the model again.
    """
    return BundleError(
        f"{part} is not valid: {place}: {problem}.", hint="Fetch or train the model again."
    )


def read_part(
    parts: Mapping[str, bytes], kind: str, part: str, schema: type[_Part], max_values: int = _FEW
) -> _Part:
    """Parse the one part of a model.

    Args:
        parts: Contents of the parts by name.
        kind: Kind of the model, for the message.
        part: Name of its part.
        schema: What the part contains.
        max_values: Maximum number of values in the part.

    Returns:
        The content of the part.

    Raises:
        BundleError: The parts are not exactly this one, or it is too large or not valid.

    Examples:
        >>> class Bias(BaseModel):
        ...     bias: float
        >>> read_part({"bias.json": b'{"bias": 1.5}'}, "offset", "bias.json", Bias)
        Bias(bias=1.5)
        >>> read_part({}, "offset", "bias.json", Bias)
        Traceback (most recent call last):
        vocalbaby.exception.BundleError: A model of the kind offset has the part bias.json, not ...
    """
    if set(parts) != {part}:
        raise BundleError(
            f"A model of the kind {kind} has the part {part}, not {sorted(parts)}.",
            hint="Fetch or train the model again.",
        )
    return parse_part(parts[part], part, schema, max_values)


def parse_part(data: bytes, part: str, schema: type[_Part], max_values: int = _FEW) -> _Part:
    """Parse a part after a check of its size.

    Args:
        data: Content of the part.
        part: Its name, for the message.
        schema: What the part contains.
        max_values: Maximum number of values in the part.

    Returns:
        The content of the part.

    Raises:
        BundleError: The part is too large or not valid; the message names the place.

    Examples:
        >>> class Bias(BaseModel):
        ...     bias: float
        >>> parse_part(b'{"bias": "much"}', "bias.json", Bias)
        Traceback (most recent call last):
        vocalbaby.exception.BundleError: bias.json is not valid: bias: Input should be a valid ...
    """
    for name, found, limit in (
        ("bytes", len(data), MAX_PART_BYTES),
        ("keys", data.count(b":"), _MAX_KEYS),
        ("values", sum(map(data.count, _SEPARATORS)), max_values),
    ):
        if found > limit:
            raise BundleError(
                f"{part} has {found} {name}, more than the limit of {limit}.",
                hint="Train a smaller model, or fetch the model again.",
            )
    if not data.isascii() or b"\\" in data:  # one wide character would quadruple a text's memory
        raise invalid_part(part, "text", "a character is escaped or not an ASCII character")
    try:
        # Pydantic's own parser would copy the whole content into each of its errors.
        return schema.model_validate(json.loads(data))
    except ValidationError as error:
        problem = error.errors(include_url=False, include_context=False, include_input=False)[0]
        place = ".".join(map(str, problem["loc"]))
        raise invalid_part(part, place, problem["msg"]) from error
    except (ValueError, RecursionError) as error:
        raise invalid_part(part, "text", f"it is not JSON ({error})") from error
