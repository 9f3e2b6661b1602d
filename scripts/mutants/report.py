"""The shares of killed mutants, and the survivors."""

import difflib
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Literal

__all__ = ["Result", "Verdict", "diff", "share_killed", "table"]

Verdict = Literal["killed", "timeout", "survived", "equivalent"]
_COLUMNS: Final = ("killed", "timeout", "survived", "equivalent")


@dataclass(frozen=True, slots=True)
class Result:
    """What became of a mutant.

    Attributes:
        path: Source file, relative to the repository.
        line: Line of the change.
        verdict: ``timeout`` counts as killed.
        diff: The change.
    """

    path: Path
    line: int
    verdict: Verdict
    diff: str


def diff(path: Path, source: str, mutated: str) -> str:
    """Return a mutant as a unified diff without context.

    Args:
        path: Source file, relative to the repository.
        source: Its text.
        mutated: Text of the mutant.
    """
    lines = difflib.unified_diff(
        source.splitlines(), mutated.splitlines(), f"a/{path}", f"b/{path}", n=0, lineterm=""
    )
    return "\n".join(lines)


def share_killed(results: Iterable[Result]) -> float | None:
    """Return the share of killed mutants among those that are not equivalent; None without any.

    Args:
        results: Results of mutants.
    """
    counted = [one.verdict for one in results if one.verdict != "equivalent"]
    return None if not counted else 1 - counted.count("survived") / len(counted)


def table(results: Iterable[Result]) -> str:
    """Return a line for each package, and one for all.

    Args:
        results: Results of mutants.
    """
    packages: dict[str, list[Result]] = defaultdict(list)
    for one in results:
        packages[_package(one.path)].append(one)
    every = [one for group in packages.values() for one in group]
    lines = [f"{'package':<28}{''.join(f'{name:>12}' for name in _COLUMNS)}{'share killed':>14}"]
    for name, group in (*sorted(packages.items()), ("all", every)):
        verdicts = [one.verdict for one in group]
        counts = "".join(f"{verdicts.count(column):>12}" for column in _COLUMNS)
        share = share_killed(group)
        lines.append(f"{name:<28}{counts}{'-' if share is None else f'{share:.1%}':>14}")
    return "\n".join(lines)


def _package(path: Path) -> str:
    # packages/core/src/vocalbaby/audio/wav.py: core/audio
    return f"{path.parts[1]}/{path.parts[4].removesuffix('.py')}"
