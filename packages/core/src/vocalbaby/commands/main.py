"""The ``vocalbaby`` command and its subcommands."""

from collections.abc import Sequence
from typing import NoReturn

from vocalbaby.commands.convert import convert
from vocalbaby.commands.model import model
from vocalbaby.commands.predict import predict
from vocalbaby.commands.segment import segment
from vocalbaby.commands.stages import evaluate, features, ingest, train, validate
from vocalbaby.commands.summarize import summarize
from vocalbaby.commands.synthesize import synthesize
from vocalbaby.utils.command_line import application, run

__all__ = ["app", "main"]

EPILOG = """
[bold]Examples[/bold]

    vocalbaby predict cry.wav                       label one recording

    vocalbaby predict clips/ --format csv -o out.csv

    vocalbaby segment day.wav -o day.rttm           find the vocalizations of a day

    vocalbaby summarize day.rttm --html day.html    figures with intervals

    vocalbaby ingest && vocalbaby validate && vocalbaby features &&
    vocalbaby train && vocalbaby evaluate           train on the synthetic corpus

    vocalbaby synthesize clips --per-class 10       write synthetic clips to listen to

    vocalbaby convert day1.its day1.csv             convert annotations

[bold]Exit codes[/bold]  0 done, 1 internal, 2 usage or configuration, 4 audio, 5 data,
6 model, 7 storage.
"""

app = application(
    "vocalbaby",
    "Infant vocalizations: canonical and non-canonical babble, crying, laughing, junk.",
    EPILOG,
)

STAGES = (ingest, validate, features, train, evaluate)
for command in (*STAGES, predict, segment, summarize, synthesize, convert):
    app.command()(command)
app.add_typer(model, name="model")


def main(arguments: Sequence[str] | None = None) -> NoReturn:
    """Run the command; the entry point of the distribution.

    Args:
        arguments: Command-line arguments without the program name; ``sys.argv`` if None.
    """
    run(app, arguments)
