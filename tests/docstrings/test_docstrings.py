"""Every public name has a complete docstring; tests/docstrings/rules.py says what is complete.

The tests of each distribution execute the examples.
"""

import doctest
import importlib
import importlib.util
import pkgutil
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType
from typing import Final

import pytest

from tests.docstrings import sections
from tests.docstrings.rules import missing

#: Packages that users import from. Where the package itself publishes nothing, its modules do.
PUBLIC: Final = (
    "annotations",
    "api.app",
    "api.settings",
    "audio",
    "bundle",
    "cloud",
    "corpora",
    "corpora.synthetic",
    "corpus.agreement",
    "corpus.archive",
    "corpus.engine",
    "corpus.estimation",
    "corpus.sampling",
    "entity",
    "exception",
    "features",
    "inference",
    "kernel",
    "logging",
    "models",
    "monitoring",
    "monitoring.prediction_log",
    "segmentation",
    "summary",
)


def modules() -> Iterator[ModuleType]:
    for name in PUBLIC:
        package = importlib.import_module(f"vocalbaby.{name}")
        if hasattr(package, "__all__"):
            yield package
            continue
        for info in pkgutil.iter_modules(package.__path__, f"{package.__name__}."):
            if not info.ispkg and hasattr(module := importlib.import_module(info.name), "__all__"):
                yield module


NAMES: Final = [(module, name) for module in modules() for name in module.__all__]


@pytest.mark.parametrize(("module", "name"), NAMES, ids=[f"{m.__name__}.{n}" for m, n in NAMES])
def test_a_public_name_is_documented(module: ModuleType, name: str) -> None:
    assert missing(module, name) == []


COMPLETE: Final = '''
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

#: Largest number.
MOST = 3


class TooLargeError(ValueError):
    """A number exceeds `MOST`.

    Examples:
        >>> issubclass(TooLargeError, ValueError)
        True
    """


class FarTooLargeError(TooLargeError):
    """A number exceeds `MOST` by far."""


def refusal(number: int) -> TooLargeError:
    return TooLargeError(number)


def double(x: NDArray[np.float32], factor: int = 2) -> NDArray[np.float32]:
    """Multiply samples.

    Args:
        x: Samples, float32, shape (n,).
        factor: The factor.

    Returns:
        float32, shape (n,).

    Raises:
        TooLargeError: The factor exceeds `MOST`.
        KeyError: The factor is negative.

    Examples:
        >>> double(np.ones(1, np.float32)).tolist()
        [2.0]
    """
    if factor < 0:
        raise KeyError("negative")
    if factor > MOST:
        raise refusal(factor)
    return x * factor


@dataclass
class Half:
    """One number.

    Attributes:
        number: The number.
    """

    number: int


@dataclass
class Whole:
    """Two numbers.

    Attributes:
        halves: The numbers.

    Examples:
        >>> Whole((Half(1), Half(2))).halves[0].number
        1
    """

    halves: tuple[Half, Half]


@dataclass
class Pair:
    """Two numbers.

    Attributes:
        first: One.
        second: The other.

    Raises:
        TooLargeError: One of them is too large.

    Examples:
        >>> Pair(1, 2).total(1)
        4
    """

    first: int
    second: int

    def __post_init__(self) -> None:
        if self.first > MOST:
            raise TooLargeError(self.first)

    @property
    def half(self) -> float:
        """Half of the sum."""
        return self.total(0) / 2

    def total(self, more: int) -> int:
        """Return the sum.

        Args:
            more: Is added.
        """
        return self.first + self.second + more
'''


def lacking(folder: Path, name: str, text: str, instead: str = "") -> list[str]:
    """What a public name of a module lacks, whose source has a text replaced."""
    assert text in COMPLETE
    file = folder / "example.py"
    file.write_text(COMPLETE.replace(text, instead), "utf-8")
    spec = importlib.util.spec_from_file_location("example", file)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return missing(module, name)


@pytest.mark.parametrize(
    "name", ["MOST", "TooLargeError", "FarTooLargeError", "double", "Half", "Whole", "Pair"]
)
def test_complete_docstrings_lack_nothing(tmp_path: Path, name: str) -> None:
    assert lacking(tmp_path, name, "#: Largest", "#: Largest") == []


@pytest.mark.parametrize(
    ("name", "text", "instead", "lack"),
    [
        ("MOST", "#: Largest", "# Largest", "MOST: a comment that begins with #:"),
        ("TooLargeError", ">>> issub", "issub", "TooLargeError: an example"),
        ("FarTooLargeError", ">>> issub", "issub", "FarTooLargeError: an example"),
        ("double", ">>> double", "double", "double: an example"),
        ("double", "Multiply samples.", "Multiply samples", "double: a first sentence with a"),
        ("double", "Multiply samples.", "See :func:`x`.", "double: Markdown instead of :func:`"),
        ("double", "Examples:\n        >>> d", "Example:\n        >>> d", "double: the heading E"),
        ("double", "factor: The", "multiple: The", "double: factor among the arguments"),
        ("double", "float32, shape (n,).\n\n    Ra", "Some.\n\n    Ra", "double: the result: its"),
        ("double", "Samples, float32", "Samples", "double: x: its dtype"),
        ("double", "Samples, float32, shape (n,)", "float32", "double: x: its shape"),
        ("double", "Returns:", "Result:", "double: what it returns"),
        ("double", "KeyError:", "OSError:", "double: KeyError among the errors"),
        ("double", "        TooLargeError: The factor", "        A", "double: TooLargeError among"),
        ("Half", ">>> Whole", "Whole", "Half: an example"),
        ("Half", "number: The", "one: The", "Half: number among the attributes"),
        ("Whole", '"""Two numbers.', '"""Two numbers', "Whole: a first sentence with a full stop"),
        ("Pair", "second: The", "other: The", "Pair: second among the attributes"),
        ("Pair", "        TooLargeError: One", "        One", "Pair: TooLargeError among the"),
        ("Pair", '"""Half of the sum."""', "", "Pair.half: a docstring"),
        ("Pair", "more: Is", "less: Is", "Pair.total: more among the arguments"),
        ("Pair", "Return the", "The", "Pair.total: what it returns"),
    ],
)
def test_what_is_missing_is_reported(
    tmp_path: Path, name: str, text: str, instead: str, lack: str
) -> None:
    assert any(each.startswith(lack) for each in lacking(tmp_path, name, text, instead))


def test_sections_are_read_as_their_docstring_shows() -> None:
    assert doctest.testmod(sections).failed == 0
