"""Every row of the table in docs/reliability.md names tests that exist."""

import ast
import re
from pathlib import Path

import pytest

TESTS = Path("packages/api/tests")


def rows() -> list[tuple[str, list[str]]]:
    """Each fault of the table with the ids of its tests."""
    page = Path("docs/reliability.md").read_text(encoding="utf-8")
    lines = [line.split(" | ") for line in page.splitlines() if line.startswith("| ")]
    return [(cells[0].removeprefix("| "), re.findall(r"`(.+?)`", cells[-1])) for cells in lines[2:]]


def functions(path: Path) -> set[str]:
    """Names of the functions in a file."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    return {node.name for node in ast.walk(tree) if isinstance(node, ast.FunctionDef)}


def test_the_table_is_not_empty() -> None:
    assert rows()


@pytest.mark.parametrize(("fault", "tests"), rows())
def test_every_fault_names_tests_that_exist(fault: str, tests: list[str]) -> None:
    assert tests, f"no test is named for: {fault}"
    path = TESTS
    for test in tests:
        file, _, name = test.partition("::")
        if file:
            path = Path(file) if file.startswith("packages/") else TESTS / file
        assert name in functions(path), f"{fault}: {path} has no {name}"
