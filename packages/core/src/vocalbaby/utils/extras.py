"""The extras of vocalbaby-core: what each is for, and the error where one is not installed."""

import os
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from importlib.util import find_spec
from typing import Final, NamedTuple

from vocalbaby.exception import MissingExtraError

__all__ = ["EXTRAS", "Extra", "missing_packages", "needs_extra", "pip_command", "require_extra"]


class Extra(NamedTuple):
    """An extra of vocalbaby-core.

    Attributes:
        purpose: What cannot be done without it.
        packages: Names of its packages on the package index.
    """

    purpose: str
    packages: tuple[str, ...]


#: The extras of packages/core/BUILD.
EXTRAS: Final = {
    "egemaps": Extra("Computing eGeMAPS features", ("opensmile",)),
    "huggingface": Extra("Sharing models on Hugging Face", ("huggingface-hub",)),
    "litert": Extra("Running TensorFlow Lite files", ("ai-edge-litert",)),
    "media": Extra("Reading recordings of phones, browsers and cameras", ("av",)),
    "onnx": Extra("Running ONNX files", ("onnxruntime",)),
    "s3": Extra("Reading and writing s3:// addresses", ("boto3", "botocore")),
    "ssl": Extra("Running speech models of transformers", ("torch", "transformers")),
    "summary": Extra("Computing figures of recordings", ("scipy",)),
    "synthesis": Extra("Synthesizing sound", ("scipy",)),
    "tables": Extra("Reading and writing Parquet files", ("pandas", "pyarrow")),
    "train": Extra(
        "Training and evaluating models",
        ("matplotlib", "pandas", "pyarrow", "scikit-learn", "scipy", "xgboost-cpu"),
    ),
    "tune": Extra("Tuning and resampling", ("imbalanced-learn", "optuna")),
}

#: Modules whose name is not that of their package.
_MODULES: Final = {
    "ai-edge-litert": "ai_edge_litert",
    "huggingface-hub": "huggingface_hub",
    "imbalanced-learn": "imblearn",
    "scikit-learn": "sklearn",
    "xgboost-cpu": "xgboost",
}


def pip_command(extra: str) -> str:
    """Return the command that installs an extra.

    Examples:
        >>> pip_command("train")
        "pip install 'vocalbaby-core[train]'"
    """
    quote = '"' if os.name == "nt" else "'"  # cmd.exe knows no other
    return f"pip install {quote}vocalbaby-core[{extra}]{quote}"


def missing_packages(extra: str) -> tuple[str, ...]:
    """Return the packages of an extra that are not installed; imports none of them."""
    return tuple(package for package in EXTRAS[extra].packages if not _is_installed(package))


def require_extra(extra: str, *packages: str) -> None:
    """Verify that the packages of an extra are installed, before work that needs them.

    Args:
        extra: A name of `EXTRAS`.
        packages: The packages of the extra that are needed; all of them if none is given.

    Raises:
        MissingExtraError: One is not; the hint is `pip_command`.

    Examples:
        >>> require_extra("train")
    """
    missing = missing_packages(extra)
    if packages:
        missing = tuple(package for package in missing if package in packages)
    if missing:
        raise _error(extra, missing)


@contextmanager
def needs_extra(extra: str) -> Iterator[None]:
    """Import modules of an extra.

    Args:
        extra: A name of `EXTRAS`.

    Raises:
        MissingExtraError: A module is not installed; the hint is `pip_command`.

    Examples:
        >>> with needs_extra("tables"):
        ...     import pyarrow
    """
    try:
        yield
    except ModuleNotFoundError as error:
        module = (error.name or "").partition(".")[0]
        found = [package for package in EXTRAS[extra].packages if _module(package) == module]
        if not found:
            raise
        raise _error(extra, missing_packages(extra) or found) from error


def _error(extra: str, missing: Sequence[str]) -> MissingExtraError:
    *others, last = missing
    names = f"{', '.join(others)} and {last}, which are" if others else f"{last}, which is"
    return MissingExtraError(
        f"{EXTRAS[extra].purpose} needs {names} not installed.",
        hint=pip_command(extra),
        name=_module(missing[0]),
    )


def _module(package: str) -> str:
    return _MODULES.get(package, package)


def _is_installed(package: str) -> bool:
    module = _module(package)
    if module in sys.modules:
        return sys.modules[module] is not None
    try:
        return find_spec(module) is not None
    except ImportError:
        return False
