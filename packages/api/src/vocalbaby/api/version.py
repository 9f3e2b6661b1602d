"""The version of the HTTP interface."""

from typing import Final

__all__ = ["API_VERSION"]

#: Independent of the versions of the package and of the model.
API_VERSION: Final = "1.0"
