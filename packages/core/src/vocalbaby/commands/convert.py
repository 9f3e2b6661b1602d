"""``vocalbaby convert``: annotations from one format to another."""

import re
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from vocalbaby.commands.completion import formats_read, formats_written
from vocalbaby.exception import ConfigError, DataError
from vocalbaby.utils.command_line import Json, answer
from vocalbaby.utils.wording import counted

if TYPE_CHECKING:
    from vocalbaby.entity.timeline import Timeline

    Timelines = tuple[Timeline, ...]

__all__ = ["convert"]


def convert(
    *,
    source: Annotated[
        Path,
        typer.Argument(
            metavar="IN", help="File of annotations that is converted.", show_default=False
        ),
    ],
    out: Annotated[
        str,
        typer.Argument(
            metavar="OUT",
            help="New file. A folder (one that exists, or a name that ends in /) gets one file for "
            "each recording, in the format of --to.",
            show_default=False,
        ),
    ],
    from_: Annotated[
        str,
        typer.Option(
            "--from",
            metavar="FORMAT",
            help="Format of IN.",
            show_default="by suffix and content",
            autocompletion=formats_read,
        ),
    ] = "",
    to: Annotated[
        str,
        typer.Option(
            "--to",
            metavar="FORMAT",
            help="Format of OUT.",
            show_default="by suffix",
            autocompletion=formats_written,
        ),
    ] = "",
    recording: Annotated[
        str,
        typer.Option(
            metavar="NAME",
            help="Convert only the recording of this name, if IN has several.",
            show_default="all of them",
        ),
    ] = "",
    overwrite: Annotated[
        bool, typer.Option("--overwrite", help="Replace files that exist.")
    ] = False,
    as_json: Json = False,
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

    target = Path(out)
    timelines = annotations.read(source, from_ or None)
    if recording:
        timelines = _only(timelines, recording)
    files = [(target, timelines)]
    if target.is_dir() or str(out).endswith(("/", "\\")):
        files = _one_for_each(timelines, target, to)
    if not overwrite and (there := [path for path, _ in files if path.exists()]):
        raise ConfigError(f"{there[0]} exists.", hint="Name another file, or add --overwrite.")
    if len(files) > 1 or files[0][0] != target:
        target.mkdir(parents=True, exist_ok=True)
    written: list[dict[str, object]] = []
    answer({"source": source, "files": written})
    for path, part in files:
        notes = annotations.write(part, path, to or None)
        for note in notes:
            typer.echo(f"note: {note.message}", err=True)
        segments = sum(len(timeline.segments) for timeline in part)
        names = [timeline.recording_id for timeline in part]
        written.append({"file": path, "recordings": names, "segments": segments, "notes": notes})
        if not as_json:
            typer.echo(f"{path}: {counted(segments, 'segment')} of {', '.join(names)}")


def _only(timelines: "Timelines", recording: str) -> "Timelines":
    found = tuple(timeline for timeline in timelines if timeline.recording_id == recording)
    if not found:
        names = ", ".join(timeline.recording_id for timeline in timelines)
        raise DataError(f"There is no recording {recording!r}.", hint=f"There are: {names[:500]}.")
    return found


def _one_for_each(timelines: "Timelines", folder: Path, to: str) -> "list[tuple[Path, Timelines]]":
    from vocalbaby.annotations.registry import named

    if not to:
        raise ConfigError(
            f"{folder} is a folder, which has no format.", hint="Name the format: --to eaf."
        )
    suffix = named(to).suffixes[0]
    # A recording may be named by its path, of which a file name cannot hold the separators.
    paths = {folder / (re.sub(r"[/\\\0]", "_", t.recording_id) + suffix): (t,) for t in timelines}
    if len(paths) < len(timelines):
        raise DataError(
            "Two recordings would be written to the same file.",
            hint="Convert them one by one, with --recording.",
        )
    return list(paths.items())
