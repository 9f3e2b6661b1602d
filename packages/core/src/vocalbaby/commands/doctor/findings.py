"""What a check of ``vocalbaby doctor`` finds."""

from dataclasses import dataclass, field
from typing import Literal

__all__ = ["Finding", "Status"]

#: ``missing`` is something optional; ``error`` is the only one that means a broken installation.
Status = Literal["ok", "missing", "warning", "error"]


@dataclass(frozen=True, slots=True)
class Finding:
    """A line of the report.

    Attributes:
        check: Name of the check, such as ``kernel``.
        status: What the finding means.
        text: What was found.
        hint: What to do about it; may be empty.
        exit_code: Exit code of the command because of an error; 0 otherwise.
        details: Values for ``--json``.
    """

    check: str
    status: Status
    text: str
    hint: str = ""
    exit_code: int = 0
    details: dict[str, object] = field(default_factory=dict)
