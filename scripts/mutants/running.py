"""Tests in a copy of the repository, where mutants replace files."""

import os
import resource
import shutil
import signal
import subprocess
import time
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

__all__ = ["Copy", "Limits", "Outcome"]

_MEGABYTE: Final = 2**20


@dataclass(frozen=True, slots=True)
class Limits:
    """Limits of the tests of one mutant.

    Attributes:
        seconds: Time, by the clock.
        megabytes: Address space of each process.
    """

    seconds: float
    megabytes: int


@dataclass(frozen=True, slots=True)
class Outcome:
    """How the tests ended.

    Attributes:
        passed: Whether all tests passed.
        timed_out: Whether they were ended because of the time.
        seconds: Time that they took, by the clock.
        output: End of what they printed.
    """

    passed: bool
    timed_out: bool
    seconds: float
    output: str


class Copy:
    """A copy of the files of a repository, in which mutants do no harm.

    Args:
        root: Folder of the repository, with the environment of ``scripts/env.sh``.
        folder: Folder of the copy, which does not exist.
    """

    def __init__(self, root: Path, folder: Path) -> None:
        self.folder = folder
        self._python = root / ".venv/bin/python"
        for name in _files(root):
            target = folder / name
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(root / name, target, follow_symlinks=False)
        sources = sorted(folder.glob("packages/*/src"))
        # A compiled file is only used for the source that it was compiled from, whatever its time.
        subprocess.run(
            [
                self._python,
                "-m",
                "compileall",
                "-q",
                "--invalidation-mode=checked-hash",
                *sources,
            ],
            cwd=folder,
            check=True,
        )

    def test(self, tests: Path, limits: Limits, without: Path | None = None) -> Outcome:
        """Run tests until the first that fails.

        Args:
            tests: File or folder, relative to the copy.
            limits: End the tests, which then failed, at these.
            without: File or folder in ``tests`` whose tests do not run.
        """
        ignored = [] if without is None else [f"--ignore={without}"]
        # First the tests that notice most.
        golden = map(str, sorted((self.folder / tests).rglob("test_golden_*.py")))
        chosen = [*golden, str(tests), *ignored]
        return _run(
            [str(self._python), "-m", "pytest", "-qx", "-pno:cacheprovider", *chosen],
            self.folder,
            _environment(self.folder),
            limits,
        )


def _files(root: Path) -> Iterable[str]:
    listed = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],  # noqa: S607
        cwd=root,
        check=True,
        capture_output=True,
        text=True,
    ).stdout.split("\0")
    built = (str(path.relative_to(root)) for path in root.glob("packages/*/src/**/*.so"))
    return [name for name in (*listed, *built) if name and (root / name).is_file()]


def _environment(folder: Path) -> dict[str, str]:
    kept = {name: value for name, value in os.environ.items() if not name.startswith("VOCALBABY_")}
    # Before the folders of the environment, which are those of the repository itself.
    sources = sorted(map(str, folder.glob("packages/*/src")))
    return kept | {
        "PYTHONPATH": os.pathsep.join(sources),
        "PYTHONDONTWRITEBYTECODE": "1",
        "OMP_NUM_THREADS": "1",
        "OPENBLAS_NUM_THREADS": "1",
    }


def _run(
    command: Sequence[str], folder: Path, environment: dict[str, str], limits: Limits
) -> Outcome:
    def limit() -> None:
        size = limits.megabytes * _MEGABYTE
        resource.setrlimit(resource.RLIMIT_AS, (size, size))

    began = time.monotonic()
    with subprocess.Popen(
        command,
        cwd=folder,
        env=environment,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        start_new_session=True,
        preexec_fn=limit,  # noqa: PLW1509 - there is one thread
    ) as process:
        try:
            output, _ = process.communicate(timeout=limits.seconds)
            timed_out = False
        except subprocess.TimeoutExpired:
            output, timed_out = b"", True
        finally:
            _end_all(process.pid)
    text = output.decode(errors="replace")[-2000:]
    # 5: no tests, because those of the nearest folder are all of them.
    passed = process.returncode in (0, 5) and not timed_out
    return Outcome(passed, timed_out, time.monotonic() - began, text)


def _end_all(group: int) -> None:
    # Tests start processes, which must not outlive a mutant.
    try:
        os.killpg(group, signal.SIGKILL)
    except ProcessLookupError:
        return
