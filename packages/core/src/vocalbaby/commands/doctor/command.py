"""The command ``vocalbaby doctor``."""

import os
import sys
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import Final

import typer
from typer.core import TyperGroup

from vocalbaby.commands.doctor.findings import Finding
from vocalbaby.utils.command_line import Json, answer
from vocalbaby.utils.command_line.option_file import OptionFile
from vocalbaby.utils.terminal import has_colours

__all__ = ["doctor"]

_COLOURS: Final = {"ok": "green", "missing": "blue", "warning": "yellow", "error": "red"}
Check = Callable[[], Iterator[Finding]]


def doctor(context: typer.Context, *, as_json: Json = False) -> None:
    """Check the installation, and say what is missing and how to get it.

    Reports versions, the kernel, codecs, extras, threads, the model in use, the option file,
    environment variables and temporary files, and labels a computed sound whose probabilities
    are known. What is missing is optional, and a warning concerns speed or a setting. Only an
    error means that something is broken: the exit code is then that of the error, such as 6
    for a damaged model.

    Examples:
        vocalbaby doctor

        vocalbaby doctor --json > report.json
    """
    findings = [finding for check in _checks(context) for finding in _run(check)]
    broken = [finding for finding in findings if finding.status == "error"]
    answer(
        {
            "status": "broken" if broken else "ok",
            "findings": [
                {"check": f.check, "status": f.status, "text": f.text, "hint": f.hint}
                | ({"exit_code": f.exit_code} if f.exit_code else {})
                for f in findings
            ],
            "details": _details(findings),
        }
    )
    if not as_json:
        for finding in findings:
            _print(finding)
        typer.echo("Something is broken." if broken else "VocalBaby works.")
    if broken:
        raise typer.Exit(min(finding.exit_code for finding in broken))


def _checks(context: typer.Context) -> Iterator[Check]:
    from vocalbaby.commands.doctor import installation, self_test, settings

    options = context.obj if isinstance(context.obj, OptionFile) else OptionFile()
    group = context.find_root().command
    yield installation.check_versions
    yield installation.check_kernel
    yield installation.check_codecs
    yield installation.check_extras
    yield installation.check_threads
    yield installation.check_disk
    yield partial(settings.check_option_file, options)
    if isinstance(group, TyperGroup):
        yield partial(settings.check_variables, group)
    yield partial(self_test.check_model, _model(options))
    yield self_test.check_self_test


def _model(options: OptionFile) -> Path | None:
    """Return the model that ``vocalbaby predict`` uses without options."""
    given = os.environ.get("VOCALBABY_PREDICT_MODEL")
    given = given or options.values.get("predict", {}).get("model")
    return Path(given) if given else None


def _run(check: Check) -> Iterator[Finding]:
    """Run a check; that it fails is what the command is for."""
    try:
        yield from check()
    except Exception as error:  # noqa: BLE001 - a broken library raises anything
        name = getattr(check, "func", check).__name__.removeprefix("check_")
        hint = "Install VocalBaby again, in an environment of its own."
        yield Finding(name, "error", f"{type(error).__name__}: {error}", hint, 1)


def _details(findings: list[Finding]) -> dict[str, object]:
    """Collect the values by check; those with several are lists."""
    found: dict[str, object] = {"extra": [], "variable": []}
    for finding in findings:
        several = found.get(finding.check)
        if isinstance(several, list):
            several += [finding.details] if finding.details else []
        elif finding.details:
            found[finding.check] = finding.details
    return found


def _print(finding: Finding) -> None:
    status = f"{finding.status:8}"
    if has_colours(sys.stdout):
        status = typer.style(status, fg=_COLOURS[finding.status])
    name = finding.check.replace("_", " ")
    typer.echo(f"{status} {name:15} {finding.text}", color=has_colours(sys.stdout))
    if finding.hint:
        typer.echo(f"{'':8} {'':15} {finding.hint}")
