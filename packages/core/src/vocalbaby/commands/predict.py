"""``vocalbaby predict``: label recordings of single vocalizations."""

import io
import sys
from contextlib import ExitStack
from enum import StrEnum
from functools import partial
from pathlib import Path
from typing import Annotated

import typer

from vocalbaby.exception import VocalBabyError
from vocalbaby.exception.table import outcome

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
            help="Files, folders, patterns in quotes, or - for one recording on stdin.",
            show_default=False,
        ),
    ],
    model: Annotated[
        Path | None,
        typer.Option(
            "--model", "-m", help="Folder or zip of a bundle (default: the built-in model)."
        ),
    ] = None,
    format_: Annotated[Format, typer.Option("--format", "-f", help="Output format.")] = (
        Format.TABLE
    ),
    output: Annotated[
        Path | None, typer.Option("--output", "-o", help="Output file (default: stdout).")
    ] = None,
    recursive: Annotated[
        bool, typer.Option("--recursive", "-r", help="Include the files of subfolders.")
    ] = False,
) -> None:
    """Label recordings of single vocalizations.

    The label is one of Canonical, Non-canonical, Crying, Laughing and Junk; every class
    has a probability. A clip gets no label if it is unlike the training data or if no
    class is probable enough; a note gives the reason. An input that cannot be read is
    reported as a row, and the other inputs are still labelled. The exit code is then 4
    (invalid audio) or 5 (not found).

    Examples:
        vocalbaby predict cry.wav

        vocalbaby predict recordings/ --recursive --format csv --output labels.csv

        vocalbaby predict "day1/*.flac" -f jsonl | jq .label

        curl -s https://example.org/cry.wav | vocalbaby predict -
    """
    from vocalbaby import inference
    from vocalbaby.commands.inputs import expand, read
    from vocalbaby.commands.output import WRITERS, Result
    from vocalbaby.inference.prediction import predict_each
    from vocalbaby.utils.progress_bars import progress_bars

    predictor = inference.load(model)
    names = list(expand(inputs, recursive=recursive))
    failures: set[int] = set()
    with ExitStack() as stack:
        stream = (
            stack.enter_context(output.open("w", encoding="utf-8", errors=UNWRITABLE, newline=""))
            if output
            else sys.stdout
        )
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors=UNWRITABLE)
        progress = stack.enter_context(progress_bars()) if len(names) > SHORT_WORK else None
        writer = WRITERS[format_](stream)
        predictions = predict_each(predictor, [partial(read, name) for name in names], "return")
        for done, (name, found) in enumerate(zip(names, predictions, strict=True), 1):
            if isinstance(found, VocalBabyError):
                writer.write(Result(name, error=found))
                failures.add(outcome(found).exit_code)
            else:
                writer.write(Result(name, found))
            if progress is not None:
                progress("predict", done, len(names))
        writer.close()
    if failures:
        raise typer.Exit(min(failures))
