"""``vocalbaby summarize``: figures of recordings, with intervals."""

import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Final

import typer

from vocalbaby.commands.completion import (
    age_kinds,
    confusion_tables,
    formats_read,
    methods,
    summary_formats,
)
from vocalbaby.exception import ConfigError, DataError
from vocalbaby.utils.command_line import Json, answer
from vocalbaby.utils.extras import require_extra

if TYPE_CHECKING:
    from collections.abc import Sequence

    from vocalbaby.entity.timeline import Timeline
    from vocalbaby.summary import ConfusionTable, SummaryConfig

__all__ = ["summarize"]

_NAMES: Final = 3


def summarize(  # noqa: PLR0913 - options of a command
    *,
    inputs: Annotated[
        list[str],
        typer.Argument(
            metavar="INPUT",
            help="Files of annotations, folders, or patterns in quotes.",
            show_default=False,
        ),
    ],
    by: Annotated[
        str,
        typer.Option(
            metavar="KINDS",
            help="What a row is about: recording, child, hour and age, separated by commas.",
            autocompletion=age_kinds,
        ),
    ] = "recording,child,hour,age",
    format_: Annotated[
        str,
        typer.Option(
            "--format",
            "-f",
            metavar="FORMAT",
            help="Format of the figures: csv, or json with units and settings.",
            autocompletion=summary_formats,
        ),
    ] = "csv",
    output: Annotated[
        Path | None,
        typer.Option(
            "--output",
            "-o",
            metavar="FILE",
            help="Write the figures to this file.",
            show_default="standard output",
        ),
    ] = None,
    html: Annotated[
        Path | None,
        typer.Option(
            metavar="FILE", help="Also write a page with drawings of the days.", show_default=False
        ),
    ] = None,
    confusion: Annotated[
        str,
        typer.Option(
            metavar="auto|default|none|FILE",
            help="Errors of the model that made the segments, for which figures are corrected: a "
            "table as CSV or JSON, 'default' for that of the built-in model, 'none', or 'auto' for "
            "the table of the built-in model where the segments name it.",
            autocompletion=confusion_tables,
        ),
    ] = "auto",
    method: Annotated[
        str,
        typer.Option(
            metavar="matrix|em",
            help="How figures are corrected: by the matrix of errors, or by probabilities with the "
            "EM algorithm.",
            autocompletion=methods,
        ),
    ] = "matrix",
    block: Annotated[
        float,
        typer.Option(
            metavar="MINUTES", min=1.0, help="Length of the bootstrap's blocks of the day."
        ),
    ] = 30.0,
    sampling: Annotated[
        bool,
        typer.Option(
            "--sampling/--no-sampling",
            help="Give intervals of the child's rates. Without sampling, they are of what happened "
            "in the recordings.",
        ),
    ] = True,
    level: Annotated[
        float, typer.Option(metavar="SHARE", help="Coverage of the intervals.")
    ] = 0.95,
    draws: Annotated[
        int, typer.Option(metavar="N", min=100, help="Number of bootstrap draws.")
    ] = 2000,
    seed: Annotated[
        int,
        typer.Option(
            metavar="N", min=0, help="Seed of the draws. The same seed gives the same intervals."
        ),
    ] = 0,
    bout_gap: Annotated[
        float,
        typer.Option(metavar="SECONDS", min=0.0, help="Longest gap within a cry bout."),
    ] = 5.0,
    bout_min: Annotated[
        float, typer.Option(metavar="SECONDS", min=0.0, help="Shortest cry bout.")
    ] = 5.0,
    project: Annotated[
        Path | None,
        typer.Option(
            metavar="FOLDER",
            help="ChildProject folder whose tables have clock times, durations and children.",
            show_default=False,
        ),
    ] = None,
    from_: Annotated[
        str,
        typer.Option(
            "--from",
            metavar="FORMAT",
            help="Format of the inputs.",
            show_default="by suffix and content",
            autocompletion=formats_read,
        ),
    ] = "",
    recursive: Annotated[
        bool,
        typer.Option("--recursive", "-r", help="Also read the annotations in subfolders."),
    ] = False,
    as_json: Json = False,
) -> None:
    """Compute figures of recordings, children, hours and ages, with intervals.

    Figures are counts and minutes of each class, rates per hour, the canonical
    proportion, cry bouts and shares of time, under the names of ChildProject's
    metrics. Intervals contain sampling, by a bootstrap over blocks of the day.
    Where the errors of the model are known, figures that are corrected for them
    stand beside, with intervals that contain the errors too. Remarks are on
    standard error. Exits with code 5 if an input cannot be read; the figures of
    the others are still written.

    Examples:
        vocalbaby summarize day1.parquet --html day1.html

        vocalbaby summarize annotations/ --by child,age -o figures.csv

        vocalbaby summarize "days/*.rttm" --confusion default --format json

        vocalbaby summarize vtc.csv --project corpus/ --by recording
    """
    require_extra("summary")
    from vocalbaby import summary
    from vocalbaby.commands.annotation_files import read_all, with_project

    if format_ not in {"csv", "json"}:
        raise ConfigError(f"There is no format {format_!r}.", hint="Use csv or json.")
    config = _config(
        level=level,
        draws=draws,
        block_s=60 * block,
        sampling=sampling,
        method=method,
        assume_model=confusion != "auto",
        bout_gap_s=bout_gap,
        bout_min_s=bout_min,
        seed=seed,
    )
    found = read_all(inputs, from_ or None, recursive=recursive)
    if not found.timelines:
        for name, message in found.failed:
            typer.echo(f"error: {_about(name, message)}", err=True)
        raise DataError("There are no annotations to summarize.", hint="Name other files.")
    timelines = with_project(found.timelines, project) if project else found.timelines
    table = _table(confusion, timelines)
    kinds = [name.strip() for name in by.split(",") if name.strip()]
    result = summary.summarize(timelines, by=kinds, confusion=table, config=config)
    answer(json.loads(summary.to_json(result)) if as_json else {})
    if output is not None or not as_json:
        _write(summary.to_json(result) if format_ == "json" else summary.to_csv(result), output)
    if html is not None:
        html.write_text(summary.to_html(result), encoding="utf-8")
    for warning in result.warnings:
        typer.echo(f"note: {warning}", err=True)
    _note_files("Passed over, since they are no annotations", found.passed_over)
    _note_files("Subfolders are not read without --recursive", found.subfolders)
    for name, message in found.failed:
        typer.echo(f"error: {_about(name, message)}", err=True)
    answer(
        {
            "failed_files": [{"file": name, "message": text} for name, text in found.failed],
            "passed_over_files": found.passed_over,
        }
    )
    if found.failed:
        raise typer.Exit(5)


