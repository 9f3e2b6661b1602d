"""``vocalbaby import``: what annotators changed, as labelled clips."""

import csv
from collections import Counter
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from vocalbaby.exception import ConfigError, DataError
from vocalbaby.utils.command_line import Json, answer
from vocalbaby.utils.wording import counted

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from vocalbaby.corpus.corrections.importing import CorrectedFile

__all__ = ["import_"]


def import_(  # noqa: PLR0913 - options of a command
    *,
    corrected: Annotated[
        list[str],
        typer.Argument(
            metavar="FILE|FOLDER",
            help="Corrected files of ELAN, Praat or CSV, or their folder.",
            show_default=False,
        ),
    ],
    out: Annotated[
        Path,
        typer.Option(
            "--out",
            "-o",
            metavar="FOLDER",
            help="Folder of the table and the clips, which is new or empty.",
            show_default=False,
        ),
    ],
    given: Annotated[
        Path | None,
        typer.Option(
            "--export",
            metavar="FOLDER",
            help="Folder of `vocalbaby export`, with the folder `given`.",
            show_default="the folder of the corrected files",
        ),
    ] = None,
    recordings: Annotated[
        str,
        typer.Option(
            metavar="FOLDER",
            help="Folder of the recordings: write a clip of each corrected segment.",
            show_default=False,
        ),
    ] = "",
    pseudonyms: Annotated[
        Path | None,
        typer.Option(
            metavar="KEYFILE",
            help="Key of an export with --pseudonyms: the table beside it gives recordings and "
            "children their own names again.",
            show_default=False,
        ),
    ] = None,
    annotator: Annotated[
        str,
        typer.Option(
            metavar="NAME", help="Who corrected them.", show_default="the author in files of ELAN"
        ),
    ] = "",
    confirmed: Annotated[
        bool,
        typer.Option(
            "--confirmed",
            help="Files that were not changed, and uncertain segments that were left as they are, "
            "are right as they were given.",
        ),
    ] = False,
    deleted_as_junk: Annotated[
        bool,
        typer.Option("--deleted-as-junk", help="Write deleted segments as clips of Junk."),
    ] = False,
    as_json: Json = False,
) -> None:
    """Read corrected files back, and write what changed and labelled clips.

    The folder gets corrections.csv, with a row for each segment: what the model gave, what the
    annotator made of it, and from which file, by whom and of which model it is. With
    --recordings, it also gets clips and metadata.csv, which `vocalbaby adapt --data` and
    `vocalbaby ingest` read. A file in which nothing was changed may not have been opened: it is
    left out unless --confirmed is given.

    Exits with code 5 if a file cannot be read, or was not exported by `vocalbaby export`.

    Examples:
        vocalbaby import elan/ --out corrections/ --recordings project/

        vocalbaby import elan/c07.eaf --export elan/ --out corrections/ --annotator AB

        vocalbaby adapt --data corrections/ --out adapted
    """
    from vocalbaby.corpus.commands.export_steps import require_empty, sounds_of
    from vocalbaby.corpus.corrections.clips import write_clips
    from vocalbaby.corpus.corrections.importing import find_files, read_corrected, table_rows
    from vocalbaby.corpus.privacy.name_table import own_names, with_own_names
    from vocalbaby.entity.progress import for_task
    from vocalbaby.utils.progress_bars import progress_bars

    require_empty(out)
    paths = find_files(corrected)
    if not paths:
        raise ConfigError("There are no corrected files.", hint="Name .eaf or .TextGrid files.")
    root = _root(corrected)
    files = [read_corrected(path, given or root, root, annotator) for path in paths]
    if pseudonyms is not None:
        names = own_names(pseudonyms)
        files = [replace(file, timeline=with_own_names(file.timeline, names)) for file in files]
    _refuse_twice(files)
    untouched = [] if confirmed else [file for file in files if file.is_untouched]
    used = [file for file in files if file not in untouched]
    _remark(files, untouched)
    counts: Counter[str] = Counter()
    if recordings and used:
        sounds = sounds_of(recordings, [file.timeline for file in used])
        with progress_bars() as progress:
            counts = write_clips(
                used,
                sounds,
                out,
                deleted_as_junk=deleted_as_junk,
                confirmed=confirmed,
                progress=for_task(progress, "clips"),
            )
    _write_table(list(table_rows(used)), out / "corrections.csv")
    changes: Counter[str] = Counter(change.kind for file in used for change in file.changes)
    relabelled = Counter(
        f"{change.given.label} -> {change.label}"
        for file in used
        for change in file.changes
        if change.given and change.label and change.given.label != change.label
    )
    answer(
        {
            "folder": out,
            "files": len(files),
            "untouched": [str(file.path) for file in untouched],
            "changes": dict(changes),
            "relabelled": dict(relabelled.most_common()),
            "annotators": sorted({file.annotator for file in used if file.annotator}),
            "clips": dict(counts),
            "ignored": sum(len(file.ignored) for file in files),
        }
    )
    if not as_json:
        _print(changes, relabelled, counts, out)


def _root(corrected: list[str]) -> Path:
    folders = [Path(name) for name in corrected if Path(name).is_dir()]
    return folders[0] if folders else Path(corrected[0]).parent


def _refuse_twice(files: "list[CorrectedFile]") -> None:
    """Refuse two files of one recording: segments would count twice.

    Raises:
        DataError: There are two.
    """
    seen: dict[str, Path] = {}
    for file in files:
        name = file.timeline.recording_id
        if name in seen:
            raise DataError(
                f"{seen[name]} and {file.path} are both of the recording {name}.",
                hint="Import those of each annotator into a folder of its own, and compare them "
                "with `vocalbaby agree`.",
            )
        seen[name] = file.path


def _remark(files: "list[CorrectedFile]", untouched: "list[CorrectedFile]") -> None:
    if untouched:
        names = ", ".join(file.path.name for file in untouched[:5])
        typer.echo(
            f"note: {counted(len(untouched), 'file')} without a change left out ({names}); if they "
            "were checked, add --confirmed",
            err=True,
        )
    labels = Counter(segment.label for file in files for segment in file.ignored)
    if labels:
        listed = ", ".join(f"{label!r} ({n})" for label, n in labels.most_common(5))
        typer.echo(f"note: annotations that name no class are left out: {listed}", err=True)


def _write_table(found: "Sequence[Mapping[str, object]]", path: Path) -> None:
    with path.open("w", encoding="utf-8", newline="") as stream:
        names = list(found[0]) if found else ["recording_id"]
        writer = csv.DictWriter(stream, names, lineterminator="\n")
        writer.writeheader()
        writer.writerows(found)


def _print(
    changes: Counter[str], relabelled: Counter[str], counts: Counter[str], out: Path
) -> None:
    from vocalbaby.corpus.corrections.changes import KINDS

    for kind, meaning in KINDS.items():
        if changes[kind]:
            typer.echo(f"{counted(changes[kind], 'segment')} {meaning}")
    for pair, number in relabelled.most_common():
        typer.echo(f"  {pair}: {number}")
    if counts:
        listed = ", ".join(f"{name.replace('_', ' ')} {n}" for name, n in sorted(counts.items()))
        typer.echo(f"Clips: {listed}")
    typer.echo(f"Table: {out / 'corrections.csv'}")
