"""Empty virtual environments into which the wheels of dist/ are installed."""

import json
import os
import re
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from scripts.deploy.programs import ROOT, ProgramError, output_of

__all__ = ["DIST", "REFRESH", "Environment", "constraints"]

#: Folder of the wheels and sdists.
DIST: Final = ROOT / "dist"

#: Options of uv, which would otherwise use what it kept of former wheels of the same version.
REFRESH: Final = tuple(
    f"--refresh-package=vocalbaby{of}"
    for of in ("", "-api", "-core", "-corpus", "-drift", "-kernel", "-monitoring")
)

_PIN: Final = re.compile(r"^([A-Za-z0-9._-]+(?:\[[^]]*\])?==[^ ;\\]+)", re.MULTILINE)
_FOLDERS: Final = """\
import json, sysconfig
print(json.dumps([sysconfig.get_path("purelib"), sysconfig.get_path("platlib")]))
"""


def constraints(lock: str) -> str:
    """The pins of a lock file, for pip's option ``--constraint``.

    Examples:
        >>> constraints("numpy==2.4.6 --hash=sha256:ab").split()
        ['numpy==2.4.6']
    """
    return "".join(f"{pin}\n" for pin in _PIN.findall(lock))


class Environment:
    """A virtual environment.

    Attributes:
        root: Its folder.
        python: Its interpreter.
    """

    def __init__(self, root: Path, interpreter: Path, *, with_pip: bool = False) -> None:
        """Create it, empty.

        Args:
            root: Folder to create.
            interpreter: The Python to use.
            with_pip: Whether pip installs; otherwise uv does, which is faster. Where uv's
                script cannot run, pip does.
        """
        self.root = root
        self._with_pip = with_pip or os.name != "posix"
        commands = "bin" if os.name == "posix" else "Scripts"
        self.python = root / commands / ("python" if os.name == "posix" else "python.exe")
        without = () if self._with_pip else ("--without-pip",)
        output_of(interpreter, "-m", "venv", *without, root, with_errors=True)

    def install(self, *requirements: str, compile_all: bool = False) -> float:
        """Install requirements: the project's wheels from dist/, the rest as locked.

        Args:
            requirements: Such as ``vocalbaby-core[train]``, or paths.
            compile_all: Whether uv writes bytecode too, as pip does.

        Returns:
            Seconds that it took.

        Raises:
            ProgramError: The installation failed; its output was printed.
        """
        began = time.monotonic()
        pins = self.root / "constraints.txt"
        lock = (ROOT / "3rdparty/python/default.txt").read_text(encoding="utf-8")
        pins.write_text(constraints(lock), encoding="utf-8")
        if self._with_pip:
            command = [str(self.python), "-m", "pip", "--disable-pip-version-check", "install"]
        else:
            command = [str(ROOT / "scripts/uv.sh"), "pip", "install", "--python", str(self.python)]
            command += [*REFRESH, *["--compile-bytecode"] * compile_all]
        places = ["--find-links", str(DIST), "--constraint", str(pins)]
        try:
            output_of(*command, "--quiet", *places, *requirements, with_errors=True)
        except ProgramError as error:
            print(error.output, end="", flush=True)
            raise
        return time.monotonic() - began

    def site_folders(self) -> list[Path]:
        """The folders into which packages are installed."""
        return [Path(folder) for folder in json.loads(self.run_python(_FOLDERS))]

    def command(self, name: str) -> Path:
        """Path of an installed command."""
        return self.python.with_name(name + self.python.suffix)

    def run(self, name: str, *arguments: str, environ: dict[str, str] | None = None) -> str:
        """Standard output of an installed command, started in the environment's folder.

        Raises:
            ProgramError: Its exit code is not 0.
        """
        done = self.attempt(name, *arguments, environ=environ)
        if done.returncode:
            print(done.stderr, end="", flush=True)
            raise ProgramError(name, done.returncode, done.stdout)
        return done.stdout

    def attempt(
        self, name: str, *arguments: str, environ: dict[str, str] | None = None
    ) -> subprocess.CompletedProcess[str]:
        """The same, whatever its exit code."""
        return subprocess.run(
            [self.command(name), *arguments],
            cwd=self.root,
            env=self._environ() | (environ or {}),
            capture_output=True,
            text=True,
            check=False,
            encoding="utf-8",
        )

    def run_python(self, code: str, *arguments: str, environ: dict[str, str] | None = None) -> str:
        """Standard output of a program.

        Raises:
            ProgramError: Its exit code is not 0.
        """
        return self.run(self.python.stem, "-c", code, *arguments, environ=environ)

    @contextmanager
    def running(self, name: str, *arguments: str) -> Iterator[subprocess.Popen[str]]:
        """An installed command that runs until the context ends, with its output in a pipe."""
        with subprocess.Popen(
            [self.command(name), *arguments],
            cwd=self.root,
            env=self._environ(),
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        ) as process:
            try:
                yield process
            finally:
                process.terminate()

    @staticmethod
    def _environ() -> dict[str, str]:
        """Variables without those that add modules, or choose how VocalBaby computes."""
        kept = {
            name: value
            for name, value in os.environ.items()
            if not name.startswith(("PYTHON", "VOCALBABY_", "VIRTUAL_ENV"))
        }
        return kept | {"PYTHONUTF8": "1", "OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1"}
