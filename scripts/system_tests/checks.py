"""Checks of a system test: what must hold, and what must become true soon."""

import re
import time
from collections.abc import Callable
from pathlib import Path
from typing import Final

from scripts.deploy.programs import ScriptError

__all__ = ["Report", "bash_blocks", "expect", "require", "require_at_most"]

_BLOCK: Final = re.compile(r"^```bash\n(.*?)^```$", re.MULTILINE | re.DOTALL)


#: Prints a step that has passed.
Report = Callable[[str], None]


def expect(
    report: Report,
    step: str,
    pattern: str,
    read: Callable[[], str],
    *,
    attempts: int = 90,
    sleep: Callable[[float], None] = time.sleep,
) -> None:
    """Wait until a text matches a pattern, at most a second for each attempt.

    Args:
        report: Prints the step once the text matches.
        step: What the match means.
        pattern: Regular expression.
        read: Returns the text; a failure to read it counts as no match.
        attempts: How often to read it.
        sleep: Waits for some seconds.

    Raises:
        ScriptError: The text does not match in time.
    """
    found = ""
    for _ in range(attempts):
        try:
            found = read()
        except ScriptError as error:
            found = str(error)
        if re.search(pattern, found, re.MULTILINE):
            report(step)
            return
        sleep(1)
    raise ScriptError(f"not true: {step}\nexpected {pattern}, found:\n{found}")


def require(what: str, *, holds: object) -> None:
    """Check that something holds.

    Args:
        what: A sentence that says what.
        holds: Whether it does.

    Raises:
        ScriptError: It does not.
    """
    if not holds:
        raise ScriptError(f"not true: {what}")


def require_at_most(report: Report, what: str, measured: float, bound: float) -> None:
    """Check that a measured value is within its bound.

    Raises:
        ScriptError: It is not.
    """
    if measured > bound:
        raise ScriptError(f"{what}: {measured:g}, more than {bound:g}")
    report(f"{what}: {measured:g}, at most {bound:g}")


def bash_blocks(page: Path, heading: str) -> list[str]:
    """The commands of each ``bash`` block in a section of a Markdown page.

    Args:
        page: The page.
        heading: Heading of the section, at the second level.

    Raises:
        ScriptError: There is no such section.
    """
    sections = re.split(r"(?m)^## ", page.read_text(encoding="utf-8"))
    for section in sections[1:]:
        title, _, text = section.partition("\n")
        if title == heading:
            return _BLOCK.findall(text)
    raise ScriptError(f"{page} has no section {heading!r}")
