"""Runs scripts of the repository as people and workflows run them."""

import os
import subprocess
from collections.abc import Mapping
from pathlib import Path

__all__ = ["ENVIRONMENT", "run", "stand_in"]

#: The variables of this process that scripts inherit: where to find programs and their caches, and
#: how to reach the package index.
ENVIRONMENT = {
    name: value
    for name, value in os.environ.items()
    if name in {"HOME", "LANG", "PATH", "SSL_CERT_FILE", "REQUESTS_CA_BUNDLE"}
    or name.startswith(("PIP_", "UV_", "XDG_", "PYENV_"))
}


def run(
    *command: str | Path, env: Mapping[str, str], root: Path | None = None, expect: int = 0
) -> subprocess.CompletedProcess[str]:
    """Run a command to its end.

    Args:
        command: A script, relative to the root of the repository, and its arguments.
        env: Variables in addition to :data:`ENVIRONMENT`.
        root: The repository or a copy of it; the current folder when None.
        expect: The expected exit code.

    Raises:
        AssertionError: The exit code is another; the text has the output.
    """
    program, *arguments = map(str, command)
    root = (root or Path()).resolve()
    done = subprocess.run(
        [str(root / program), *arguments],
        env={**ENVIRONMENT, **env},
        cwd=root,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    output = f"{program} ended with {done.returncode}:\n{done.stdout}\n{done.stderr}"
    assert done.returncode == expect, output
    return done


def stand_in(folder: Path, name: str, script: str) -> Path:
    """Write a stand-in for a program, which records its arguments in ``<name>.calls``.

    Args:
        folder: Folder for PATH; created if it does not exist.
        name: Name of the program.
        script: Commands of bash that the program runs.

    Returns:
        The file with its calls, one line each.
    """
    folder.mkdir(exist_ok=True)
    calls = folder / f"{name}.calls"
    program = folder / name
    program.write_text(f'#!/usr/bin/env bash\nprintf "%s\\n" "$*" >>"{calls}"\n{script}\n')
    program.chmod(0o755)
    calls.touch()
    return calls
