"""The ``vocalbaby`` command and its subcommands."""

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Annotated, NoReturn

import typer

from vocalbaby.commands.adapt import adapt
from vocalbaby.commands.compare import compare
from vocalbaby.commands.convert import convert
from vocalbaby.commands.doctor.command import doctor
from vocalbaby.commands.experiments import aggregate, experiment
from vocalbaby.commands.model import model
from vocalbaby.commands.plugins import add_plugins
from vocalbaby.commands.predict import predict
from vocalbaby.commands.segment import segment
from vocalbaby.commands.stages import evaluate, features, ingest, train, validate
from vocalbaby.commands.summarize import summarize
from vocalbaby.commands.synthesize import synthesize
from vocalbaby.commands.tune import tune
from vocalbaby.exception import ConfigError
from vocalbaby.utils.command_line import (
    SET_UP,
    Command,
    LogJson,
    LogLevel,
    Version,
    application,
    describe_exit_codes,
    option_file,
    run,
    set_up_logging,
)
from vocalbaby.utils.site import SITE

__all__ = ["app", "main"]

EPILOG = f"""
[bold]Examples[/bold]

    vocalbaby predict cry.wav                     label a clip
    vocalbaby predict clips/ -f csv -o out.csv    label a folder
    vocalbaby segment day.wav -o day.rttm         find vocalizations
    vocalbaby summarize day.rttm --html day.html  figures with intervals
    vocalbaby convert day1.its day1.csv           convert annotations
    vocalbaby synthesize clips --per-class 10     synthetic clips
    vocalbaby compare --data clips --out mine     compare models
    vocalbaby doctor                              check the installation
    vocalbaby --install-completion                complete with the Tab key

[bold]Documentation[/bold]  {SITE}

[bold]Options[/bold] of commands are also environment variables, such as
VOCALBABY_PREDICT_FORMAT, and keys of the option file {option_file.FILE_NAME}. The command line
takes precedence over variables, and these over the file.

{describe_exit_codes(4, 5, 6, 7)}
"""

app = application(
    "vocalbaby",
    "Infant vocalizations: canonical and non-canonical babble, crying, laughing, junk.",
    EPILOG,
)

#: Commands in the order in which a user needs them, with the exit codes of each.
PANELS: dict[str, tuple[tuple[Callable[..., None], tuple[int, ...]], ...]] = {
    "Recordings": ((predict, (4, 5, 6, 7)), (segment, (4, 5, 6, 7))),
    "Annotations": ((summarize, (5, 7)), (convert, (5, 7))),
    "Training": (
        (synthesize, (7,)),
        (ingest, (5, 7)),
        (validate, (5, 7)),
        (features, (4, 5, 6, 7)),
        (tune, (5, 6, 7)),
        (train, (5, 6, 7)),
        (evaluate, (5, 6, 7)),
        (adapt, (5, 6, 7)),
    ),
    "Comparison": (
        (compare, (4, 5, 6, 7)),
        (experiment, (5, 6, 7)),
        (aggregate, (5, 6, 7)),
    ),
}
for panel, commands in PANELS.items():
    for command, codes in commands:
        epilog = describe_exit_codes(*codes)
        app.command(cls=Command, rich_help_panel=panel, epilog=epilog)(command)
app.add_typer(model, name="model", rich_help_panel="Models")
app.command(cls=Command, rich_help_panel=SET_UP, epilog=describe_exit_codes(6, 7))(doctor)
add_plugins(app)


@app.callback()
def setup(
    context: typer.Context,
    *,
    config: Annotated[
        Path | None,
        typer.Option(
            metavar="FILE",
            envvar="VOCALBABY_CONFIG",
            help="TOML file with defaults of the options of commands. Without this option, "
            f"{option_file.FILE_NAME} is looked for in the current folder, in those above it, and "
            "in the user's folder of settings.",
            show_default=False,
        ),
    ] = None,
    no_config: Annotated[bool, typer.Option("--no-config", help="Use no option file.")] = False,
    log_level: LogLevel = "WARNING",
    log_json: LogJson = False,
    _version: Version = False,
) -> None:
    """Read the option file and set up logging before any command runs."""
    found = option_file.OptionFile()
    try:
        found = _option_file(context, config, is_used=not no_config)
    except ConfigError as error:
        if context.invoked_subcommand != "doctor":
            raise
        found = option_file.OptionFile(config, error=error)
    context.obj = found
    context.default_map = found.values
    set_up_logging(
        str(_default(context, "log_level", log_level)),
        json=bool(_default(context, "log_json", log_json)),
    )


def _default(context: typer.Context, name: str, value: object) -> object:
    """Return the default of the option file: options before the command are read before it."""
    source = context.get_parameter_source(name)
    is_given = source is not None and source.name != "DEFAULT"
    return value if is_given else (context.default_map or {}).get(name, value)


def _option_file(
    context: typer.Context, config: Path | None, *, is_used: bool
) -> option_file.OptionFile:
    if config is not None and not is_used:
        raise ConfigError("Name either --config or --no-config.")
    if is_used:
        config = config or option_file.find(Path.cwd(), option_file.user_folder())
        if config is not None:
            return option_file.read(config, context)
    return option_file.OptionFile()


def main(arguments: Sequence[str] | None = None) -> NoReturn:
    """Run the command; the entry point of the distribution.

    Args:
        arguments: Command-line arguments without the program name; ``sys.argv`` if None.
    """
    run(app, arguments)
