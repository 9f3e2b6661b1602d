"""Settings of the tuning."""

import math
from collections.abc import Mapping
from typing import Annotated, Literal, Self, TypeAlias

from pydantic import Field, field_validator, model_validator

from vocalbaby.components.boosting import TrainingConfig
from vocalbaby.entity.config import StrictModel
from vocalbaby.exception import ConfigError
from vocalbaby.tuning.families import FAMILIES, Family, family_settings
from vocalbaby.tuning.overrides import override, setting_type
from vocalbaby.tuning.spaces import default_space

__all__ = ["Objective", "Space", "TuningConfig"]

#: Name of the measure that a search maximizes.
Objective: TypeAlias = Literal["uar", "macro_f1"]

_Number: TypeAlias = int | float
_Choice: TypeAlias = bool | int | float | str | None


class Space(StrictModel):
    """The values that a setting may have: a range from ``low`` to ``high``, or ``choices``.

    Attributes:
        low: Lower end of a range.
        high: Upper end of a range, which is included.
        log: Whether values of a range are drawn on a logarithmic scale.
        step: Distance of the values of a range; null for all values.
        choices: The values, instead of a range.

    Examples:
        >>> Space(low=1, high=100, log=True).high
        100
        >>> Space(choices=["none", "smote"]).choices
        ('none', 'smote')
        >>> Space(low=1)
        Traceback (most recent call last):
        pydantic_core._pydantic_core.ValidationError: ... give low and high, or choices ...
    """

    low: _Number | None = None
    high: _Number | None = None
    log: bool = False
    step: Annotated[_Number, Field(gt=0)] | None = None
    choices: tuple[_Choice, ...] = ()

    @model_validator(mode="after")
    def _is_one_of_both(self) -> Self:
        is_range = self.low is not None or self.high is not None
        if is_range == bool(self.choices) or (self.low is None) != (self.high is None):
            raise ValueError("give low and high, or choices")
        if self.choices and (self.log or self.step is not None):
            raise ValueError("log and step belong to low and high, not to choices")
        if len({repr(choice) for choice in self.choices}) < len(self.choices):
            raise ValueError("name each of the choices once")
        if self.low is None or self.high is None:
            return self
        if not (math.isfinite(self.low) and math.isfinite(self.high) and self.low <= self.high):
            raise ValueError("low must not exceed high, and both must be finite")
        if self.log and (self.low <= 0 or self.step is not None):
            raise ValueError("a logarithmic scale needs a positive low and has no step")
        if self.step is not None:
            steps = (self.high - self.low) / self.step
            if abs(steps - round(steps)) > 1e-6:
                raise ValueError("high must be low and a whole number of steps")
        return self

    @property
    def examples(self) -> tuple[_Choice, ...]:
        """The values that must be allowed so that all are: both ends, or the choices."""
        return self.choices or (self.low, self.high)


class TuningConfig(StrictModel):
    """Settings of ``tuning.yaml``.

    Attributes:
        objective: What the search maximizes: ``uar`` (unweighted average recall) or ``macro_f1``,
            each over the classes that occur.
        evaluation: ``devel`` fits each model on train and evaluates it on devel. ``nested``
            evaluates it on folds of train by child, so that devel has no influence on the choice.
        folds: Number of folds of ``nested``.
        trials: Number of settings that are tried per feature set and family. The first trial has
            the settings of ``training.yaml``.
        seed: Seed of the search and of the folds.
        jobs: Number of processes. It affects only the speed.
        pruning: Whether ``nested`` ends a trial after a fold in which its mean so far is below
            the median of the earlier trials.
        feature_sets: Names of feature sets; that of ``features.yaml`` if empty.
        families: Families of models; see `.families.FAMILIES`.
        spaces: Values to try, by family and by dotted name of a setting of ``training``. The
            space of a family replaces its default one, see `.spaces.default_space`.

    Examples:
        >>> config = TuningConfig(spaces={"boosted_trees": {"max_depth": {"low": 2, "high": 6}}})
        >>> config.space("boosted_trees")
        {'max_depth': Space(low=2, high=6, log=False, step=None, choices=())}
        >>> TuningConfig(spaces={"boosted_trees": {"max_depth": {"low": 2, "high": 60}}})
        Traceback (most recent call last):
        pydantic_core._pydantic_core.ValidationError: ... spaces.boosted_trees.max_depth: ...
    """

    objective: Objective = "uar"
    evaluation: Literal["devel", "nested"] = "devel"
    folds: int = Field(default=5, ge=3, le=20)
    trials: int = Field(default=12, ge=1, le=10_000)
    seed: int = Field(default=0, ge=0, lt=2**31)
    jobs: int = Field(default=1, ge=1, le=64)
    pruning: bool = True
    feature_sets: tuple[str, ...] = ()
    families: tuple[Family, ...] = Field(default=FAMILIES, min_length=1)
    spaces: dict[Family, dict[str, Space]] = Field(default_factory=dict)

    @field_validator("feature_sets", "families")
    @classmethod
    def _different(cls, names: tuple[str, ...]) -> tuple[str, ...]:
        if len(set(names)) < len(names) or "" in names:
            raise ValueError("name each once")
        return names

    @field_validator("spaces")
    @classmethod
    def _allowed(cls, spaces: dict[Family, dict[str, Space]]) -> dict[Family, dict[str, Space]]:
        for family, space in spaces.items():
            _check(family, space)
        return spaces

    def space(self, family: Family) -> dict[str, Space]:
        """Return the values to try, by dotted name of a setting of ``training``.

        Args:
            family: A family of models.
        """
        if family in self.spaces:
            return self.spaces[family]
        given = default_space(family)
        return {name: Space.model_validate(values) for name, values in given.items()}


def _check(family: Family, space: Mapping[str, Space]) -> None:
    """Raise ValueError, which pydantic reports, unless the training allows all values."""
    fixed = family_settings(family)
    base = override(TrainingConfig(), fixed)
    for name, values in space.items():
        where = f"spaces.{family}.{name}"
        if name in fixed or name in ("kind", "seed"):
            raise ValueError(f"{where}: the setting cannot be tuned")
        try:
            for value in values.examples:
                override(base, {name: value})
            if values.step is not None and setting_type(name) is int and values.step % 1:
                raise ValueError(f"{where}: the setting is a whole number, so step must be, too")
        except ConfigError as error:
            raise ValueError(f"{where}: {error}") from error
