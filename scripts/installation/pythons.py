"""Finding the Pythons on which the wheels are tested."""

import os
import subprocess
import sys
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Final

__all__ = ["SUPPORTED", "candidates", "find_pythons", "version_of"]

#: The versions of ``requires-python``, oldest first.
SUPPORTED: Final = ("3.11", "3.12", "3.13", "3.14")

_PROBE: Final = """\
import ensurepip, sys, sysconfig, venv
if not sysconfig.get_config_var("Py_GIL_DISABLED") and sys.implementation.name == "cpython":
    print("%d.%d" % sys.version_info[:2])
"""


def version_of(executable: Path) -> str:
    """Version of a CPython that can make virtual environments, such as ``3.12``; else empty.

    Free-threaded Pythons do not count, because most requirements have no wheels for them.
    """
    try:
        done = subprocess.run(
            [executable, "-I", "-c", _PROBE],
            capture_output=True,
            text=True,
            check=False,
            timeout=60,
        )
    except (OSError, subprocess.TimeoutExpired):
        return ""
    return done.stdout.strip() if done.returncode == 0 else ""


def candidates(
    version: str, environ: Mapping[str, str] = os.environ, uv: Path | None = None
) -> Iterator[Path]:
    """Files that may be Python `version`: this Python, pyenv's, those on PATH, and uv's.

    Args:
        version: Such as ``3.12``.
        environ: Environment variables; PYENV_ROOT, HOME and PATH are read.
        uv: The program uv, which knows the Pythons that it installed.

    Examples:
        >>> str(next(candidates("3.12", {}))) == sys.executable
        True
    """
    yield Path(sys.executable)
    pyenv = Path(
        environ.get("PYENV_ROOT") or Path(environ.get("HOME", "~")).expanduser() / ".pyenv"
    )
    for folder in sorted(pyenv.glob(f"versions/{version}.*"), reverse=True):
        yield from (folder / "bin" / "python", folder / "python.exe")
    for entry in filter(None, environ.get("PATH", "").split(os.pathsep)):
        for name in (f"python{version}", "python3", "python"):
            yield from (Path(entry) / name, Path(entry) / f"{name}.exe")
    if uv:
        command = [str(uv), "python", "find", "--no-python-downloads", "--no-project", version]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        yield from map(Path, done.stdout.splitlines())


def find_pythons(
    versions: Iterable[str] = SUPPORTED,
    environ: Mapping[str, str] = os.environ,
    uv: Path | None = None,
) -> dict[str, Path]:
    """The first Python of each version that works; a version that is nowhere is left out."""
    known: dict[Path, str] = {}
    found = {}
    for version in versions:
        for path in candidates(version, environ, uv):
            if not path.is_file():
                continue
            if path not in known:
                known[path] = version_of(path)
            if known[path] == version:
                found[version] = path
                break
    return found
