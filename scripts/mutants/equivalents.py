"""Mutants that behave as the code does, which a reviewed file lists."""

import tomllib
from dataclasses import dataclass
from pathlib import Path
from typing import Final

__all__ = ["LIST", "Equivalent", "changed_lines", "read"]

LIST: Final = Path(__file__).with_name("equivalents.toml")


@dataclass(frozen=True, slots=True)
class Equivalent:
    """A mutant that behaves as the code does, so that no test can kill it.

    Attributes:
        file: Source file, relative to the repository.
        line: The changed lines of the code, without the space around them.
        mutant: The same lines of the mutant.
        reason: Why the mutant is equivalent.
    """

    file: str
    line: str
    mutant: str
    reason: str


def read(path: Path = LIST) -> list[Equivalent]:
    """Read the list.

    Args:
        path: A TOML file with tables ``[[equivalent]]``.

    Raises:
        TypeError: An entry lacks a key or has another one.
        ValueError: An entry has no reason, or is there twice.
    """
    entries = [Equivalent(**entry) for entry in tomllib.loads(path.read_text())["equivalent"]]
    for entry in entries:
        if not entry.reason.strip():
            raise ValueError(f"{entry.file}: no reason for {entry.mutant!r}")
    if len({(one.file, one.line, one.mutant) for one in entries}) < len(entries):
        raise ValueError(f"{path}: an entry is there twice")
    return entries


def changed_lines(source: str, mutated: str) -> tuple[str, str]:
    """Return the lines that differ, of the code and of the mutant, without the space around them.

    Args:
        source: Text of the file.
        mutated: Text of the mutant.
    """
    one, other = source.split("\n"), mutated.split("\n")
    first = _n_alike(one, other)
    last = _n_alike(one[first:][::-1], other[first:][::-1])

    def part(lines: list[str]) -> str:
        return " ".join(line.strip() for line in lines[first : len(lines) - last])

    return part(one), part(other)


def _n_alike(one: list[str], other: list[str]) -> int:
    pairs = enumerate(zip(one, other, strict=False))
    return next((i for i, (a, b) in pairs if a != b), min(len(one), len(other)))
