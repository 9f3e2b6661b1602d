"""The examples in the docstrings of the comparison and of what it uses are executed."""

import doctest
from types import ModuleType

import pytest

from vocalbaby.comparison import (
    choice,
    config,
    differences,
    experiments,
    findings,
    fingerprints,
    intervals,
    learning_curves,
    metrics_table,
    predictions,
    settings,
)
from vocalbaby.components import confusions, split_leaks
from vocalbaby.pipeline import folder_comparison, folder_settings

MODULES = [
    choice,
    config,
    confusions,
    differences,
    experiments,
    findings,
    fingerprints,
    folder_comparison,
    folder_settings,
    intervals,
    learning_curves,
    metrics_table,
    predictions,
    settings,
    split_leaks,
]
OPTIONS = doctest.ELLIPSIS | doctest.IGNORE_EXCEPTION_DETAIL


@pytest.mark.parametrize("module", MODULES, ids=lambda module: module.__name__)
def test_examples(
    module: ModuleType, tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch
) -> None:
    found = [each for each in doctest.DocTestFinder().find(module) if each.examples]
    assert found
    for example in found:
        monkeypatch.chdir(tmp_path_factory.mktemp("example"))
        assert doctest.DocTestRunner(optionflags=OPTIONS).run(example).failed == 0
