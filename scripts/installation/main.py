"""Installs the wheels of dist/ into empty environments, on every Python that is found.

    scripts/test_install_alone.sh [--long] [--require VERSION[,VERSION...]]

On the first Python (3.11 where it is): each distribution alone, its modules and metadata, what a
missing extra says, and the sizes of docs/install.md. On every other Python: the same label and
probabilities for the example recording by command, from Python and over HTTP. On Linux also the
archives themselves; on Windows without the service. --long adds all extras on every Python, uvx and
pipx, and more sizes. A Python that is not found is reported as not run, unless --require names it:
then that is an error.
"""

import argparse
import os
import platform
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from scripts.deploy.programs import ROOT, ScriptError, output_of, run_script
from scripts.installation import archives, distributions, runners
from scripts.installation.answers import Answer, by_command, by_http, by_python, require_same
from scripts.installation.environments import Environment
from scripts.installation.extras import check_missing_extras
from scripts.installation.pythons import SUPPORTED, find_pythons
from scripts.installation.readme import follow_readme
from scripts.installation.sizes import installed_megabytes, listed_sizes, require_sizes

__all__ = ["main", "missing_pythons"]

#: Installations whose size is always measured; --long measures every one that the page lists.
_SIZES = ("vocalbaby-core", "vocalbaby-api", "vocalbaby")


def missing_pythons(found: dict[str, Path], required: list[str]) -> list[str]:
    """The supported versions that were not found.

    Raises:
        ScriptError: A required one is among them, or none at all was found.

    Examples:
        >>> missing_pythons({"3.11": Path("a"), "3.12": Path("b")}, ["3.11"])
        ['3.13', '3.14']
    """
    missing = [version for version in SUPPORTED if version not in found]
    lacking = [version for version in required if version in missing]
    if lacking or not found:
        raise ScriptError(f"not found: Python {', '.join(lacking or missing)}")
    return missing


class _Steps:
    """Prints each step with its result and its time."""

    def __init__(self) -> None:
        self._began = time.monotonic()

    def __call__(self, step: str, work: Callable[..., str], *arguments: object) -> None:
        result = work(*arguments)
        now = time.monotonic()
        print(f"{step}: {result} ({now - self._began:.0f} s)", flush=True)
        self._began = now


class _Tests:
    """The tests, in a folder of their own."""

    def __init__(self, work: Path, pythons: dict[str, Path], *, long: bool) -> None:
        self.work, self.pythons, self.long = work, pythons, long
        self.first = next(iter(pythons))
        self.service = os.name == "posix"
        self.answers: dict[str, Answer] = {}
        self.sizes: dict[str, float] = {}
        self.steps = _Steps()

    def environment(self, name: str, version: str = "", *, with_pip: bool = False) -> Environment:
        version = version or self.first
        return Environment(
            self.work / f"{name}-{version}", self.pythons[version], with_pip=with_pip
        )

    def run(self) -> None:
        if sys.platform == "linux":
            self.steps("wheels and sdists", archives.check_archives)
        self.steps(
            "sdist of the kernel", archives.check_kernel_sdist, self.work, self.pythons[self.first]
        )
        names = list(distributions.NOT_INSTALLED)
        for name in names if self.service else names[:2]:
            self.steps(f"{name} alone", self.alone, name)
        if not self.service:
            print(f"NOT RUN: {', '.join(names[2:])}: the service does not run on Windows")
        for version in list(self.pythons)[1:]:
            self.steps(f"Python {version}", self.other, version)
        if self.long:
            self.steps("wheels of cibuildwheel", archives.check_wheel_identifiers)
            for version in self.pythons:
                self.steps(f"all extras on {version}", self.all, version)
            self.steps("uvx and pipx", runners.check_runners, self.work, self.answers)
        self.steps("sizes", self.check_sizes)

    def alone(self, name: str) -> str:
        environment = self.environment(name, with_pip=name == "vocalbaby-core")
        environment.install(name, compile_all=name in _SIZES)
        self.sizes[name] = installed_megabytes(environment.site_folders())
        result = distributions.require_alone(environment, name)
        if name == "vocalbaby-core":
            self.ask(environment, self.first, http=False)
            result += ", " + check_missing_extras(environment)
        elif name == "vocalbaby-api":
            self.ask(environment, f"{self.first} with the service", http=True)
        elif name == "vocalbaby-monitoring":
            environment.install("fastapi")
            folder = ROOT / "packages/monitoring"
            readme = (str(folder / "tests/run_readme.py"), str(folder / "README.md"))
            environment.run(environment.python.stem, *readme)
        elif name == "vocalbaby":
            result += ", " + follow_readme(environment)
        elif name == "vocalbaby-corpus":
            environment.run("vocalbaby", "corpus", "run", "--help")
        elif name == "vocalbaby-drift":
            environment.run("vocalbaby-drift", "run", "--help")
        return f"{result}, {self.sizes[name]:.0f} MB"

    def other(self, version: str) -> str:
        environment = self.environment("answers", version)
        environment.install("vocalbaby-core", *["vocalbaby-api"] * self.service)
        return self.ask(environment, version, http=self.service)

    def ask(self, environment: Environment, name: str, *, http: bool) -> str:
        """What the installation says has to be what the first Python's said."""
        computed = by_python(environment)
        by_numpy = by_python(environment, kernel="numpy")
        require_same({"the compiled kernel": computed, "numpy": by_numpy}, tolerance=0)
        self.answers[f"Python {name}"] = computed
        self.answers[f"command on Python {name}"] = by_command(environment)
        if http:
            self.answers[f"service on Python {name}"] = by_http(environment)
        require_same(self.answers)
        probability = computed.probabilities[computed.label]
        return f"{computed.label} {probability:.6f}, as on Python {self.first}"

    def all(self, version: str) -> str:
        environment = self.environment("all", version)
        environment.install("vocalbaby-core[all]")
        return distributions.require_alone(environment, "vocalbaby-core", complete=True)

    def check_sizes(self) -> str:
        if (sys.platform, platform.machine(), self.first) != ("linux", "x86_64", "3.11"):
            return "NOT RUN: the table is for Linux on x86-64 and Python 3.11"
        listed = listed_sizes(ROOT / "docs/install.md")
        measured = {name: self.sizes[name] for name in _SIZES}
        for name in listed if self.long else ():
            if name not in measured:
                environment = self.environment(f"size-{name}")
                environment.install(name, compile_all=True)
                measured[name] = installed_megabytes(environment.site_folders())
        require_sizes(measured, listed)
        return ", ".join(f"{name} {size:.0f} MB" for name, size in measured.items())


def main(arguments: list[str]) -> int:
    """Run the tests.

    Raises:
        ScriptError: One failed.
    """
    parser = argparse.ArgumentParser(prog="test_install_alone.sh", description=__doc__)
    parser.add_argument("--long", action="store_true", help="test more")
    parser.add_argument("--require", default="", help="Pythons that have to be there")
    given = parser.parse_args(arguments)
    pythons = find_pythons(uv=ROOT / "scripts/uv.sh" if os.name == "posix" else None)
    missing = missing_pythons(pythons, [one for one in given.require.split(",") if one])
    for version, path in pythons.items():
        print(f"Python {version}: {path}")
    if sys.platform == "linux":
        output_of(ROOT / "scripts/repair_wheels.sh")
    with tempfile.TemporaryDirectory() as work:
        _Tests(Path(work).resolve(), pythons, long=given.long).run()
    for version in missing:
        print(f"NOT RUN: {version}, because there is no Python {version}")
    return 0


if __name__ == "__main__":
    sys.exit(run_script("test_install_alone", main))
