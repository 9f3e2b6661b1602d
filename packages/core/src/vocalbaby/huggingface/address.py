"""Addresses of Hugging Face model repositories."""

import re
from dataclasses import dataclass
from typing import Final, Self

from vocalbaby.exception import ConfigError

__all__ = ["SCHEME", "RepositoryAddress"]

#: What an address begins with.
SCHEME: Final = "hf://"

_NAME: Final = r"[A-Za-z0-9][A-Za-z0-9._-]{0,95}"
_ADDRESS: Final = re.compile(rf"hf://({_NAME}/{_NAME})(?:@([A-Za-z0-9][A-Za-z0-9._/-]{{0,199}}))?")


@dataclass(frozen=True, slots=True)
class RepositoryAddress:
    """Address of a model repository.

    Attributes:
        repository: Owner and name, e.g. ``lab/babble``.
        revision: Branch, tag or commit; empty for the default branch.

    Examples:
        >>> RepositoryAddress.parse("hf://lab/babble@v1")
        RepositoryAddress(repository='lab/babble', revision='v1')
        >>> str(RepositoryAddress("lab/babble"))
        'hf://lab/babble'
    """

    repository: str
    revision: str = ""

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read an address.

        Args:
            text: ``hf://owner/name`` or ``hf://owner/name@revision``.

        Raises:
            ConfigError: The text is no such address.

        Examples:
            >>> RepositoryAddress.parse("hf://../babble")
            Traceback (most recent call last):
            vocalbaby.exception.ConfigError: 'hf://../babble' is not the address of a ...
        """
        match = _ADDRESS.fullmatch(text)
        if match is None or ".." in text:
            raise ConfigError(
                f"{text!r} is not the address of a Hugging Face repository.",
                hint="Use hf://owner/name, or hf://owner/name@revision.",
            )
        return cls(match[1], match[2] or "")

    def __str__(self) -> str:
        return f"{SCHEME}{self.repository}" + (f"@{self.revision}" if self.revision else "")
