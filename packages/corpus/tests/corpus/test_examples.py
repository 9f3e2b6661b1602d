"""The examples in the docstrings of this distribution are executed."""

import doctest
import importlib
import pkgutil
from pathlib import Path

import pytest

import vocalbaby.corpus.agreement
import vocalbaby.corpus.archive
import vocalbaby.corpus.corrections
import vocalbaby.corpus.engine
import vocalbaby.corpus.estimation
import vocalbaby.corpus.privacy
import vocalbaby.corpus.sampling

_PACKAGES = (
    vocalbaby.corpus.agreement,
    vocalbaby.corpus.archive,
    vocalbaby.corpus.corrections,
    vocalbaby.corpus.engine,
    vocalbaby.corpus.estimation,
    vocalbaby.corpus.privacy,
    vocalbaby.corpus.sampling,
)
_MODULES = sorted(
    info.name
    for package in _PACKAGES
    for info in pkgutil.walk_packages(package.__path__, f"{package.__name__}.")
)
EXAMPLES = [
    example
    for name in [*(package.__name__ for package in _PACKAGES), *_MODULES]
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


def test_the_examples_of_all_packages_are_found() -> None:
    found = {example.name.split(".")[2] for example in EXAMPLES}
    assert found == {package.__name__.split(".")[2] for package in _PACKAGES}
    assert len(EXAMPLES) > 60
