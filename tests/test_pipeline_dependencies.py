"""Every stage of dvc.yaml depends on all modules that it imports."""

import ast
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest
import yaml

SOURCE = Path("packages/core/src")

#: Packages and modules that do not decide what a stage computes.
PLUMBING = {"exception", "logging", "progress.py", "utils", "workspace.py"}


def module_file(name: str) -> Path | None:
    """The file of a module of core; None if there is none."""
    path = SOURCE.joinpath(*name.split("."))
    return next((p for p in (path.with_suffix(".py"), path / "__init__.py") if p.is_file()), None)


@cache
def imports(path: Path) -> tuple[Path, ...]:
    """Files of core that a file imports, inside functions too."""
    return tuple(_imports(path))


def _imports(path: Path) -> Iterator[Path]:
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        names = []
        if isinstance(node, ast.Import):
            names = [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom) and node.module:
            names = [node.module, *(f"{node.module}.{alias.name}" for alias in node.names)]
        yield from filter(None, map(module_file, names))


def closure(path: Path) -> set[Path]:
    """The file and all files of core that it imports, directly or not."""
    found, waiting = set[Path](), [path]
    while waiting:
        each = waiting.pop()
        if each not in found and not PLUMBING & set(each.parts):
            found.add(each)
            waiting += imports(each)
    return found


def stages() -> dict[str, list[str]]:
    """Dependencies by stage, of the stages that are modules of the pipeline."""
    text = Path("dvc.yaml").read_text("utf-8")
    found = {name: stage["deps"] for name, stage in yaml.safe_load(text)["stages"].items()}
    return {name: deps for name, deps in found.items() if module_file(f"vocalbaby.pipeline.{name}")}


def uncovered(files: set[Path], deps: list[str]) -> list[str]:
    """Files that are no dependency, nor in a folder that is one."""
    return sorted(
        str(path)
        for path in files
        if not any(path == Path(dep) or Path(dep) in path.parents for dep in deps)
    )


@pytest.mark.parametrize("stage", sorted(stages()))
def test_a_stage_depends_on_all_that_it_imports(stage: str) -> None:
    path = module_file(f"vocalbaby.pipeline.{stage}")
    assert path is not None
    assert not uncovered(closure(path), stages()[stage])


def test_a_missing_dependency_is_found() -> None:
    deps = [dep for dep in stages()["comparison"] if not dep.endswith("/models")]
    path = module_file("vocalbaby.pipeline.comparison")
    assert path is not None
    assert uncovered(closure(path), deps)
