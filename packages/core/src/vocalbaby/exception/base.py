"""The base class of all exceptions of the project."""

from typing import ClassVar, Self

__all__ = ["VocalBabyError"]


class VocalBabyError(Exception):
    """Base class of all exceptions of the project.

    Args:
        message: What is wrong and where, in one sentence.
        hint: How to correct it, in one sentence; may be empty.

    Attributes:
        code: Stable name of the class of error, which the command line and the service report.
        message: The first argument.
        hint: The second argument.

    Examples:
        >>> from vocalbaby import audio
        >>> from vocalbaby.exception import VocalBabyError
        >>> try:
        ...     audio.decode(b"")
        ... except VocalBabyError as error:
        ...     print(error.code, "|", error.message, "|", error.hint)
        audio_empty | The file is empty (0 bytes). | Send a recording.
    """

    code: ClassVar[str] = "internal"

    def __init__(self, message: str, *, hint: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint

    def __str__(self) -> str:
        return f"{self.message} {self.hint}".strip()

    def without_trace(self) -> Self:
        """Remove traceback and causes, which would keep the data of their frames in memory.

        Returns:
            The error itself.
        """
        self.__cause__ = self.__context__ = None
        return self.with_traceback(None)
