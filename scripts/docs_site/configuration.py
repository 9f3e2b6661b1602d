"""The page of the configuration files, from the typed models that read them.

The models are read as text, because importing some of them would need the training libraries.
"""

import ast
from collections.abc import Iterator
from pathlib import Path
from typing import Final, NamedTuple

import griffe

from scripts.docs_site.tables import cell, code, table

__all__ = ["pages"]

_HEAD: Final = """\
# Configuration files

The files are YAML. An unknown key, a wrong type and a value out of range are errors. An
environment variable `VOCALBABY_<SECTION>__<KEY>` overrides a key, and each further `__` steps
into a nested one, for example `VOCALBABY_TRAINING__MAX_DEPTH=4` or
`VOCALBABY_FEATURES__AUGMENTATION__COPIES=2`. Its value is parsed as YAML.

"""


class _Settings(NamedTuple):
    """Settings that fill a file, a section of it, or a key of them.

    Attributes:
        title: What holds them, in Markdown.
        prefix: Prefix of the environment variables; empty for the elements of a list.
        model: Class that describes them, within `vocalbaby`.
        reader: The command that reads them.
    """

    title: str
    prefix: str
    model: str
    reader: str = ""


_SECTIONS: Final = tuple(
    _Settings(title, f"VOCALBABY_{prefix}__", model, f"`{reader}`")
    for title, prefix, model, reader in (
        (
            "`data.yaml`, section `ingestion`",
            "INGESTION",
            "components.manifest_building.IngestionConfig",
            "vocalbaby ingest",
        ),
        (
            "`data.yaml`, section `validation`",
            "VALIDATION",
            "components.findings.ValidationConfig",
            "vocalbaby validate",
        ),
        (
            "`features.yaml`",
            "FEATURES",
            "components.feature_extraction.FeaturesConfig",
            "vocalbaby features",
        ),
        (
            "`training.yaml`, section `model`",
            "MODEL",
            "components.packaging.ModelConfig",
            "vocalbaby train",
        ),
        (
            "`training.yaml`, section `training`",
            "TRAINING",
            "components.training_config.TrainingConfig",
            "vocalbaby train",
        ),
        (
            "`training.yaml`, section `calibration`",
            "CALIBRATION",
            "components.calibration_fitting.CalibrationConfig",
            "vocalbaby train",
        ),
        (
            "`training.yaml`, section `classification`",
            "CLASSIFICATION",
            "components.classification.ClassificationConfig",
            "vocalbaby train",
        ),
        (
            "`evaluation.yaml`",
            "EVALUATION",
            "components.metrics.EvaluationConfig",
            "vocalbaby evaluate",
        ),
        (
            "Section `segmentation`",
            "SEGMENTATION",
            "segmentation.config.SegmentationConfig",
            "vocalbaby segment --config",
        ),
        (
            "`drift.yaml`",
            "DRIFT",
            "monitoring.drift.config.DriftConfig",
            "vocalbaby-drift run --config",
        ),
    )
)
_SIGNS: Final = {"ge": "≥", "gt": ">", "le": "≤", "lt": "<"}


def pages() -> dict[str, str]:
    """Path -> text of the page."""
    sources = sorted(Path("packages").glob("*/src"))
    loader = griffe.GriffeLoader(search_paths=sources, allow_inspection=False)
    loader.load("vocalbaby")
    parts = [_HEAD]
    for section in _SECTIONS:
        parts.append(f"## {section.title}\n\nRead by {section.reader}. ")
        parts += _tables(loader, section)
    return {"reference/configuration.md": "".join(parts)}


