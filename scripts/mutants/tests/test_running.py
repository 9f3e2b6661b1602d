"""Tests of a mutant run in a copy, within limits of time and memory."""

import subprocess
import sys
from pathlib import Path

import pytest

from scripts.mutants.running import Copy, Limits

LIMITS = Limits(600, 4096)


@pytest.fixture
def copy(tmp_path: Path) -> Copy:
    root = tmp_path / "repository"
    source, tests = root / "packages/a/src/vocalbaby", root / "packages/a/tests"
    source.mkdir(parents=True)
    tests.mkdir()
    (source / "one.py").write_text("def one():\n    return 1\n")
    (tests / "test_one.py").write_text(
        "from vocalbaby.one import one\n\n\ndef test_one():\n    assert one() == 1\n"
    )
    (root / ".gitignore").write_text(".venv\n")
    (root / ".venv/bin").mkdir(parents=True)
    python = root / ".venv/bin/python"
    # A link would not find the packages of this environment.
    python.write_text(
        "#!/bin/sh\nexport PYTEST_DISABLE_PLUGIN_AUTOLOAD=1\n"
        f'PYTHONPATH="$PYTHONPATH:{":".join(sys.path)}" exec {sys.executable} "$@"\n'
    )
    python.chmod(0o755)
    subprocess.run(["git", "init", "-q"], cwd=root, check=True)
    return Copy(root, tmp_path / "copy")


def source(copy: Copy) -> Path:
    return copy.folder / "packages/a/src/vocalbaby/one.py"


def test_a_mutant_of_the_same_size_and_time_is_noticed(copy: Copy) -> None:
    tests = Path("packages/a/tests")
    assert copy.test(tests, LIMITS).passed
    source(copy).write_text("def one():\n    return 2\n")
    outcome = copy.test(tests, LIMITS)
    assert not outcome.passed
    assert not outcome.timed_out
    assert "assert 2 == 1" in outcome.output
    assert copy.test(tests, LIMITS, without=tests / "test_one.py").passed


def test_an_endless_mutant_is_ended(copy: Copy) -> None:
    source(copy).write_text("while True:\n    pass\n")
    outcome = copy.test(Path("packages/a/tests"), Limits(3, 4096))
    assert outcome.timed_out
    assert not outcome.passed


def test_a_mutant_that_needs_too_much_memory_fails(copy: Copy) -> None:
    source(copy).write_text("def one():\n    return len(bytes(2**31)) - 2**31 + 1\n")
    outcome = copy.test(Path("packages/a/tests"), Limits(600, 1024))
    assert not outcome.passed
    assert "MemoryError" in outcome.output
