"""The examples in the docstrings of the package are executed."""

import doctest
import importlib
import pkgutil
from pathlib import Path

import pytest

from vocalbaby.corpus import sampling

MODULES = sorted(
    info.name for info in pkgutil.iter_modules(sampling.__path__, f"{sampling.__name__}.")
)
EXAMPLES = [
    example
    for name in MODULES
    for example in doctest.DocTestFinder(exclude_empty=True).find(importlib.import_module(name))
    if example.examples
]


@pytest.mark.parametrize("example", EXAMPLES, ids=lambda example: example.name)
def test_an_example_gives_the_result_that_it_shows(
    example: doctest.DocTest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    report: list[str] = []
    doctest.DocTestRunner(optionflags=doctest.ELLIPSIS).run(example, out=report.append)
    assert "".join(report) == ""
    assert len(EXAMPLES) >= 12
