"""The examples in the docstrings of the public packages are executed."""

import doctest
import importlib
import pkgutil

import pytest

import vocalbaby.audio
import vocalbaby.entity
import vocalbaby.features
import vocalbaby.inference
import vocalbaby.models
import vocalbaby.summary

_PACKAGES = (
    vocalbaby.audio,
    vocalbaby.entity,
    vocalbaby.features,
    vocalbaby.inference,
    vocalbaby.models,
    vocalbaby.summary,
)
_MODULES = sorted(
    info.name
    for package in _PACKAGES
    for info in pkgutil.walk_packages(package.__path__, f"{package.__name__}.")
) + [package.__name__ for package in _PACKAGES]


@pytest.mark.parametrize("name", _MODULES)
def test_examples_give_the_results_that_they_show(name: str) -> None:
    assert doctest.testmod(importlib.import_module(name)).failed == 0


@pytest.mark.parametrize(
    "name",
    [
        "audio.samples",
        "audio.wav_writing",
        "inference",
        "inference.loading",
        "inference.prediction",
    ],
)
def test_the_python_interface_has_examples(name: str) -> None:
    assert doctest.testmod(importlib.import_module(f"vocalbaby.{name}")).attempted > 0
