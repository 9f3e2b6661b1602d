"""Settings files: YAML into typed models, with overrides from the environment.

The section ``training`` of a file (or the whole file ``training.yaml``) is overridden by
variables named ``VOCALBABY_TRAINING__<KEY>``; a further ``__`` steps into a nested key:
``VOCALBABY_TRAINING__MAX_DEPTH=4``, ``VOCALBABY_MODEL__CALIBRATION__FOLDS=3``. Values are
read as YAML, so numbers, booleans, ``null`` and ``[lists]`` work.
"""

import os
from collections.abc import Collection, Mapping
from pathlib import Path
from typing import Any, TypeVar

import yaml
from pydantic import BaseModel, ValidationError

from vocalbaby.exception import ConfigError

__all__ = ["load_config"]

Model = TypeVar("Model", bound=BaseModel)

_PREFIX = "VOCALBABY_"


def load_config(
    path: str | Path | None,
    model: type[Model],
    section: str | None = None,
    *,
    environ: Mapping[str, str] | None = None,
    options: Collection[str] = (),
) -> Model:
    """Read settings.

    Args:
        path: YAML file; None for the model's defaults and the environment alone, whose
            section must then be named.
        model: The settings' type; it should forbid extra keys.
        section: Top-level key that holds the settings; None for the whole file, whose
            section name in the environment is then the file's stem.
        environ: Environment; ``os.environ`` when None.
        options: Keys of the section that a command reads as its options from the same
            environment; they are not settings of the file.

    Raises:
        ConfigError: The file is missing or not YAML, the section is missing, a key is
            unknown, or a value has a wrong type or is out of range.
    """
    where = Path(f"the defaults of {section}" if path is None else path)
    values = {} if path is None else _read(where)
    if path is not None and section is not None:
        if section not in values:
            raise ConfigError(
                f"{where} has no section '{section}'.",
                hint=f"It has: {', '.join(map(str, values)) or 'nothing'}.",
            )
        values = _mapping(values[section], f"Section '{section}' of {where}")
    prefix = f"{_PREFIX}{(section or where.stem).upper()}__"
    for name, text in (os.environ if environ is None else environ).items():
        keys = name.removeprefix(prefix).lower().split("__")
        if name.startswith(prefix) and keys[0] not in options:
            _override(values, name, keys, text)
    try:
        return model.model_validate(values)
    except ValidationError as error:
        place = f"{where}, section '{section}'" if section else str(where)
        raise _refusal(error, place, model, prefix) from error


def _read(path: Path) -> dict[str, Any]:
    try:
        loaded = yaml.safe_load(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise ConfigError(
            f"Cannot read {path}: {error.strerror}.", hint="Name an existing settings file."
        ) from error
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        raise ConfigError(f"{path} is not YAML: {error}", hint="Mend the file.") from error
    return _mapping(loaded, str(path))


def _mapping(value: object, what: str) -> dict[str, Any]:
    if value is None:
        return {}
    if not isinstance(value, dict):
        raise ConfigError(f"{what} is not a mapping of keys to values.", hint="Write 'key: value'.")
    return dict(value)


def _override(values: dict[str, Any], name: str, keys: list[str], text: str) -> None:
    for key in keys[:-1]:
        values[key] = _mapping(values.get(key), f"What {name} steps into, '{key}',")
        values = values[key]
    try:
        values[keys[-1]] = yaml.safe_load(text)
    except yaml.YAMLError as error:
        raise ConfigError(f"{name} is not a YAML value: {text!r}.", hint="Quote it.") from error


def _refusal(
    error: ValidationError, where: str, model: type[BaseModel], prefix: str
) -> ConfigError:
    faults, allowed = [], ""
    for fault in error.errors(include_url=False):
        key = ".".join(map(str, fault["loc"]))
        if fault["type"] == "extra_forbidden":
            faults.append(f"unknown key '{key}'")
            allowed = f"Allowed keys: {', '.join(_siblings(model, fault['loc']))}."
        else:
            faults.append(f"'{key}': {fault['msg']} (found {fault['input']!r})")
    return ConfigError(
        f"{where} (or {prefix}… in the environment): {'; '.join(faults)}.",
        hint=allowed or "Correct the value.",
    )


def _siblings(model: type[BaseModel], location: tuple[int | str, ...]) -> list[str]:
    for step in location[:-1]:
        field = model.model_fields.get(str(step))
        nested = field.annotation if field is not None else None
        if not (isinstance(nested, type) and issubclass(nested, BaseModel)):
            break
        model = nested
    return list(model.model_fields)
