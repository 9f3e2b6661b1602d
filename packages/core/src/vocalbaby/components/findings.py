"""Findings of the validation, and the settings that decide how severe they are."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final, Literal

from pydantic import Field

from vocalbaby.entity.config import StrictModel

__all__ = ["Finding", "ValidationConfig", "finding"]

EXAMPLES: Final = 5

#: Endings and verbs of messages, for several and for one.
_WORDS: Final = (
    {"s": "s", "es": "es", "ren": "ren"}
    | {"are": "are", "have": "have", "occur": "occur", "fail": "fail"},
    {"s": "", "es": "", "ren": ""}
    | {"are": "is", "have": "has", "occur": "occurs", "fail": "fails"},
)


class ValidationConfig(StrictModel):
    """Settings of validation: thresholds of errors and warnings.

    Attributes:
        missing_class: Whether a split that lacks a class is an error or a warning.
        min_clips: Number of clips of a class in a split below which a warning is given.
        min_children: Number of children in a split below which a warning is given.
        near_duplicates: Whether clips of different splits with the same sound are an error or a
            warning.
        max_imbalance: Ratio of the largest to the smallest class of a split above which
            a warning is given.
    """

    missing_class: Literal["error", "warning"] = "error"
    near_duplicates: Literal["error", "warning"] = "error"
    min_clips: int = Field(default=10, ge=1)
    min_children: int = Field(default=3, ge=1)
    max_imbalance: float = Field(default=10.0, ge=1.0)


@dataclass(frozen=True, slots=True)
class Finding:
    """A problem that was found, with all clips, children or classes it concerns.

    Attributes:
        severity: ``error`` or ``warning``.
        code: Stable name, e.g. ``split_leak``.
        message: Description of the problem.
        count: Number of clips, children or classes concerned.
        examples: The first few of them.
    """

    severity: Literal["error", "warning"]
    code: str
    message: str
    count: int
    examples: tuple[str, ...]


def finding(
    severity: Literal["error", "warning"], code: str, message: str, concerned: Sequence[str]
) -> Iterator[Finding]:
    """Yield a finding unless ``concerned`` is empty; ``{}`` in the message is the count.

    Examples:
        >>> found = finding("error", "child_missing", "{} clip{s} {have} no child.", ["a.wav"])
        >>> next(found).message
        '1 clip has no child.'
    """
    if concerned:
        count = len(concerned)
        text = message.format(count, **_WORDS[count == 1])
        yield Finding(severity, code, text, count, tuple(concerned[:EXAMPLES]))
