"""``vocalbaby convert``: annotations from one format to another."""

import re
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from vocalbaby.exception import ConfigError, DataError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from vocalbaby.annotations import Note
    from vocalbaby.entity.timeline import Timeline

__all__ = ["convert"]


def convert(
    *,
    source: Annotated[
        Path, typer.Argument(metavar="IN", help="File of annotations.", show_default=False)
    ],
    target: Annotated[
        Path,
        typer.Argument(
            metavar="OUT",
            help="New file, or with --to a folder for one file per recording.",
            show_default=False,
        ),
    ],
    from_: Annotated[
        str, typer.Option("--from", help="Format of IN.", show_default="by suffix and content")
    ] = "",
    to: Annotated[str, typer.Option("--to", help="Format of OUT.", show_default="by suffix")] = "",
    recording: Annotated[
        str,
        typer.Option(help="Convert only this recording of IN.", show_default="all of them"),
    ] = "",
    overwrite: Annotated[bool, typer.Option("--overwrite", help="Replace files.")] = False,
) -> None:
    """Convert annotations from one format to another.

    The formats are rttm, textgrid, textgrid_short, eaf, its (only read), childproject,
    audacity, csv and parquet. By default the suffix of a file decides, and for .csv, .txt
    and .xml its content. What OUT cannot hold is listed on standard error, with counts.
    Nothing is overwritten without --overwrite.

    Examples:
        vocalbaby convert day1.its day1.csv

        vocalbaby convert day1.eaf day1.csv --to childproject

        vocalbaby convert day1.rttm day1.TextGrid

        vocalbaby convert all.rttm tiers/ --to eaf

        vocalbaby convert all.rttm day1.txt --recording day1 --to audacity
    """
    from vocalbaby import annotations

    timelines = annotations.read(source, from_ or None)
    if recording:
        timelines = tuple(t for t in timelines if t.recording_id == recording) or _none(
            timelines, recording
        )
    files = list(_files(timelines, target, to, source))
    if not overwrite and (there := [path for path, _ in files if path.exists()]):
        raise ConfigError(f"{there[0]} exists.", hint="Name another file, or add --overwrite.")
    if target.is_dir() or len(files) > 1 or str(target).endswith("/"):
        target.mkdir(parents=True, exist_ok=True)
    for path, part in files:
        _report(path, annotations.write(part, path, to or None), part)


def _none(timelines: "tuple[Timeline, ...]", recording: str) -> "tuple[Timeline, ...]":
    names = ", ".join(timeline.recording_id for timeline in timelines)
    raise DataError(f"There is no recording {recording!r}.", hint=f"There are: {names[:500]}.")
