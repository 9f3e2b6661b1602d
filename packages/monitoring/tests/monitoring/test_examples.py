"""The examples in the docstrings of this distribution are executed."""

import doctest
import importlib
import pkgutil
from pathlib import Path

import pytest

import vocalbaby.monitoring.prediction_log


def _examples() -> list[doctest.DocTest]:
    found = pkgutil.walk_packages(vocalbaby.monitoring.__path__, "vocalbaby.monitoring.")
    # The drift job is another distribution in the same namespace.
    names = [info.name for info in found if ".drift." not in f"{info.name}."]
    finder = doctest.DocTestFinder()
    parts = [part for name in names for part in finder.find(importlib.import_module(name))]
    return [part for part in parts if part.examples]


@pytest.mark.parametrize("example", _examples(), ids=lambda example: example.name)
def test_an_example_gives_the_result_that_it_shows(
    example: doctest.DocTest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)  # examples write files
    report: list[str] = []
    doctest.DocTestRunner(optionflags=doctest.ELLIPSIS).run(example, out=report.append)
    assert "".join(report) == ""
