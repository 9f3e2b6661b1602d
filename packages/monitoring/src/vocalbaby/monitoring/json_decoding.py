"""Decodes JSON values into dataclasses and checks every type and bound.

The types of a dataclass are its schema. A field may be ``bool``, ``int``, ``float``, ``str``, a
``Literal``, a dataclass, ``tuple[X, ...]``, ``dict[str, X]`` or ``X | None``; ``Annotated`` adds
`Bounds` or a `Pattern`. The standard library is enough for it, so that a service
does not have to install a validation library to show metrics.
"""

import dataclasses
import re
import sys
from collections.abc import Mapping
from functools import cache
from types import NoneType, UnionType
from typing import (
    Annotated,
    Any,
    Literal,
    NamedTuple,
    TypeAlias,
    TypeVar,
    Union,
    get_args,
    get_origin,
)
from typing import get_type_hints as type_hints

__all__ = ["Bounds", "InvalidValueError", "Pattern", "decode"]

Decoded = TypeVar("Decoded")
#: A type, which may be a special form of ``typing``, or a value of JSON.
_Type: TypeAlias = Any
_Value: TypeAlias = Any


class InvalidValueError(ValueError):
    """A value does not have the type or lies outside the bounds of its field.

    Examples:
        >>> decode(int, "7")
        Traceback (most recent call last):
        vocalbaby.monitoring.json_decoding.InvalidValueError: the value cannot be '7'.
    """


class Bounds(NamedTuple):
    """Least and greatest number that is allowed.

    Examples:
        >>> decode(Annotated[float, Bounds(0, 1)], 1.5)
        Traceback (most recent call last):
        vocalbaby.monitoring.json_decoding.InvalidValueError: the value is not a number from 0 to 1.
    """

    least: float
    greatest: float


class Pattern(NamedTuple):
    """Regular expression that a whole text has to match.

    Examples:
        >>> decode(Annotated[str, Pattern("[a-z]+")], "mfcc")
        'mfcc'
    """

    text: str


def decode(kind: type[Decoded], value: object) -> Decoded:
    """Decode a value.

    Args:
        kind: A dataclass, or another type that the module names.
        value: What ``json.loads`` returns.

    Returns:
        An object of the type.

    Raises:
        InvalidValueError: The value does not fit the type; the message names the field.

    Examples:
        >>> @dataclasses.dataclass
        ... class Point:
        ...     x: float
        ...     names: tuple[str, ...] = ()
        >>> decode(Point, {"x": 1, "names": ["a"]})
        Point(x=1.0, names=('a',))
    """
    decoded: Decoded = _decode(kind, value, "the value")
    return decoded


def _decode(kind: _Type, value: _Value, where: str) -> _Value:
    origin: _Type = get_origin(kind)
    arguments = get_args(kind)
    if origin is Annotated:
        decoded = _decode(arguments[0], value, where)
        _check(arguments[1], decoded, where)
    elif origin in {Union, UnionType}:
        (other,) = (argument for argument in arguments if argument is not NoneType)
        decoded = None if value is None else _decode(other, value, where)
    elif origin is tuple:
        _require(where, value, is_valid=isinstance(value, list))
        decoded = tuple(_decode(arguments[0], item, where) for item in value)
    elif origin is dict:
        _require(where, value, is_valid=isinstance(value, dict))
        decoded = {
            _decode(arguments[0], key, where): _decode(arguments[1], item, f"{where} {key!r:.80}")
            for key, item in value.items()
        }
    elif dataclasses.is_dataclass(kind):
        _require(where, value, is_valid=isinstance(value, dict))
        decoded = _dataclass(kind, value)
    else:
        decoded = _scalar(kind, value, where)
    return decoded


def _dataclass(kind: _Type, values: Mapping[str, _Value]) -> _Value:
    types = _types(kind)
    for field in dataclasses.fields(kind):
        defaults = {field.default, field.default_factory}
        if field.name not in values and defaults == {dataclasses.MISSING}:
            raise InvalidValueError(f"{field.name!r} is missing.")
    known = types.keys() & values.keys()
    return kind(**{name: _decode(types[name], values[name], repr(name)) for name in known})


@cache
def _types(kind: _Type) -> dict[str, _Type]:
    return type_hints(kind, include_extras=True)


def _scalar(kind: _Type, value: _Value, where: str) -> _Value:
    origin: _Type = get_origin(kind)
    if origin is Literal:
        choices = [(type(choice), choice) for choice in get_args(kind)]
        _require(where, value, is_valid=(type(value), value) in choices)
        return value
    if kind is float:
        is_number = type(value) in {int, float} and abs(value) <= sys.float_info.max
        _require(where, value, is_valid=is_number)
        return float(value)
    _require(where, value, is_valid=type(value) is kind)
    return value


def _check(constraint: Bounds | Pattern, value: _Value, where: str) -> None:
    if isinstance(constraint, Pattern):
        _require(where, value, is_valid=re.fullmatch(constraint.text, value) is not None)
    elif not constraint.least <= value <= constraint.greatest:
        least, greatest = constraint
        raise InvalidValueError(f"{where} is not a number from {least:g} to {greatest:g}.")


def _require(where: str, value: object, *, is_valid: bool) -> None:
    if not is_valid:
        raise InvalidValueError(f"{where} cannot be {value!r:.80}.")
