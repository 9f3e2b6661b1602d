"""The base class of all exceptions of the project."""

from typing import ClassVar, Self

__all__ = ["VocalBabyError"]


class VocalBabyError(Exception):
    """Base class of all exceptions of the project.

    Args:
        message: What is wrong and where, in one sentence.
        hint: How to correct it, in one sentence; may be empty.
    """

    code: ClassVar[str] = "internal"

    def __init__(self, message: str, *, hint: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint

    def __str__(self) -> str:
        return f"{self.message} {self.hint}".strip()

    def without_trace(self) -> Self:
        """Remove traceback and causes, which would keep the data of their frames in memory."""
        self.__cause__ = self.__context__ = None
        return self.with_traceback(None)
