"""Versions and date of a report."""

import importlib.metadata
import os
from datetime import UTC, datetime
from typing import Final

from vocalbaby.utils.version import VERSION

__all__ = ["date_of_source", "versions"]

#: Distributions whose versions the report names.
_LIBRARIES: Final = (
    "numpy",
    "scikit-learn",
    "xgboost-cpu",
    "xgboost",
    "optuna",
    "imbalanced-learn",
)


def versions() -> dict[str, str]:
    """Return the versions of VocalBaby and of the libraries that are installed.

    Examples:
        >>> "numpy" in versions()
        True
    """
    found = {"vocalbaby-core": VERSION}
    for name in _LIBRARIES:
        try:
            found[name] = importlib.metadata.version(name)
        except importlib.metadata.PackageNotFoundError:
            continue
    return found


def date_of_source() -> str | None:
    """Return the ISO date of ``SOURCE_DATE_EPOCH``; None if it is not set.

    Examples:
        >>> os.environ["SOURCE_DATE_EPOCH"] = "86400"
        >>> date_of_source()
        '1970-01-02'
        >>> del os.environ["SOURCE_DATE_EPOCH"]
    """
    epoch = os.environ.get("SOURCE_DATE_EPOCH", "")
    return datetime.fromtimestamp(int(epoch), UTC).date().isoformat() if epoch.isdigit() else None
