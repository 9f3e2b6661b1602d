"""``vocalbaby summarize``: figures of recordings, with intervals."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Final

import typer

from vocalbaby.exception import ConfigError, DataError

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
        str, typer.Option(help="What a row is about, separated by commas.")
    ] = "recording,child,hour,age",
    format_: Annotated[str, typer.Option("--format", "-f", help="csv or json.")] = "csv",
    output: Annotated[
        Path | None,
        typer.Option("--output", "-o", help="File.", show_default="standard output"),
    ] = None,
    html: Annotated[
        Path | None,
        typer.Option(help="Also write a page with drawings of the days.", show_default=False),
    ] = None,
    confusion: Annotated[
        str,
        typer.Option(
            help="Errors of the model that made the segments: a table as CSV or JSON, "
            "'default' for that of the built-in model, 'none', or 'auto' for the table of the "
            "built-in model where the segments name it."
        ),
    ] = "auto",
    method: Annotated[
        str, typer.Option(help="Correction of errors: matrix, or em by probabilities.")
    ] = "matrix",
    block: Annotated[
        float, typer.Option(min=1.0, help="Length of the bootstrap's blocks in minutes.")
    ] = 30.0,
    sampling: Annotated[
        bool,
        typer.Option(
            "--sampling/--no-sampling",
            help="Whether intervals are of the child's rates, or of what happened in the "
            "recordings.",
        ),
    ] = True,
    level: Annotated[float, typer.Option(help="Coverage of the intervals.")] = 0.95,
    draws: Annotated[int, typer.Option(min=100, help="Number of bootstrap draws.")] = 2000,
    seed: Annotated[
        int, typer.Option(min=0, help="Seed of the draws; the same seed gives the same intervals.")
    ] = 0,
    bout_gap: Annotated[
        float, typer.Option(min=0.0, help="Longest gap within a cry bout in seconds.")
    ] = 5.0,
    bout_min: Annotated[float, typer.Option(min=0.0, help="Shortest cry bout in seconds.")] = 5.0,
    project: Annotated[
        Path | None,
        typer.Option(
            help="ChildProject folder whose tables have clock times, durations and children.",
            show_default=False,
        ),
    ] = None,
    from_: Annotated[
        str,
        typer.Option("--from", help="Format of the inputs.", show_default="by suffix and content"),
    ] = "",
    recursive: Annotated[
        bool, typer.Option("--recursive", "-r", help="Include the files of subfolders.")
    ] = False,
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
        raise DataError("There are no annotations to summarise.", hint="Name other files.")
    timelines = with_project(found.timelines, project) if project else found.timelines
    table = _table(confusion, timelines)
    kinds = [name.strip() for name in by.split(",") if name.strip()]
    result = summary.summarize(timelines, by=kinds, confusion=table, config=config)
    text = summary.to_json(result) if format_ == "json" else summary.to_csv(result)
    if output is None:
        typer.echo(text, nl=False)
    else:
        output.write_text(text, encoding="utf-8")
    if html is not None:
        html.write_text(summary.to_html(result), encoding="utf-8")
    for warning in result.warnings:
        typer.echo(f"note: {warning}", err=True)
    _note_files("Passed over, since they are no annotations", found.passed_over)
    _note_files("Subfolders are not read without --recursive", found.subfolders)
    for name, message in found.failed:
        typer.echo(f"error: {_about(name, message)}", err=True)
    if found.failed:
        raise typer.Exit(5)


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
