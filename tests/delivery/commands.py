"""Scripts of the repository, run as people and workflows run them."""

import os
import subprocess
from collections.abc import Mapping
from pathlib import Path

__all__ = ["ENVIRONMENT", "run", "stand_in"]

#: What the scripts see of this process' environment: where programs and their caches are, and
#: how the package index is reached.
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
        env: Variables beside :data:`ENVIRONMENT`.
        root: The repository or a copy of it; the one that the tests run in when None.
        expect: Exit code that there must be.

    Raises:
        AssertionError: Another exit code; the text is what was printed.
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
    said = f"{program} ended with {done.returncode}:\n{done.stdout}\n{done.stderr}"
    assert done.returncode == expect, said
    return done


def stand_in(folder: Path, name: str, script: str) -> Path:
    """A program in a folder for PATH, which notes its arguments in ``<name>.calls``.

    Args:
        folder: Where.
        name: Of the program.
        script: What else it does, in bash.

    Returns:
        The file of its calls, one line each.
    """
    folder.mkdir(exist_ok=True)
    calls = folder / f"{name}.calls"
    program = folder / name
    program.write_text(f'#!/usr/bin/env bash\nprintf "%s\\n" "$*" >>"{calls}"\n{script}\n')
    program.chmod(0o755)
    calls.touch()
    return calls
