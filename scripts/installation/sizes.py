"""The installed sizes, and the table of docs/install.md that lists them."""

import os
import re
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Final

from scripts.deploy.programs import ScriptError

__all__ = ["LIGHT", "LIGHT_MB", "TOLERANCE", "installed_megabytes", "listed_sizes", "require_sizes"]

#: What is installed to label recordings, and how many MB it may have.
LIGHT: Final = "vocalbaby-core"
LIGHT_MB: Final = 130

#: How far a measured size may lie from the listed one, as a share of it.
TOLERANCE: Final = 0.1

_ROW: Final = re.compile(r"^\| `(vocalbaby[^`]*)` \|.*\| (\d+) \|$", re.MULTILINE)
#: What a virtual environment has before anything is installed.
_OF_THE_ENVIRONMENT: Final = ("_distutils_hack", "distutils", "pip", "pkg_resources", "setuptools")


def installed_megabytes(folders: Iterable[Path]) -> float:
    """Size of installed packages in MB (10**6 bytes), bytecode included and pip not.

    Args:
        folders: The ``site-packages`` of an environment; the same folder counts once.
    """
    total = 0
    for folder in {folder.resolve() for folder in folders}:
        for path, folders_below, files in os.walk(folder):
            if Path(path) == folder:
                folders_below[:] = [name for name in folders_below if not _excluded(name)]
            total += sum(
                (Path(path) / name).lstat().st_size
                for name in files
                if Path(path) != folder or not _excluded(name)
            )
    return total / 1e6


def _excluded(name: str) -> bool:
    return name.partition(".")[0].partition("-")[0] in _OF_THE_ENVIRONMENT


def listed_sizes(page: Path) -> dict[str, int]:
    """MB of each installation in the table of a page, by requirement.

    Raises:
        ScriptError: The page has no such table.
    """
    found = {name: int(size) for name, size in _ROW.findall(page.read_text(encoding="utf-8"))}
    if not found:
        raise ScriptError(f"{page} has no table of sizes")
    return found


def require_sizes(measured: Mapping[str, float], listed: Mapping[str, int]) -> None:
    """Check the measured sizes against the listed ones, and the light installation's bound.

    Raises:
        ScriptError: A size is not listed or too far from it, or the light one is too large; the
            message lists every measured size.

    Examples:
        >>> require_sizes({"vocalbaby-core": 104.2}, {"vocalbaby-core": 101})
        >>> require_sizes({"vocalbaby-core": 140.0}, {"vocalbaby-core": 141})
        Traceback (most recent call last):
        scripts.deploy.programs.ScriptError: vocalbaby-core has 140 MB, more than 130
    """
    problems = []
    for name, size in measured.items():
        if name == LIGHT and size > LIGHT_MB:
            problems.append(f"{name} has {size:.0f} MB, more than {LIGHT_MB}")
        if name not in listed:
            problems.append(f"{name} has {size:.0f} MB, which the table does not list")
        elif abs(size - listed[name]) > TOLERANCE * listed[name]:
            problems.append(f"{name} has {size:.0f} MB, and the table says {listed[name]}")
    if problems:
        raise ScriptError("\n".join(problems))