def _write(text: str, output: Path | None) -> None:
    if output is None:
        typer.echo(text, nl=False)
    else:
        output.write_text(text, encoding="utf-8")


def _note_files(what: str, names: "Sequence[str]") -> None:
    if names:
        more = f" and {len(names) - _NAMES} more" if len(names) > _NAMES else ""
        typer.echo(f"note: {what}: {', '.join(names[:_NAMES])}{more}.", err=True)


def _about(name: str, message: str) -> str:
    return message if name in message else f"{name}: {message}"


def _config(**values: object) -> "SummaryConfig":
    from pydantic import ValidationError

    from vocalbaby.summary import SummaryConfig

    try:
        return SummaryConfig.model_validate(values)
    except ValidationError as error:
        first = error.errors()[0]
        raise ConfigError(f"{first['loc'][0]}: {first['msg']}.") from None


def _table(name: str, timelines: "Sequence[Timeline]") -> "ConfusionTable | None":
    from vocalbaby.summary import ConfusionTable, default_confusion

    if name == "none":
        return None
    if name not in {"auto", "default"}:
        return ConfusionTable.read(name)
    table = default_confusion()
    if name == "default":
        if table is None:
            raise ConfigError(
                "This version has no confusion table of the built-in model.",
                hint="Name a table of your own: --confusion FILE.",
            )
        return table
    named = any(timeline.attributes.get("model_version") for timeline in timelines)
    return table if named else None