def _tables(loader: griffe.GriffeLoader, settings: _Settings) -> Iterator[str]:
    """The table of a model, and those of the models of its keys."""
    path = f"vocalbaby.{settings.model}"
    model = _class(loader, path)
    if settings.prefix:
        yield f"Variables: `{settings.prefix}<KEY>`.\n\n"
    meanings = _meanings(loader, model)
    below: list[_Settings] = []
    rows = []
    for name, field in _fields(loader, model).items():
        for nested in _models(loader, field):
            one = not str(field.annotation).startswith(("tuple", "list"))
            prefix = f"{settings.prefix}{name.upper()}__" if one and settings.prefix else ""
            title = f"{settings.title}: `{name}`" + ("" if one else f", `{nested.name}`")
            below.append(_Settings(title, prefix, nested.path.removeprefix("vocalbaby.")))
        default, bounds = _default(field)
        kind = ", ".join([code(field.annotation), *bounds])
        rows.append((code(name), kind, default, cell(meanings.get(name, ""))))
    yield table(("key", "type", "default", "meaning"), rows) + "\n"
    for part in below:
        yield f"### {part.title}\n\n"
        yield from _tables(loader, part)


def _fields(loader: griffe.GriffeLoader, model: griffe.Class) -> dict[str, griffe.Attribute]:
    """The keys of a model, those of its bases first."""
    made: dict[str, griffe.Attribute] = {}
    for base in model.bases:
        path = getattr(base, "canonical_path", "")
        if path.startswith("vocalbaby."):
            made |= _fields(loader, _class(loader, path))
    made |= model.attributes
    return {
        name: field
        for name, field in made.items()
        if field.annotation is not None and "property" not in field.labels
    }


def _models(loader: griffe.GriffeLoader, field: griffe.Attribute) -> Iterator[griffe.Class]:
    """The typed models that a key holds, or may hold."""
    names = [node for node in _nodes(field.annotation) if isinstance(node, griffe.ExprName)]
    for name in names:
        path = name.canonical_path
        if not path.startswith("vocalbaby."):
            continue
        target = _object(loader, path)
        if isinstance(target, griffe.Class) and target.bases:
            yield target
        elif isinstance(target, griffe.Attribute) and target.value is not None:
            # a type with a name, such as the union of the adapters
            yield from _models(loader, _Typed(target.value))  # type: ignore[arg-type] # its annotation is all that is read


class _Typed(NamedTuple):
    annotation: object


def _nodes(expression: object) -> Iterator[object]:
    if isinstance(expression, griffe.Expr):
        yield from expression.iterate(flat=True)


def _object(loader: griffe.GriffeLoader, path: str) -> object:
    target = loader.modules_collection[path]
    return _object(loader, target.target_path) if isinstance(target, griffe.Alias) else target


def _class(loader: griffe.GriffeLoader, path: str) -> griffe.Class:
    target = _object(loader, path)
    if not isinstance(target, griffe.Class):
        raise TypeError(f"{path} is not a class")
    return target


def _meanings(loader: griffe.GriffeLoader, model: griffe.Class) -> dict[str, str]:
    """Key -> description, as the docstrings of a model and of its bases have them."""
    made: dict[str, str] = {}
    for base in model.bases:
        path = getattr(base, "canonical_path", "")
        if path.startswith("vocalbaby."):
            made |= _meanings(loader, _class(loader, path))
    for section in model.docstring.parse("google") if model.docstring else ():
        if isinstance(section, griffe.DocstringSectionAttributes):
            made |= {item.name: item.description for item in section.value}
    return made


def _default(field: griffe.Attribute) -> tuple[str, list[str]]:
    """Default of a key, and the bounds of its values."""
    if field.value is None:
        return "required", []
    call = ast.parse(str(field.value), mode="eval").body
    if not isinstance(call, ast.Call):
        return code(ast.unparse(call)), []
    arguments = {item.arg: ast.unparse(item.value) for item in call.keywords}
    if ast.unparse(call.func) != "Field":  # the settings of a nested model
        return "", []
    bounds = [f"{sign} {arguments[key]}" for key, sign in _SIGNS.items() if key in arguments]
    if "pattern" in arguments:
        bounds.append(f"pattern {code(ast.literal_eval(arguments['pattern']))}")
    if "default" in arguments:
        return code(arguments["default"]), bounds
    return ("" if "default_factory" in arguments else "required"), bounds
