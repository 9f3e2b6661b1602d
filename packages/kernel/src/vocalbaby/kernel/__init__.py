"""The compiled part of the features and models, if there is one.

It computes what the numpy code of ``vocalbaby.features`` and ``vocalbaby.bundle`` does, to
the bit, in a few calls per batch. That code is its reference, and takes over where the
compiled module is missing or ``VOCALBABY_KERNEL`` is ``numpy``.
"""

import os
from types import ModuleType
from typing import Final

__all__ = ["SETTING", "name", "native"]

#: Environment variable, read at import: ``numpy`` switches the compiled module off.
SETTING: Final = "VOCALBABY_KERNEL"


def _compiled() -> ModuleType | None:
    if os.environ.get(SETTING) == "numpy":
        return None
    try:
        from vocalbaby.kernel import _native  # noqa: PLC0415 # pants: no-infer-dep
    except ImportError:
        return None
    return _native


#: The compiled module, or None where numpy computes.
native = _compiled()


def name() -> str:
    """Which code computes: ``compiled`` or ``numpy``."""
    return "numpy" if native is None else "compiled"
