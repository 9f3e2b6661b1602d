"""The compiled part of audio, features and models, where it is installed.

It computes bit-identical values to those of the numpy code in ``vocalbaby.audio``,
``vocalbaby.features`` and ``vocalbaby.models``, in a few calls per batch. That code is the
reference implementation; it is used where the compiled module is missing or ``VOCALBABY_KERNEL`` is
``numpy``.
"""

import os
from types import ModuleType
from typing import Final

__all__ = ["SETTING", "name", "native"]

#: Environment variable, read at import: ``numpy`` disables the compiled module.
SETTING: Final = "VOCALBABY_KERNEL"


def _compiled() -> ModuleType | None:
    if os.environ.get(SETTING) == "numpy":
        return None
    try:
        from vocalbaby.kernel import _native  # noqa: PLC0415 - optional # pants: no-infer-dep
    except ImportError:
        return None
    return _native


#: The compiled module, or None where numpy computes.
native = _compiled()


def name() -> str:
    """Return which implementation is used: ``compiled`` or ``numpy``.

    Examples:
        >>> from vocalbaby import kernel
        >>> kernel.name() == ("numpy" if kernel.native is None else "compiled")
        True
    """
    return "numpy" if native is None else "compiled"
