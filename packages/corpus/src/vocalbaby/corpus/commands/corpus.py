"""``vocalbaby corpus``: archives of recordings, and their datasets."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from vocalbaby.corpus.commands.corpus_run import run
from vocalbaby.corpus.commands.estimate import estimate
from vocalbaby.corpus.commands.gain import gain
from vocalbaby.corpus.commands.publish import publish
from vocalbaby.exception import DataError, DataNotFoundError
from vocalbaby.utils.command_line import (
    Command,
    CommandGroup,
    Json,
    answer,
    describe_exit_codes,
)
from vocalbaby.utils.wording import counted, printable

if TYPE_CHECKING:
    from vocalbaby.corpus.engine.dataset import Dataset
    from vocalbaby.corpus.engine.status import RecordingCounts, Status

__all__ = ["corpus"]

corpus = typer.Typer(
    cls=CommandGroup,
    help="Archives of recordings: segment every recording, and see to the results.",
    no_args_is_help=True,
    rich_markup_mode="rich",
)
corpus.command(cls=Command, epilog=describe_exit_codes(4, 5, 6, 7))(run)
corpus.command(cls=Command, epilog=describe_exit_codes(5, 7))(estimate)
corpus.command(cls=Command, epilog=describe_exit_codes(4, 5, 6, 7))(gain)
corpus.command(cls=Command, epilog=describe_exit_codes(5, 7))(publish)

DatasetArgument = Annotated[
    str,
    typer.Argument(
        metavar="DATASET", help="Folder or s3://bucket/prefix of the results.", show_default=False
    ),
]


@corpus.command(cls=Command, epilog=describe_exit_codes(5, 7))
def status(
    *,
    dataset: DatasetArgument,
    by: Annotated[
        Literal["all", "child"], typer.Option(metavar="KIND", help="all, or a row for each child.")
    ] = "all",
    failed: Annotated[
        bool, typer.Option("--failed", help="List the recordings that failed, with reasons.")
    ] = False,
    as_json: Json = False,
) -> None:
    """Report how many recordings have results, how much sound that is, and what failed.

    Examples:
        vocalbaby corpus status dataset/

        vocalbaby corpus status dataset/ --by child

        vocalbaby corpus status s3://bucket/dataset --failed --json
    """
    from vocalbaby.corpus.engine.status import status_of

    found = status_of(_open(dataset).records())
    answer(_status_values(found))
    if as_json:
        return
    rows = {"all": found.total} if by == "all" else {**found.by_child, "all": found.total}
    _print_counts(rows)
    for code, number in found.failures.items():
        typer.echo(f"failed with {code}: {counted(number, 'recording')}")
    if len(found.made_from) > 1:
        typer.echo(f"note: the results are of {len(found.made_from)} models or settings", err=True)
    for record in found.failed if failed else ():
        typer.echo(printable(f"{record.recording_id}: {record.error['message']}"))


@corpus.command(cls=Command, epilog=describe_exit_codes(5, 7))
def verify(
    *,
    dataset: DatasetArgument,
    repair: Annotated[
        bool,
        typer.Option("--repair", help="Remove what is wrong, so that the next run makes it again."),
    ] = False,
    as_json: Json = False,
) -> None:
    """Compare every file of a dataset with the checksum in its record.

    Exits with code 5 if a file is missing, damaged, or unknown to every record.

    Examples:
        vocalbaby corpus verify dataset/

        vocalbaby corpus verify dataset/ --repair
    """
    from vocalbaby.corpus.engine import verifying
    from vocalbaby.entity.progress import for_task
    from vocalbaby.utils.progress_bars import progress_bars

    opened = _open(dataset)
    with progress_bars() as progress:
        problems = verifying.verify(opened, for_task(progress, "verify"))
    answer(
        {
            "problems": [
                {"kind": each.kind, "file": each.name, "recording_id": each.recording_id}
                for each in problems
            ],
            "repaired": repair and bool(problems),
        }
    )
    if not as_json:
        for each in problems:
            typer.echo(printable(f"{each.name}: {verifying.KINDS[each.kind]}"))
    if problems and not repair:
        raise DataError(
            f"{dataset} has {counted(len(problems), 'problem')}.",
            hint="Add --repair to remove them, and run the archive again.",
        )
    if problems:
        verifying.repair(opened, problems)
    if not as_json:
        done = f"{counted(len(problems), 'problem')} removed" if problems else "Nothing is wrong"
        typer.echo(f"{done}: {dataset}")


@corpus.command(cls=Command, epilog=describe_exit_codes(5, 7))
def merge(
    *,
    dataset: DatasetArgument,
    out: Annotated[
        Path,
        typer.Option(
            "--out", "-o", metavar="FOLDER", help="Folder of the files.", show_default=False
        ),
    ],
    as_json: Json = False,
) -> None:
    """Write one file of all segments, one of all figures, and one of all recordings.

    The folder gets segments.parquet, figures.parquet and recordings.parquet; the last lists failed
    recordings, too.

    Examples:
        vocalbaby corpus merge dataset/ --out tables/
    """
    from vocalbaby.corpus.engine.merging import merge as merge_files
    from vocalbaby.entity.progress import for_task
    from vocalbaby.utils.progress_bars import progress_bars

    with progress_bars() as progress:
        rows = merge_files(_open(dataset), out, for_task(progress, "merge"))
    answer({"folder": out, "rows": rows})
    if not as_json:
        for name, number in rows.items():
            typer.echo(f"{out / name}.parquet: {counted(number, 'row')}")


def _open(url: str) -> "Dataset":
    """Open a dataset that exists.

    Raises:
        DataNotFoundError: It has no record.
    """
    from vocalbaby.corpus.engine.dataset import Dataset

    dataset = Dataset(url)
    if not dataset.storage.list("records/"):
        raise DataNotFoundError(
            f"{url} has no records of recordings.", hint="Run `vocalbaby corpus run` first."
        )
    return dataset


def _status_values(found: "Status") -> dict[str, object]:
    return {
        "total": _values(found.total),
        "children": {name: _values(counts) for name, counts in found.by_child.items()},
        "failures": found.failures,
        "failed_recordings": [
            {"recording_id": each.recording_id, "url": each.url, **each.error}
            for each in found.failed
        ],
        "made_from": [{**dict(key), "recordings": n} for key, n in found.made_from.items()],
    }


def _values(counts: "RecordingCounts") -> dict[str, object]:
    return {
        "done": counts.done,
        "failed": counts.failed,
        "hours": round(counts.hours, 4),
        "segments": dict(counts.segments),
    }


def _print_counts(rows: "dict[str, RecordingCounts]") -> None:
    from rich.table import Table

    from vocalbaby.entity.labels import CLASSES
    from vocalbaby.utils.terminal import console

    table = Table(box=None, pad_edge=False)
    table.add_column("")
    for name in ("done", "failed", "hours", *CLASSES):
        table.add_column(name, justify="right")
    for name, row in rows.items():
        segments = [str(row.segments.get(label, 0)) for label in CLASSES]
        table.add_row(name, str(row.done), str(row.failed), f"{row.hours:.1f}", *segments)
    console().print(table)
