"""Checks of a window: a window that cannot be compared has an outcome of its own."""

from collections.abc import Callable, Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from vocalbaby import features
from vocalbaby.entity.bundle import BundleManifest
from vocalbaby.monitoring.drift.causes import cause_of_missing_groups
from vocalbaby.monitoring.drift.config import WindowConfig
from vocalbaby.monitoring.drift.window import Window
from vocalbaby.monitoring.drift_result import Outcome
from vocalbaby.utils.wording import counted

__all__ = ["WindowProblem", "check_window"]

_NAMED = 5


class WindowProblem(NamedTuple):
    """Why a window cannot be compared.

    Attributes:
        outcome: Outcome of the run.
        message: Description in a sentence.
        cause: Code of a likely cause, or None.
    """

    outcome: Outcome
    message: str
    cause: str | None = None


def check_window(
    window: Window,
    reference: NDArray[np.float64],
    manifest: BundleManifest,
    config: WindowConfig,
) -> WindowProblem | None:
    """Find the first problem of a window, or None if it can be compared.

    Args:
        window: The window as it was read.
        reference: Values of the reference, shape (n, n_columns), the columns of the model.
        manifest: Manifest of the model.
        config: Limits of the window.
    """
    return (
        _check_model(window, manifest)
        or _check_shape(window, manifest, config)
        or _check_values(window, reference, manifest, config)
    )


def _check_model(window: Window, manifest: BundleManifest) -> WindowProblem | None:
    if window.model_versions and manifest.version not in window.model_versions:
        return WindowProblem(
            "wrong_model",
            f"The rows are predictions of {_some(window.model_versions)}, not of "
            f"{manifest.version}, whose reference they would be compared with.",
        )
    wanted = (manifest.feature_set, manifest.feature_set_version)
    if window.feature_set is not None and window.feature_set != wanted:
        return WindowProblem(
            "wrong_model",
            f"The rows have the feature set {' version '.join(window.feature_set)}, and the "
            f"model {manifest.version} needs {' version '.join(wanted)}.",
        )
    return None


def _check_shape(
    window: Window, manifest: BundleManifest, config: WindowConfig
) -> WindowProblem | None:
    # An empty log has no columns either, and its missing rows are reported instead.
    if window.columns and (lacking := set(manifest.columns) - set(window.columns)):
        names = [name for name in manifest.columns if name in lacking]
        verb = "is" if len(names) == 1 else "are"
        return WindowProblem(
            "missing_columns",
            f"{len(names)} of the model's {len(manifest.columns)} columns {verb} missing: "
            f"{_some(names)}.",
        )
    if unknown := [name for name in window.columns if name not in manifest.columns]:
        return WindowProblem(
            "extra_columns",
            f"The model does not have {len(unknown)} of the columns: {_some(unknown)}.",
        )
    if len(window) < config.min_rows:
        return WindowProblem(
            "too_few_rows",
            f"The window has {counted(len(window), 'row')}; at least {config.min_rows} are needed.",
        )
    return None


def _check_values(
    window: Window,
    reference: NDArray[np.float64],
    manifest: BundleManifest,
    config: WindowConfig,
) -> WindowProblem | None:
    values = window.values[:, [window.columns.index(name) for name in manifest.columns]]
    names = np.array(manifest.columns)
    n = len(values)

    def among(columns: NDArray[np.bool_], shown: Callable[[int], str]) -> str:
        indices = np.flatnonzero(columns)
        some = ", ".join(shown(int(place)) for place in indices[:_NAMED])
        return some + (f" and {len(indices) - _NAMED} more" if len(indices) > _NAMED else "")

    infinite = np.isinf(values).sum(axis=0)
    if infinite.any():
        return WindowProblem(
            "infinite_values",
            "There are infinite values, which no feature can have: "
            + among(infinite > 0, lambda i: f"{names[i]} in {infinite[i]} of {n} rows")
            + ".",
        )
    missing, usual = np.isnan(values).mean(axis=0), np.isnan(reference).mean(axis=0)
    lost = (missing >= config.missing_limit) & (usual <= config.missing_limit / 2)
    if lost.any():
        return WindowProblem(
            "missing_values",
            f"{lost.sum()} of {len(names)} columns could hardly be measured: "
            + among(lost, lambda i: f"{names[i]} is missing in {missing[i]:.0%} of the rows")
            + ".",
            _cause(manifest, lost),
        )
    constant = _constant(values) & ~_constant(reference)
    if constant.any():
        return WindowProblem(
            "constant_columns",
            "These columns have the same value in every row: "
            + among(constant, lambda i: str(names[i]))
            + ".",
        )
    return None


def _cause(manifest: BundleManifest, lost: NDArray[np.bool_]) -> str | None:
    group = {
        column.name: column.group for column in features.of_records(manifest.feature_sets).columns
    }
    gone = {group[name] for name, is_lost in zip(manifest.columns, lost, strict=True) if is_lost}
    return cause_of_missing_groups(set(group.values()), gone)


def _constant(values: NDArray[np.float64]) -> NDArray[np.bool_]:
    filled = np.where(np.isnan(values), -np.inf, values)
    highest = filled.max(axis=0)
    filled[np.isinf(filled)] = np.inf
    lowest = filled.min(axis=0)
    constant: NDArray[np.bool_] = highest == lowest
    return constant


def _some(names: Sequence[str]) -> str:
    more = f" and {len(names) - _NAMED} more" if len(names) > _NAMED else ""
    return ", ".join(names[:_NAMED]) + more
