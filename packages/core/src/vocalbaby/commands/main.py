"""The ``vocalbaby`` command: its groups and its global options."""

from collections.abc import Sequence
from typing import Annotated, NoReturn

import typer

from vocalbaby import logging
from vocalbaby.commands.model import model
from vocalbaby.commands.predict import predict
from vocalbaby.commands.running import run
from vocalbaby.commands.stages import evaluate, features, ingest, train, validate
from vocalbaby.exception import ConfigError
from vocalbaby.utils.version import VERSION

__all__ = ["app", "main"]

EPILOG = """
[bold]Examples[/bold]

    vocalbaby predict cry.wav                       label one recording

    vocalbaby predict clips/ --format csv -o out.csv

    vocalbaby ingest && vocalbaby validate && vocalbaby features &&
    vocalbaby train && vocalbaby evaluate           train on the synthetic corpus

[bold]Exit codes[/bold]  0 done, 1 internal, 2 usage or configuration, 4 audio, 5 data,
6 model, 7 storage.
"""


app = typer.Typer(
    name="vocalbaby",
    help="Infant vocalizations: canonical and non-canonical babble, crying, laughing, junk.",
    epilog=EPILOG,
    rich_markup_mode="rich",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)


def _show_version(*, asked: bool) -> None:
    if asked:
        typer.echo(f"vocalbaby {VERSION}")
        raise typer.Exit


@app.callback()
def setup(
    *,
    log_level: Annotated[
        str, typer.Option(envvar="VOCALBABY_LOG_LEVEL", help="DEBUG, INFO, WARNING or ERROR.")
    ] = "WARNING",
    log_json: Annotated[
        bool, typer.Option("--log-json", help="Log one JSON object per line.")
    ] = False,
    _version: Annotated[
        bool,
        typer.Option(
            "--version", callback=_show_version, is_eager=True, help="Print the version and exit."
        ),
    ] = False,
) -> None:
    """Set up logging before any command runs."""
    try:
        logging.setup(log_level, json=log_json)
    except ValueError:
        raise ConfigError(
            f"There is no log level {log_level!r}.", hint="Use DEBUG, INFO, WARNING or ERROR."
        ) from None


for command in (ingest, validate, features, train, evaluate, predict):
    app.command()(command)
app.add_typer(model, name="model")


def main(arguments: Sequence[str] | None = None) -> NoReturn:
    """Run the command; the entry point of the distribution.

    Args:
        arguments: What stands behind ``vocalbaby``; those of the process when None.
    """
    run(app, arguments)
