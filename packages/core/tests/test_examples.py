"""The examples in the docstrings of this distribution are executed."""

import doctest
import importlib
import pkgutil
from pathlib import Path
from types import ModuleType

import pytest

import vocalbaby.annotations
import vocalbaby.audio
import vocalbaby.bundle
import vocalbaby.cloud
import vocalbaby.corpora
import vocalbaby.entity
import vocalbaby.estimators
import vocalbaby.exception
import vocalbaby.features
import vocalbaby.huggingface
import vocalbaby.inference
import vocalbaby.logging
import vocalbaby.models
import vocalbaby.segmentation
import vocalbaby.summary
import vocalbaby.utils

_PACKAGES = (
    vocalbaby.annotations,
    vocalbaby.audio,
    vocalbaby.bundle,
    vocalbaby.cloud,
    vocalbaby.corpora,
    vocalbaby.entity,
    vocalbaby.estimators,
    vocalbaby.exception,
    vocalbaby.features,
    vocalbaby.huggingface,
    vocalbaby.inference,
    vocalbaby.logging,
    vocalbaby.models,
    vocalbaby.segmentation,
    vocalbaby.summary,
    vocalbaby.utils,
)


def _modules(package: ModuleType) -> list[str]:
    found = pkgutil.walk_packages(package.__path__, f"{package.__name__}.")
    return [package.__name__, *sorted(info.name for info in found)]


def _examples() -> list[doctest.DocTest]:
    find = doctest.DocTestFinder(exclude_empty=True).find
    return [
        example
        for package in _PACKAGES
        for name in _modules(package)
        for example in find(importlib.import_module(name))
        if example.examples
    ]


@pytest.mark.parametrize("example", _examples(), ids=lambda example: example.name)
def test_an_example_gives_the_result_that_it_shows(
    example: doctest.DocTest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)  # examples write files
    report: list[str] = []
    doctest.DocTestRunner(optionflags=doctest.ELLIPSIS).run(example, out=report.append)
    assert "".join(report) == ""
