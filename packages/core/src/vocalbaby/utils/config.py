"""Settings: YAML files and environment variables, checked by typed models.

A variable ``VOCALBABY_<SECTION>__<KEY>`` overrides a key, and each further ``__`` steps
into a nested one: ``VOCALBABY_TRAINING__MAX_DEPTH=4``,
``VOCALBABY_FEATURES__AUGMENTATION__COPIES=2``. The section is the one that holds the
settings in the file, or the file's stem if they fill the whole file. Values are parsed as
YAML, so numbers, booleans, ``null`` and ``[lists]`` work.
"""

import os
from collections.abc import Collection, Mapping
from pathlib import Path
from typing import Any, TypeVar

import yaml
from pydantic import BaseModel, ValidationError

from vocalbaby.exception import ConfigError

__all__ = ["load_config", "read_yaml"]

Model = TypeVar("Model", bound=BaseModel)


def load_config(
    path: str | Path | None,
    model: type[Model],
    section: str | None = None,
    *,
    environ: Mapping[str, str] | None = None,
    ignore: Collection[str] = (),
    optional: bool = False,
    optional_file: bool = False,
) -> Model:
    """Read settings from a file, override them from the environment, and validate them.

    Args:
        path: YAML file. None reads the model's defaults and the environment only;
            ``section`` must then be given.
        model: Type of the settings. It should forbid extra keys.
        section: Top-level key of the file that holds the settings; None if they fill
            the whole file.
        environ: Environment variables; ``os.environ`` if None.
        ignore: Names of variables with the section's prefix that are not settings, such
            as those that set command-line options.
        optional: Whether a file without the section means the defaults.
        optional_file: Whether a folder without the file means the defaults. A folder that does
            not exist is an error.

    Returns:
        The validated settings.

    Raises:
        ConfigError: The file is missing or not YAML, the section is missing, a key is
            unknown, or a value has a wrong type or is out of range. The message names
            the key, and the hint the keys that are allowed.
    """
    if path is None:
        source, values = f"The defaults of '{section}'", {}
    else:
        source, path = str(path), Path(path)
        missing = optional_file and path.parent.is_dir() and not path.exists()
        values = {} if missing else read_yaml(path)
        optional = optional or missing
    prefix = f"VOCALBABY_{(section or Path(source).stem).upper()}__"
    if path is not None and section is not None:
        if section not in values and not optional:
            raise ConfigError(
                f"{source} has no section '{section}'.",
                hint=f"Its sections are: {', '.join(map(str, values)) or 'none'}.",
            )
        values = _mapping(values.get(section), f"Section '{section}' of {source}")
        source = f"{source}, section '{section}'"
    for name, text in (os.environ if environ is None else environ).items():
        if name.startswith(prefix) and name not in ignore:
            _override(values, name, name.removeprefix(prefix).lower().split("__"), text)
    try:
        return model.model_validate(values)
    except ValidationError as error:
        raise _config_error(error, f"{source} (or {prefix}…)", model) from error


def read_yaml(path: Path) -> dict[str, Any]:
    """Read a YAML file whose content is a mapping.

    Args:
        path: The file.

    Raises:
        ConfigError: It cannot be read, or is not YAML or no mapping.

    Examples:
        >>> _ = Path("slurm.yaml").write_text("queue: long")
        >>> read_yaml(Path("slurm.yaml"))
        {'queue': 'long'}
    """
    try:
        loaded = yaml.safe_load(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise ConfigError(
            f"Cannot read {path}: {error.strerror}.", hint="Name an existing settings file."
        ) from error
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        raise ConfigError(f"{path} is not YAML: {error}", hint="Correct the file.") from error
    return _mapping(loaded, str(path))


def _mapping(value: object, description: str) -> dict[str, Any]:
    if value is None:
        return {}
    if not isinstance(value, dict):
        raise ConfigError(
            f"{description} is not a mapping of keys to values.", hint="Write 'key: value'."
        )
    return dict(value)


def _override(values: dict[str, Any], variable: str, keys: list[str], text: str) -> None:
    for key in keys[:-1]:
        values[key] = _mapping(values.get(key), f"The setting '{key}', which {variable} overrides,")
        values = values[key]
    try:
        values[keys[-1]] = yaml.safe_load(text)
    except yaml.YAMLError as error:
        raise ConfigError(
            f"The value of {variable} is not YAML: {text!r}.", hint="Quote it."
        ) from error


def _config_error(error: ValidationError, source: str, model: type[BaseModel]) -> ConfigError:
    problems, hint = [], "Correct the value."
    for problem in error.errors(include_url=False):
        key = ".".join(map(str, problem["loc"]))
        if problem["type"] == "extra_forbidden":
            problems.append(f"unknown key '{key}'")
            hint = f"Allowed keys: {', '.join(_allowed_keys(model, problem['loc']))}."
        else:
            problems.append(f"'{key}': {problem['msg']} (found {problem['input']!r})")
    return ConfigError(f"{source}: {'; '.join(problems)}.", hint=hint)


def _allowed_keys(model: type[BaseModel], location: tuple[int | str, ...]) -> list[str]:
    """Keys of the (nested) model that an unknown key was found in."""
    for step in location[:-1]:
        field = model.model_fields.get(str(step))
        nested = field.annotation if field is not None else None
        if not (isinstance(nested, type) and issubclass(nested, BaseModel)):
            break
        model = nested
    return list(model.model_fields)
