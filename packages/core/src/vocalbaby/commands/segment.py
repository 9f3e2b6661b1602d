"""``vocalbaby segment``: segments of recordings of any length."""

import json
from pathlib import Path
from typing import Annotated

import typer

from vocalbaby.commands.completion import formats_written, infant_classes, key_children
from vocalbaby.commands.options import Model
from vocalbaby.exception.table import INTERRUPTED
from vocalbaby.utils.command_line import Json, answer

__all__ = ["segment"]


def segment(  # noqa: PLR0913 - options of a command
    *,
    inputs: Annotated[
        list[str],
        typer.Argument(
            metavar="INPUT",
            help="Recordings, folders, patterns in quotes, or ChildProject folders.",
            show_default=False,
        ),
    ],
    output: Annotated[
        str,
        typer.Option(
            "--output",
            "-o",
            metavar="FILE|FOLDER",
            help="File of the segments of one recording, or folder of a file for each.",
            show_default=False,
        ),
    ],
    format_: Annotated[
        str,
        typer.Option(
            "--format",
            "-f",
            metavar="FORMAT",
            help="Format of the segments: rttm, textgrid, textgrid_short, eaf, childproject, "
            "audacity, csv or parquet.",
            show_default="by the suffix of the output",
            autocompletion=formats_written,
        ),
    ] = "",
    recursive: Annotated[
        bool,
        typer.Option("--recursive", "-r", help="Also segment the recordings in subfolders."),
    ] = False,
    classes: Annotated[
        str,
        typer.Option(
            metavar="CLASSES",
            help="Write only these classes of an infant, separated by commas.",
            show_default="Canonical,Non-canonical,Crying,Laughing",
            autocompletion=infant_classes,
        ),
    ] = "",
    junk: Annotated[
        bool,
        typer.Option(
            "--include-junk/--no-junk",
            help="Write other sound too, as Junk on a tier of its own.",
        ),
    ] = True,
    segments: Annotated[
        Path | None,
        typer.Option(
            metavar="FILE|FOLDER",
            help="Classify the segments that another tool has found, instead of finding segments: "
            "a file of annotations, or a folder with one for each recording.",
            show_default=False,
        ),
    ] = None,
    key_child: Annotated[
        str,
        typer.Option(
            metavar="NAMES",
            help="Speakers, tiers or labels of the key child in --segments, separated by commas.",
            show_default="CHI, KCHI, CHN, CHF",
            autocompletion=key_children,
        ),
    ] = "",
    workers: Annotated[
        int,
        typer.Option(
            "--workers",
            "-w",
            metavar="N",
            min=1,
            max=256,
            help="Number of recordings that are processed at once, each in a process of its own.",
        ),
    ] = 1,
    model: Model = None,
    listener: Annotated[
        Path | None,
        typer.Option(
            metavar="FILE",
            help="YAMNet's file (.tflite or ONNX), which hears the recordings as well. Segments "
            "are more accurate, and take longer.",
            show_default=False,
        ),
    ] = None,
    settings: Annotated[
        Path | None,
        typer.Option(
            "--settings",
            "--config",
            "-c",
            metavar="FILE",
            help="YAML file whose section segmentation has settings of the segmentation.",
            show_default="the built-in settings",
        ),
    ] = None,
    state: Annotated[
        Path | None,
        typer.Option(
            metavar="FOLDER",
            help="Folder of the state. It keeps the evidence of each recording, so that runs with "
            "other settings take seconds.",
            show_default=".vocalbaby beside the output",
        ),
    ] = None,
    overwrite: Annotated[
        bool,
        typer.Option(
            "--overwrite",
            help="Also replace files that this command did not make, or that were changed since.",
        ),
    ] = False,
    summary: Annotated[
        Path | None,
        typer.Option(
            "--summary",
            metavar="FILE",
            help="Write a JSON file that accounts for every input: figures, errors, and files that "
            "were passed over.",
            show_default=False,
        ),
    ] = None,
    as_json: Json = False,
) -> None:
    """Find and classify the vocalizations in recordings of any length.

    A recording may last a minute or a day, in any format and at any rate. Each becomes a file
    of segments: vocalizations of an infant (Canonical, Non-canonical, Crying, Laughing) on the
    tier infant, other sound on the tier junk, and on the tier quality where the recording is
    damaged, clipped or silent. A recording without an infant gives a file without segments
    of that tier.

    A run that was interrupted or killed goes on where it was when the same command is given
    again, and gives the same files. Recordings that are finished are not done again, unless
    the recording, the model or the settings have changed. A recording that cannot be read is
    reported, and the others are still segmented. The exit code is then 4 (invalid audio) or 5
    (not found).

    The start of the recording (metadata of ChildProject, .its beside the recording, or a name
    such as day_20190523_0930.wav) and the child are written where the format holds them.

    Examples:
        vocalbaby segment day.wav --format rttm --output day.rttm

        vocalbaby segment recordings/ -r -o segments/ -f csv --workers 4 --summary run.json

        vocalbaby segment "day*/*.flac" -o tiers/ -f textgrid --classes Crying --no-junk

        vocalbaby segment corpus/ -o corpus/annotations/vocalbaby/raw/ -f childproject

        vocalbaby segment day.wav -o day.eaf --segments vtc/day.rttm --key-child KCHI

        vocalbaby segment day.wav -o day.csv --listener yamnet_spectra_in.tflite

        vocalbaby segment days/ -o out/ -f csv --state state/ --settings settings.yaml
    """
    from vocalbaby.commands.recordings.accounting import RunAccounting, line
    from vocalbaby.commands.recordings.bars import run_bars
    from vocalbaby.commands.recordings.given import GivenSegments
    from vocalbaby.commands.recordings.planning import check_outputs, find, format_of, plan
    from vocalbaby.commands.recordings.running import run
    from vocalbaby.commands.recordings.tasks import Settings, check_parent
    from vocalbaby.commands.recordings.working import open_listener
    from vocalbaby.exception import ConfigError
    from vocalbaby.segmentation import SegmentationConfig
    from vocalbaby.utils.config import load_config

    if listener is not None and segments is not None:
        raise ConfigError(
            "--listener and --segments exclude each other.",
            hint="A listener helps to find segments; given ones are classified without it.",
        )
    open_listener(listener)  # before recordings are looked for
    chosen = format_of(format_, output)
    settings_of_segmentation = load_config(settings, SegmentationConfig, "segmentation")
    accounting = RunAccounting(find(inputs, recursive=recursive))
    tasks = plan(accounting.files, inputs, output, chosen, state)
    kept = [Path(file.path) for file in accounting.files if not file.reason]
    kept += [path for path in (segments, model, settings, listener) if path is not None]
    outputs = [task.output for task in tasks]
    if summary is not None:
        check_parent(summary)
        outputs.append(summary)
    check_outputs(outputs, kept)
    given = None
    if segments is not None:
        given = GivenSegments(segments, _names(key_child), only=len(tasks) == 1)
        given.check_names((task.source.path, task.name) for task in tasks)
    settings_of_run = Settings(
        model=model,
        config=settings_of_segmentation.model_dump_json(),
        format=chosen.name,
        classes=_classes(classes),
        junk=junk,
        keep_evidence=state is not None,
        overwrite=overwrite,
        given=given,
        listener=listener,
    )
    try:
        with run_bars(tasks) as bars:
            for number, result in run(tasks, settings_of_run, workers, bars.report):
                accounting.add(result)
                bars.finish(number, line(result), is_message=as_json)
    except KeyboardInterrupt:
        typer.echo("Interrupted. The same command goes on from here.", err=True)
        raise typer.Exit(INTERRUPTED) from None
    for note in accounting.notes():
        typer.echo(f"note: {note}".encode(errors="backslashreplace").decode(), err=True)
    if as_json:
        answer(accounting.summary(inputs))
    if summary is not None:
        summary.write_text(json.dumps(accounting.summary(inputs), indent=2) + "\n", "utf-8")
    if code := accounting.exit_code():
        raise typer.Exit(code)


def _names(text: str) -> tuple[str, ...]:
    return tuple(name.strip() for name in text.split(",") if name.strip())


def _classes(text: str) -> tuple[str, ...]:
    from vocalbaby.entity.labels import CLASSES
    from vocalbaby.exception import ConfigError

    infant = tuple(name for name in CLASSES if name != "Junk")
    wanted = {name.casefold(): name for name in _names(text)}
    known = {name.casefold() for name in infant}
    if unknown := [name for folded, name in wanted.items() if folded not in known]:
        raise ConfigError(
            f"There is no class {unknown[0]!r} to choose.", hint=f"Use {', '.join(infant)}."
        )
    return tuple(name for name in infant if not wanted or name.casefold() in wanted)
