"""Checks of the settings: the option file, and environment variables."""

import os
from collections.abc import Iterator, Mapping
from difflib import get_close_matches
from pathlib import Path
from typing import Final

from typer.core import TyperGroup

from vocalbaby.commands.doctor.findings import Finding
from vocalbaby.exception.table import outcome
from vocalbaby.utils.command_line.option_file import FILE_NAME, OptionFile, user_folder
from vocalbaby.utils.command_line.variables import options_by_name, variable

__all__ = ["check_option_file", "check_variables", "known_variables"]

#: Sections of settings files, whose keys are also variables, and what reads and checks them.
_SECTIONS: Final = {
    **dict.fromkeys(("INGESTION", "VALIDATION", "FEATURES"), "the training pipeline"),
    **dict.fromkeys(("MODEL", "TRAINING", "CALIBRATION", "EVALUATION"), "the training pipeline"),
    "SEGMENTATION": "vocalbaby segment",
    "EMBEDDING": "models with embeddings",
    "EGEMAPS": "models with eGeMAPS",
    "SSL": "models with speech models",
    **dict.fromkeys(("COMPARISON", "TUNING"), "the training pipeline"),
    "API": "vocalbaby-serve",
    "DRIFT": "vocalbaby-drift",
    "MONITORING": "the dashboards",
}
_PREFIX: Final = "VOCALBABY_"


def check_option_file(found: OptionFile) -> Iterator[Finding]:
    """Report which option file is used."""
    details: dict[str, object] = {"file": found.path, "sections": list(found.values)}
    if found.error is not None:
        code = outcome(found.error).exit_code
        yield Finding("option_file", "error", found.error.message, found.error.hint, code, details)
    elif found.path is not None:
        yield Finding("option_file", "ok", str(found.path), details=details)
    else:
        text = f"none; {FILE_NAME} is looked for in {Path.cwd()}, above it, and in {user_folder()}"
        yield Finding("option_file", "ok", text, details=details)


def known_variables(group: TyperGroup, path: str = "vocalbaby") -> set[str]:
    """Return the environment variables of the options of a group and its commands."""
    known: set[str] = set()
    for name, command in group.commands.items():
        if isinstance(command, TyperGroup):
            known |= known_variables(command, f"{path} {name}")
        else:
            known |= {variable(f"{path} {name}", option) for option in options_by_name(command)}
    return known | {variable(path, option) for option in options_by_name(group)}


def check_variables(
    group: TyperGroup, environ: Mapping[str, str] = os.environ
) -> Iterator[Finding]:
    """Report the variables of VocalBaby that are set; one that is misspelt is a warning."""
    known = known_variables(group) | {"VOCALBABY_KERNEL"}
    names = sorted(name for name in environ if name.upper().startswith(_PREFIX))
    if not names:
        yield Finding("variable", "ok", f"no variable {_PREFIX}... is set")
    for name in names:
        reader = _reader(name, known)
        details: dict[str, object] = {"variable": name, "is_known": reader is not None}
        if reader is not None:
            yield Finding("variable", "ok", f"{name}, read by {reader}", details=details)
            continue
        near = _nearest(name, known)
        text = f"{name} is read by no command."
        if near:
            hint = f"Did you mean {near}?"
            yield Finding("variable", "warning", text, hint, details=details | {"suggestion": near})
        else:
            yield Finding("variable", "ok", text, details=details)


def _reader(name: str, known: set[str]) -> str | None:
    if name in known:
        return "vocalbaby"
    section, separator, key = name.removeprefix(_PREFIX).partition("__")
    return _SECTIONS.get(section) if separator and key else None


def _nearest(name: str, known: set[str]) -> str | None:
    section, separator, key = name.removeprefix(_PREFIX).partition("__")
    if separator:
        near = get_close_matches(section.upper(), _SECTIONS, 1, 0.75)
        return f"{_PREFIX}{near[0]}__{key}" if near else None
    near = get_close_matches(name.upper(), known, 1, 0.85)
    return near[0] if near else None
