"""The version of this code, also where no distribution is installed (PEX, checkout)."""

from typing import Final

__all__ = ["VERSION"]

#: The same as in build-support/macros.py, which names the distributions' version.
VERSION: Final = "0.2.0"
