"""``vocalbaby predict``: label recordings of single vocalizations."""

import io
import json
import sys
from contextlib import ExitStack
from enum import StrEnum
from functools import partial
from pathlib import Path
from typing import Annotated

import typer

from vocalbaby.commands.options import Model
from vocalbaby.exception import VocalBabyError
from vocalbaby.exception.table import outcome
from vocalbaby.utils.command_line import Json, answer

__all__ = ["predict"]

#: Error handler for file names that are not valid Unicode.
UNWRITABLE = "backslashreplace"

#: Number of inputs up to which no progress bar is shown.
SHORT_WORK = 64


class Format(StrEnum):
    """Output formats."""

    TABLE = "table"
    CSV = "csv"
    JSONL = "jsonl"


def predict(
    *,
    inputs: Annotated[
        list[str],
        typer.Argument(
            metavar="INPUT",
            help="Recordings, folders, or patterns in quotes. A single - reads one recording from "
            "standard input.",
            show_default=False,
        ),
    ],
    model: Model = None,
    format_: Annotated[
        Format,
        typer.Option(
            "--format",
            "-f",
            metavar="FORMAT",
            help="Format of the results: table for people, csv, or jsonl with one JSON object for "
            "each input. CSV and JSON lines are written while the inputs are processed.",
        ),
    ] = Format.TABLE,
    output: Annotated[
        Path | None,
        typer.Option(
            "--output",
            "-o",
            metavar="FILE",
            help="Write the results to this file.",
            show_default="standard output",
        ),
    ] = None,
    recursive: Annotated[
        bool,
        typer.Option("--recursive", "-r", help="Also label the recordings in subfolders."),
    ] = False,
    summary: Annotated[
        Path | None,
        typer.Option(
            "--summary",
            metavar="FILE",
            help="Write a JSON file that accounts for every input: counts, errors, and files that "
            "were passed over.",
            show_default=False,
        ),
    ] = None,
    as_json: Json = False,
) -> None:
    """Label recordings of single vocalizations.

    The label is one of Canonical, Non-canonical, Crying, Laughing and Junk; every class
    has a probability. A clip gets no label if it is unlike the training data or if no
    class is probable enough; a note gives the reason. An input that cannot be read is
    reported as a row, and the other inputs are still labelled. The exit code is then 4
    (invalid audio) or 5 (not found). Files of a folder that are no recordings are
    passed over; their number is written to stderr.

    Examples:
        vocalbaby predict cry.wav

        vocalbaby predict recordings/ --recursive --format csv --output labels.csv

        vocalbaby predict "day1/*.flac" -f jsonl | jq .label

        vocalbaby predict recordings/ -r -f csv -o labels.csv --summary summary.json

        vocalbaby predict recordings/ --json | jq .summary.labels

        curl -s https://example.org/cry.wav | vocalbaby predict -
    """
    from vocalbaby import inference
    from vocalbaby.commands.accounting import Accounting, notes
    from vocalbaby.commands.inputs import expand, read
    from vocalbaby.commands.output import WRITERS, JsonAnswer, Result
    from vocalbaby.inference.prediction import predict_each
    from vocalbaby.utils.progress_bars import progress_bars

    predictor = inference.load(model)
    accounting = Accounting(expand(inputs, recursive=recursive))
    files = [file for file in accounting.files if file.lost or not file.reason]
    failures: set[int] = set()
    with ExitStack() as stack:
        stream = (
            stack.enter_context(output.open("w", encoding="utf-8", errors=UNWRITABLE, newline=""))
            if output
            else sys.stdout
        )
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors=UNWRITABLE)
        progress = stack.enter_context(progress_bars()) if len(files) > SHORT_WORK else None
        writers = [WRITERS[format_](stream)] if output or not as_json else []
        writers += [JsonAnswer()] if as_json else []
        predictions = predict_each(predictor, [partial(read, file) for file in files], "return")
        for done, (file, found) in enumerate(zip(files, predictions, strict=True), 1):
            if isinstance(found, VocalBabyError):
                result = Result(file.path, error=found)
                failures.add(outcome(found).exit_code)
            else:
                result = Result(file.path, found)
            for writer in writers:
                writer.write(result)
            accounting.add(file, result)
            if progress is not None:
                progress("predict", done, len(files))
        for writer in writers:
            writer.close()
    for note in notes(accounting.files):
        typer.echo(note.encode(errors=UNWRITABLE).decode(), err=True)
    if summary is not None:
        summary.write_text(json.dumps(accounting.summary(inputs), indent=2) + "\n", "utf-8")
    answer({"summary": accounting.summary(inputs)})
    if failures:
        raise typer.Exit(min(failures))
