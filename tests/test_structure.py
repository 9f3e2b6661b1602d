"""The structure of the code: no circle of imports, and no module longer than 300 lines.

The layers themselves (which package may import which) are rules of the build, in
`packages/*/BUILD`.
"""

import ast
import re
from collections.abc import Callable, Iterator
from graphlib import CycleError, TopologicalSorter
from pathlib import Path
from typing import Final

import pytest

from vocalbaby.utils.site import SITE

LONGEST: Final = 300
DISTRIBUTIONS: Final = sorted(path.parent for path in Path("packages").glob("*/src"))


def modules(source: Path) -> dict[str, Path]:
    """Dotted name -> file, of every module of a source folder."""
    found = {}
    for path in source.rglob("*.py"):
        parts = path.relative_to(source).with_suffix("").parts
        found[".".join(parts[:-1] if parts[-1] == "__init__" else parts)] = path
    return found


def imported(path: Path, known: dict[str, Path]) -> Iterator[str]:
    """Modules among `known` that a file imports, inside functions too."""
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.Import):
            yield from (name.name for name in node.names if name.name in known)
        elif isinstance(node, ast.ImportFrom) and node.module:
            for alias in node.names:
                whole = f"{node.module}.{alias.name}"
                target = whole if whole in known else node.module
                if target in known:
                    yield target


def package(module: str) -> str:
    """The package of `vocalbaby`, or of `vocalbaby.api` and the like, that holds a module."""
    parts = module.split(".")
    return ".".join(parts[: 3 if parts[1:2] in (["api"], ["corpus"], ["monitoring"]) else 2])


def circle(known: dict[str, Path], node: Callable[[str], str] = str) -> list[str]:
    """Modules, or what `node` makes of them, that import each other in a circle."""
    graph: dict[str, set[str]] = {}
    for name, path in known.items():
        targets = {node(target) for target in imported(path, known)} - {node(name)}
        graph.setdefault(node(name), set()).update(targets)
    try:
        TopologicalSorter(graph).prepare()
    except CycleError as error:
        return list(error.args[1])
    return []


@pytest.mark.parametrize("distribution", DISTRIBUTIONS, ids=lambda path: path.name)
def test_no_modules_import_each_other_in_a_circle(distribution: Path) -> None:
    assert not circle(modules(distribution / "src"))


@pytest.mark.parametrize("distribution", DISTRIBUTIONS, ids=lambda path: path.name)
def test_no_packages_import_each_other_in_a_circle(distribution: Path) -> None:
    assert not circle(modules(distribution / "src"), package)


def test_a_circle_is_found(tmp_path: Path) -> None:
    (tmp_path / "one.py").write_text("from two import b\na = 1\n")
    (tmp_path / "two.py").write_text("def b():\n    import one\n")
    assert set(circle(modules(tmp_path))) == {"one", "two"}


def test_models_that_reject_unknown_keys_hold_defaults_to_their_bounds() -> None:
    configs = [
        (path, {keyword.arg: ast.unparse(keyword.value) for keyword in node.keywords})
        for path in Path("packages").glob("*/src/**/*.py")
        for node in ast.walk(ast.parse(path.read_text("utf-8")))
        if isinstance(node, ast.Call) and ast.unparse(node.func) == "ConfigDict"
    ]
    strict = [(path, config) for path, config in configs if "extra" in config]
    assert len(strict) > 5
    assert not [str(path) for path, config in strict if config.get("validate_default") != "True"]


def test_no_module_is_longer_than_300_lines() -> None:
    folders = ("apps", "benchmarks", "dashboards", "infra", "packages", "scripts", "tests")
    kinds = ("*.py", "*.c", "*.h", "*.sh", "*.js", "*.tf")
    lengths = {
        str(path): len(path.read_text("utf-8").splitlines())
        for folder in folders
        for kind in kinds
        for path in Path(folder).rglob(kind)
        if "build" not in path.parts
    }
    assert len(lengths) > 300  # the files are here at all
    assert not {path: lines for path, lines in lengths.items() if lines > LONGEST}


def texts(tree: ast.AST) -> Iterator[str]:
    """Strings of a program that are not docstrings."""
    for node in ast.walk(tree):
        for child in ast.iter_child_nodes(node):
            if isinstance(node, ast.Expr) or not isinstance(child, ast.Constant):
                continue
            if isinstance(child.value, str):
                yield child.value


def test_messages_name_pages_that_exist() -> None:
    """An installation has no folder `docs`: messages give addresses."""
    named, lost = set(), []
    for path in (path for folder in DISTRIBUTIONS for path in (folder / "src").rglob("*.py")):
        source = path.read_text("utf-8")
        named |= set(re.findall(r"\bpage_address\([\"']([^\"']+)", source))
        if path.name != "metrics_table.py":  # it writes a page
            found = [text for text in texts(ast.parse(source)) if re.search(r"docs/\S+\.md", text)]
            lost += [f"{path}: {text}" for text in found]
    assert not lost
    assert {"annotations", "install", "summaries"} <= named
    assert all(Path("docs", f"{name}.md").is_file() for name in named)
    assert f"site_url: {SITE}\n" in Path("mkdocs.yml").read_text("utf-8")
