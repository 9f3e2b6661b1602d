"""Reading XGBoost's JSON with the standard library, safely when the bytes are hostile.

The checks before parsing bound time and memory: the text is limited in size, and so is
the number of values in it (each costs at most about 100 bytes as a Python object).
"""

import json
from typing import Any, Final, NoReturn

from vocalbaby.entity.bundle import MAX_PART_BYTES
from vocalbaby.exception import BundleError

__all__ = ["read_booster"]

_MAX_VALUES: Final = 8_000_000
#: Every value is preceded by one of these, except the outermost.
_SEPARATORS: Final = (b",", b"[", b"{")


def read_booster(data: bytes | bytearray) -> object:
    """Parse the JSON text of a booster.

    Args:
        data: The whole file, UTF-8.

    Returns:
        The parsed value: dict, list, str, int, float, bool or None.

    Raises:
        BundleError: The bytes are not strict JSON (RFC 8259), a key occurs twice, or the
            text is too large, nests too deeply or holds too many values.

    Examples:
        >>> read_booster(b'{"learner": {}}')
        {'learner': {}}
        >>> read_booster(b"[NaN]")
        Traceback (most recent call last):
        vocalbaby.exception.BundleError: The booster is not valid JSON: NaN is not a JSON number...
    """
    if len(data) > MAX_PART_BYTES:
        raise BundleError(f"A booster of {len(data)} bytes is over the limit of {MAX_PART_BYTES}.")
    if sum(data.count(separator) for separator in _SEPARATORS) > _MAX_VALUES:
        raise BundleError(f"The booster holds more than {_MAX_VALUES} values.")
    try:
        value: object = json.loads(
            data.decode("utf-8"), parse_constant=_no_constant, object_pairs_hook=_unique
        )
    except (ValueError, RecursionError) as error:
        raise BundleError(
            f"The booster is not valid JSON: {error}.", hint="Fetch or train the model again."
        ) from error
    return value


def _no_constant(name: str) -> NoReturn:
    raise ValueError(f"{name} is not a JSON number")


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    result = dict(pairs)
    if len(result) != len(pairs):
        raise ValueError("a key occurs twice in one object")
    return result
