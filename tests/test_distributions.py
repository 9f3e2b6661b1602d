"""What the distributions require and offer, as their BUILD files say."""

import ast
import re
from pathlib import Path
from typing import Any

import pytest

from vocalbaby.utils.extras import EXTRAS


def arguments(distribution: str) -> dict[str, ast.expr]:
    """The arguments of `distribution()` in the BUILD file of a package."""
    tree = ast.parse(Path(f"packages/{distribution}/BUILD").read_text(encoding="utf-8"))
    (call,) = (
        node
        for node in ast.walk(tree)
        if isinstance(node, ast.Call)
        and isinstance(node.func, ast.Name)
        and node.func.id == "distribution"
    )
    return {keyword.arg: keyword.value for keyword in call.keywords if keyword.arg}


def extras(distribution: str) -> Any:
    """The extras of a distribution, evaluated: they are literals and comprehensions."""
    code = ast.Expression(arguments(distribution)["extras"])
    return eval(compile(code, distribution, "eval"))


def test_the_code_knows_the_extras_of_core() -> None:
    found = {
        name: [requirement.split(">=")[0] for requirement in names]
        for name, names in extras("core").items()
    }
    assert found == {name: list(extra.packages) for name, extra in EXTRAS.items()}


@pytest.mark.parametrize(
    ("distribution", "more"),
    [
        ("api", {}),
        ("vocalbaby", {"corpus": "vocalbaby-corpus[all]", "drift": "vocalbaby-drift"}),
    ],
)
def test_extras_above_core_are_those_of_core(distribution: str, more: dict[str, str]) -> None:
    found = extras(distribution)
    assert {name: found.pop(name) for name in more} == {k: [v] for k, v in more.items()}
    assert found == {name: [f"vocalbaby-core[{name}]"] for name in found}
    assert set(found) <= set(EXTRAS)
    if distribution == "vocalbaby":
        assert set(found) == set(EXTRAS)


def test_the_umbrella_has_the_command_of_core() -> None:
    entry_points = [ast.unparse(arguments(name)["entry_points"]) for name in ("core", "vocalbaby")]
    assert entry_points[0] == entry_points[1]
    assert "'vocalbaby': 'vocalbaby.commands.main:main'" in entry_points[0]


@pytest.mark.parametrize("page", ["docs/install.md", "packages/core/README.md"])
def test_pages_list_the_extras(page: str) -> None:
    rows = re.findall(r"^\| `(\w+)` \| (.+) \|$", Path(page).read_text("utf-8"), re.MULTILINE)
    assert [name for name, _ in rows if name in EXTRAS] == sorted(EXTRAS)
