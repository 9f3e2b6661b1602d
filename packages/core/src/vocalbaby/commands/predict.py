"""``vocalbaby predict``: recordings in, labels out."""

import io
import sys
from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from vocalbaby.exception import VocalBabyError
from vocalbaby.exception.table import outcome

if TYPE_CHECKING:
    from vocalbaby.commands.output import Answer
    from vocalbaby.inference.predictor import Predictor

__all__ = ["predict"]

#: Clips that are decoded and predicted together; more no longer makes it faster.
BATCH = 16

#: File names need not be text: a byte that is none is written as an escape.
UNWRITABLE = "backslashreplace"

#: Up to this many inputs a progress bar would only flicker.
SHORT_WORK = 64


class Format(StrEnum):
    """How predictions are written."""

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
        typer.Option("--model", "-m", help="Folder or zip of a bundle (default: built in)."),
    ] = None,
    format_: Annotated[Format, typer.Option("--format", "-f", help="Kind of output.")] = (
        Format.TABLE
    ),
    output: Annotated[
        Path | None, typer.Option("--output", "-o", help="File to write (default: stdout).")
    ] = None,
    recursive: Annotated[
        bool, typer.Option("--recursive", "-r", help="Look into folders of folders.")
    ] = False,
) -> None:
    """Label recordings of single vocalizations.

    The label is one of Canonical, Non-canonical, Crying, Laughing and Junk, with a
    probability of each; without a label the clip is unlike the training data or no
    class is probable enough, and a note says which. An input that cannot be read is a
    row with its error and does not stop the others; the exit code is then 4 (audio)
    or 5 (not found).

    Examples:
        vocalbaby predict cry.wav

        vocalbaby predict recordings/ --recursive --format csv --output labels.csv

        vocalbaby predict "day1/*.flac" -f jsonl | jq .label

        curl -s https://example.org/cry.wav | vocalbaby predict -
    """
    from vocalbaby import inference
    from vocalbaby.commands.inputs import expand
    from vocalbaby.commands.output import WRITERS
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
        done = 0
        for answers in _answers(names, predictor):
            writer.write(answers)
            failures |= {outcome(a.error).exit_code for a in answers if a.error}
            done += len(answers)
            if progress is not None:
                progress("predict", done, len(names))
        writer.close()
    if failures:
        raise typer.Exit(min(failures))


def _answers(names: Sequence[str], predictor: "Predictor") -> Iterator[list["Answer"]]:
    """Answers of one batch after the other, in the order of the names."""
    from vocalbaby.commands.inputs import read
    from vocalbaby.commands.output import Answer

    for start in range(0, len(names), BATCH):
        batch = names[start : start + BATCH]
        clips, errors = {}, {}
        for index, name in enumerate(batch):
            try:
                clips[index] = read(name)
            except VocalBabyError as error:
                errors[index] = error
        predictions = dict(zip(clips, predictor.predict(list(clips.values())), strict=True))
        yield [
            Answer(name, predictions.get(index), errors.get(index))
            for index, name in enumerate(batch)
        ]
