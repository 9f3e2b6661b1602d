"""The summary of a comparison: what to take, why, and with which caution."""

import os
from pathlib import Path
from typing import Literal

from pydantic import Field

from vocalbaby.entity.config import StrictModel

__all__ = ["Summary", "read_summary", "write_atomically"]


class Summary(StrictModel):
    """The choice of a comparison and its reasons.

    Attributes:
        chosen: Name of the chosen experiment, ``set/family/mode``.
        runner_up: Name of the second on devel; None if there is one experiment only.
        objective: The metric that chose, on devel.
        confidence: Coverage of all intervals.
        reasons: Why, and how far to trust it: complete sentences, the most important first.
        warnings: What to be careful about: complete sentences.
        figures: Every figure of the sentences, by name.
        versions: Versions of the libraries that made it.
        date: ISO date of ``SOURCE_DATE_EPOCH``; None without it, so that results do not
            depend on the day.

    Examples:
        >>> summary = Summary(chosen="a/svm/flat", reasons=("Take a/svm/flat.",))
        >>> summary.runner_up is None
        True
    """

    chosen: str
    runner_up: str | None = None
    objective: Literal["uar", "macro_f1"] = "uar"
    confidence: float = 0.95
    reasons: tuple[str, ...] = ()
    warnings: tuple[str, ...] = ()
    figures: dict[str, float | None] = Field(default_factory=dict)
    versions: dict[str, str] = Field(default_factory=dict)
    date: str | None = None


def read_summary(results: Path) -> Summary:
    """Read ``summary.json``.

    Args:
        results: Folder of the results.

    Returns:
        What `vocalbaby.comparison.reasons.explain` wrote.

    Raises:
        FileNotFoundError: There is no ``summary.json``.

    Examples:
        >>> import tempfile
        >>> folder = Path(tempfile.mkdtemp())
        >>> write_atomically(folder / "summary.json", Summary(chosen="a/b/flat").model_dump_json())
        >>> read_summary(folder).chosen
        'a/b/flat'
    """
    return Summary.model_validate_json((results / "summary.json").read_bytes())


def write_atomically(path: Path, text: str) -> None:
    """Write a text as a whole: readers see the old file or the new one.

    Args:
        path: The file, in a folder that exists.
        text: Its content.

    Examples:
        >>> import tempfile
        >>> path = Path(tempfile.mkdtemp()) / "report.html"
        >>> write_atomically(path, "<p>1</p>")
        >>> [each.name for each in path.parent.iterdir()]
        ['report.html']
    """
    partial = path.with_name(f".{path.name}.{os.getpid()}.new")
    partial.write_bytes(text.encode())
    partial.replace(path)
