"""Every promise in the tables of docs/reliability.md names tests and scripts that exist."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import pytest

HEAD: Final = ["promise", "bound", "test"]
PAGE: Final = Path("docs/reliability.md").read_text(encoding="utf-8")


def rows() -> Iterator[tuple[str, str]]:
    """Each promise with its cell of tests."""
    is_promise = False
    for line in PAGE.splitlines():
        if not line.startswith("| "):
            is_promise = False
            continue
        cells = [cell.strip() for cell in line[1:-1].split("|")]
        if cells == HEAD:
            is_promise = True
        elif is_promise and not cells[0].startswith("---"):
            promise, _, tests = cells
            yield promise, tests


def functions(path: Path) -> set[str]:
    """Names of the functions in a file."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    return {node.name for node in ast.walk(tree) if isinstance(node, ast.FunctionDef)}


def test_every_section_of_promises_has_a_table() -> None:
    assert PAGE.count("| " + " | ".join(HEAD) + " |") == 10
    assert len([*rows()]) > 100


@pytest.mark.parametrize(("promise", "tests"), [*rows()])
def test_every_promise_names_tests_that_exist(promise: str, tests: str) -> None:
    named = re.findall(r"`([^`]+)`", tests)
    assert named, f"no test is named for: {promise}"
    path = Path()
    for test in named:
        file, _, name = test.partition("::")
        if file:
            path = Path(re.sub(r"^api/", "packages/api/tests/api/", file))
        assert re.match(r"test_\w+\.(py|sh)$", path.name), f"{promise}: {test}"
        assert path.is_file(), f"{promise}: there is no {path}"
        assert not name or name in functions(path), f"{promise}: {path} has no {name}"


@pytest.mark.parametrize("path", sorted(set(re.findall(r"\bscripts/test_\w+\.sh", PAGE))))
def test_every_script_runs_at_night(path: str) -> None:
    assert path in Path("scripts/nightly.sh").read_text(encoding="utf-8")
