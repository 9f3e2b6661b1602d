"""The compiled part of the features and models, if there is one.

It computes what the numpy code of ``vocalbaby.features`` and ``vocalbaby.bundle`` does, to
the bit, in a few calls per batch. That code is its reference, and takes over where the
compiled module is missing or ``VOCALBABY_KERNEL`` is ``numpy``.
"""

import os
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from types import ModuleType

__all__ = ["SETTING", "name", "native"]

#: Environment variable: ``numpy`` switches the compiled module off.
SETTING: Final = "VOCALBABY_KERNEL"

native: "ModuleType | None"
try:
    from vocalbaby.kernel import _native as native  # pants: no-infer-dep
except ImportError:
    native = None
if os.environ.get(SETTING, "") == "numpy":
    native = None


def name() -> str:
    """Which code computes: ``compiled`` or ``numpy``."""
    return "numpy" if native is None else "compiled"
