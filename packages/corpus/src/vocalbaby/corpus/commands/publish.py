"""``vocalbaby corpus publish``: a dataset as a set of annotations of a ChildProject folder."""

from pathlib import Path
from typing import Annotated

import typer

from vocalbaby.utils.command_line import Json, answer
from vocalbaby.utils.wording import counted, printable

__all__ = ["publish"]


def publish(
    *,
    dataset: Annotated[
        str,
        typer.Argument(
            metavar="DATASET",
            help="Folder or s3://bucket/prefix of the results.",
            show_default=False,
        ),
    ],
    project: Annotated[
        Path,
        typer.Argument(metavar="PROJECT", help="The ChildProject folder.", show_default=False),
    ],
    name: Annotated[
        str, typer.Option("--set", metavar="NAME", help="Name of the set of annotations.")
    ] = "vocalbaby",
    junk: Annotated[
        bool,
        typer.Option(
            "--include-junk/--no-junk", help="Write other sound too, with J as its vcm_type."
        ),
    ] = True,
    overwrite: Annotated[
        bool,
        typer.Option("--overwrite", help="Also replace files that were changed since."),
    ] = False,
    as_json: Json = False,
) -> None:
    """Write the segments of a dataset as a set of annotations of a ChildProject folder.

    The set has a raw and a converted file for each recording, metannots.yml, and a row for each
    recording in metadata/annotations.csv, as if ChildProject had imported it: its package reads,
    validates and evaluates it like any other set. Rows and files of other sets are not touched, and
    a set that this command did not make is refused. The command may be given again after each
    run; it writes only what has changed.

    Recordings that failed, and those that metadata/recordings.csv does not list, are left out.

    Examples:
        vocalbaby corpus publish dataset/ project/

        vocalbaby corpus publish dataset/ project/ --set vocalbaby/infant --no-junk
    """
    from vocalbaby.corpus.engine import publishing
    from vocalbaby.corpus.engine.dataset import Dataset
    from vocalbaby.entity.progress import for_task
    from vocalbaby.utils.progress_bars import progress_bars

    with progress_bars() as progress:
        found = publishing.publish(
            Dataset(dataset),
            project,
            name,
            junk=junk,
            overwrite=overwrite,
            progress=for_task(progress, "publish"),
        )
    for note in found.notes:
        typer.echo(printable(f"note: {note}"), err=True)
    for text, names in (
        ("failed and not in the set", found.failed),
        ("not listed in metadata/recordings.csv, and not in the set", found.not_listed),
    ):
        if names:
            what = f"{counted(len(names), 'recording')} {text}: {', '.join(names[:3])}"
            more = f" and {len(names) - 3} more" if len(names) > 3 else ""
            typer.echo(printable(f"note: {what}{more}"), err=True)
    answer(
        {
            "folder": found.folder,
            "recordings": found.recordings,
            "files_written": found.written,
            "files_removed": found.removed,
            "failed": found.failed,
            "not_listed": found.not_listed,
            "notes": found.notes,
        }
    )
    if not as_json:
        done = f"{counted(found.written, 'file')} written, {found.removed} removed"
        typer.echo(f"{counted(found.recordings, 'recording')} in {found.folder}: {done}")
