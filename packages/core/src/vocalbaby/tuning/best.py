"""The best settings of a search, as ``best.json`` has them."""

from pathlib import Path
from typing import Any, Literal

from pydantic import ValidationError

from vocalbaby.entity.config import StrictModel
from vocalbaby.exception import DataError
from vocalbaby.tuning.config import Objective

__all__ = ["Best", "read_best"]


class Best(StrictModel):
    """The best settings of a feature set and a family, and how they were found.

    Attributes:
        feature_set: Name of the feature set.
        family: The family of models.
        objective: ``uar`` or ``macro_f1``.
        evaluation: ``devel`` or ``nested``.
        value: The objective of the best settings: on devel, or the mean of the folds of train.
        default: The objective of the settings of ``training.yaml``.
        devel: The objective on devel; with ``nested`` that of a model that stopped on a fold of
            train, with no influence on the choice.
        trial: Number of the best trial, from 0.
        trials: Number of trials.
        pruned: Number of trials that were ended early.
        failed: Number of trials whose settings could not be trained.
        seed: Seed of the search.
        settings: Settings of ``training`` by dotted name: those of the family, and those that
            were tuned.
        fingerprint: Hash of the tables, the settings, the space and the versions.
        code_version: Version of vocalbaby-core.

    Examples:
        >>> best = Best(
        ...     feature_set="mfcc", family="svm", objective="uar", evaluation="devel", value=0.6,
        ...     default=0.5, devel=0.6, trial=3, trials=12, pruned=0, failed=0, seed=0,
        ...     settings={"kind": "svm", "svm.C": 0.1}, fingerprint="1f2e", code_version="0.2.0",
        ... )
        >>> best.settings["svm.C"]
        0.1
    """

    feature_set: str
    family: str
    objective: Objective
    evaluation: Literal["devel", "nested"]
    value: float
    default: float | None
    devel: float
    trial: int
    trials: int
    pruned: int
    failed: int
    seed: int
    settings: dict[str, Any]
    fingerprint: str
    code_version: str


def read_best(path: Path) -> Best | None:
    """Read the best settings of a search.

    Args:
        path: File ``best.json``.

    Returns:
        The settings; None if there is no such file.

    Raises:
        DataError: The file is damaged.

    Examples:
        >>> read_best(Path("best.json")) is None
        True
    """
    try:
        text = path.read_bytes()
    except FileNotFoundError:
        return None
    except OSError as error:
        raise DataError(f"{path}: {error.strerror}.", hint="Check the path.") from error
    try:
        return Best.model_validate_json(text)
    except ValidationError as error:
        raise DataError(
            f"{path} has no result of a search: {error}.", hint="Run `vocalbaby tune` again."
        ) from error
