"""The values that a search tries where ``tuning.yaml`` names none."""

from collections.abc import Mapping
from typing import Any, Final

from vocalbaby.tuning.families import Family

__all__ = ["default_space"]

_Values = dict[str, Any]

_BALANCE: Final[_Values] = {
    "class_balance": {"low": 0.0, "high": 1.0},
    "resampling": {"choices": ["none", "smote"]},
}
_TREES: Final[_Values] = {
    "learning_rate": {"low": 0.02, "high": 0.3, "log": True},
    "max_depth": {"low": 2, "high": 8},
    "min_child_weight": {"low": 0.5, "high": 16.0, "log": True},
    "subsample": {"low": 0.5, "high": 1.0},
    "colsample_bytree": {"low": 0.2, "high": 1.0},
    "reg_lambda": {"low": 0.1, "high": 30.0, "log": True},
}
_SVM: Final[_Values] = {
    "svm.C": {"low": 0.03, "high": 100.0, "log": True},
    "svm.gamma": {"choices": ["scale", 0.0003, 0.001, 0.003, 0.01, 0.03]},
}
_LOGISTIC: Final[_Values] = {
    "logistic_regression.C": {"low": 0.0001, "high": 10.0, "log": True},
}
_MLP: Final[_Values] = {
    "mlp.hidden": {"low": 16, "high": 256, "log": True},
    "mlp.epochs": {"low": 6, "high": 40, "log": True},
    "mlp.learning_rate": {"low": 0.0005, "high": 0.01, "log": True},
    "mlp.weight_decay": {"low": 0.0001, "high": 0.1, "log": True},
}
_SPACES: Final[Mapping[Family, _Values]] = {
    "boosted_trees": _TREES | _BALANCE,
    "svm": _SVM | _BALANCE,
    "logistic_regression": _LOGISTIC | _BALANCE,
    "mlp": _MLP | _BALANCE,
    "soft_vote": {
        name: values
        for name, values in (_TREES | _SVM | _LOGISTIC | _BALANCE).items()
        if name in ("learning_rate", "max_depth", "svm.C", "logistic_regression.C", *_BALANCE)
    },
}


def default_space(family: Family) -> dict[str, Any]:
    """Return the values that a search tries by default.

    Args:
        family: A family of models.

    Returns:
        The fields of a `.config.Space` by dotted name of a setting of ``training``.

    Examples:
        >>> default_space("mlp")["mlp.hidden"]
        {'low': 16, 'high': 256, 'log': True}
    """
    return dict(_SPACES[family])
