"""Settings of ``training`` by dotted name, such as ``mlp.hidden``."""

from collections.abc import Mapping
from typing import Any

from pydantic import BaseModel, ValidationError

from vocalbaby.components.boosting import TrainingConfig
from vocalbaby.exception import ConfigError

__all__ = ["override", "setting", "setting_type"]


def override(config: TrainingConfig, values: Mapping[str, object]) -> TrainingConfig:
    """Return a copy of settings in which some have other values.

    Args:
        config: Settings of the training.
        values: New values by dotted name.

    Raises:
        ConfigError: There is no setting of such a name, or a value is out of its bounds.

    Examples:
        >>> changed = override(TrainingConfig(), {"max_depth": 3, "mlp.hidden": 8})
        >>> changed.max_depth, changed.mlp.hidden
        (3, 8)
        >>> override(TrainingConfig(), {"max_depth": 99})
        Traceback (most recent call last):
        vocalbaby.exception.ConfigError: 'max_depth': Input should be less than or equal to 12 ...
    """
    dumped = config.model_dump()
    for name, value in values.items():
        setting_type(name)
        *sections, key = name.split(".")
        place = dumped
        for section in sections:
            place = place[section]
        place[key] = value
    try:
        return TrainingConfig.model_validate(dumped)
    except ValidationError as error:
        found = "; ".join(
            f"'{'.'.join(map(str, problem['loc']))}': {problem['msg']} (found {problem['input']!r})"
            if problem["loc"]
            else problem["msg"]
            for problem in error.errors(include_url=False)
        )
        raise ConfigError(f"{found}.", hint="Correct the value.") from error


def setting(config: TrainingConfig, name: str) -> object:
    """Return the value of a setting.

    Args:
        config: Settings of the training.
        name: Dotted name.

    Raises:
        ConfigError: There is no setting of this name.

    Examples:
        >>> setting(TrainingConfig(), "mlp.hidden")
        64
    """
    setting_type(name)
    value: object = config
    for step in name.split("."):
        value = getattr(value, step)
    return value


def setting_type(name: str) -> Any:  # noqa: ANN401 - an annotation may be anything
    """Return the annotation of a setting.

    Args:
        name: Dotted name.

    Raises:
        ConfigError: There is no setting of this name; the hint lists those that there are.

    Examples:
        >>> setting_type("max_depth")
        <class 'int'>
        >>> setting_type("depth")
        Traceback (most recent call last):
        vocalbaby.exception.ConfigError: The section training has no setting 'depth'. Settings: ...
    """
    model: Any = TrainingConfig
    for step in name.split("."):
        fields = model.model_fields if _is_model(model) else {}
        if step not in fields:
            raise ConfigError(
                f"The section training has no setting {name!r}.",
                hint=f"Settings: {', '.join(_names(TrainingConfig))}.",
            )
        model = fields[step].annotation
    return model


def _is_model(annotation: object) -> bool:
    return isinstance(annotation, type) and issubclass(annotation, BaseModel)


def _names(model: type[BaseModel], prefix: str = "") -> list[str]:
    names: list[str] = []
    for key, field in model.model_fields.items():
        annotation = field.annotation
        if isinstance(annotation, type) and issubclass(annotation, BaseModel):
            names += _names(annotation, f"{prefix}{key}.")
        else:
            names.append(prefix + key)
    return names
