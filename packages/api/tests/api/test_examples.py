"""The examples in the docstrings of the public modules are executed."""

import doctest
from types import ModuleType

import pytest

from vocalbaby.api import app, settings


@pytest.mark.parametrize("module", [app, settings])
def test_examples_give_the_results_that_they_show(module: ModuleType) -> None:
    result = doctest.testmod(module, optionflags=doctest.ELLIPSIS)
    assert result.attempted > 0
    assert result.failed == 0
