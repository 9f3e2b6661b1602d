"""The ``vocalbaby-serve`` command."""

import inspect
import os
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Annotated, Final

import typer

from vocalbaby.api.server.exit_codes import report
from vocalbaby.api.settings import ENV_PREFIX, Settings
from vocalbaby.exception import ConfigError, VocalBabyError
from vocalbaby.exception.table import EXIT_CODES
from vocalbaby.utils.command_line import QuickCommandGroup, Version
from vocalbaby.utils.site import page_address

__all__ = ["main", "serve"]

_NAME: Final = "vocalbaby-serve"

#: Several processes use the cores better than several threads within one small request.
_ONE_THREAD: Final = {
    "OMP_NUM_THREADS": "1",
    "OPENBLAS_NUM_THREADS": "1",
    "MKL_NUM_THREADS": "1",
    "OMP_WAIT_POLICY": "PASSIVE",
}

#: Placeholders of values in the help; the other options end in a unit or take a number.
_METAVARS: Final = {
    "host": "ADDRESS",
    "port": "PORT",
    "forwarded_allow_ips": "ADDRESSES",
    "root_path": "PATH",
    "model": "PATH",
    "store": "LOCATION",
    "channel": "NAME",
    "log_level": "LEVEL",
    "max_archive_ratio": "RATIO",
    "job_folder": "FOLDER",
    "job_sources": "LOCATIONS",
    "keys_file": "FILE",
    "key_requests_per_second": "RATE",
    "cors_origins": "ORIGINS",
    "drift_results": "LOCATION",
    "prediction_log": "FOLDER",
    "prediction_log_store": "LOCATION",
    "prediction_log_durability": "WHEN",
    "metrics_port": "PORT",
}
_UNITS: Final = ("BYTES", "DAYS", "HOURS", "SECONDS")

_EXIT_CODES: Final = "\n  ".join(f"{code} {EXIT_CODES[code]}" for code in (0, 1, 2, 6, 7))
_EPILOG: Final = f"""\
\b
Examples:
  vocalbaby-serve                                the built-in model on port 8000
  vocalbaby-serve --port 9000 --model ./bundle   another port and your own model
  {ENV_PREFIX}MAX_FILES=8 vocalbaby-serve     settings from the environment

\b
  vocalbaby-serve new-key lab --file keys.txt    create an API key, shown only once
  vocalbaby-serve --keys-file keys.txt           accept only requests with a key of the file
  vocalbaby-serve verify-log s3://bucket/log     verify the checksums of a prediction log

\b
Requests:
  curl -F files=@cry.wav http://localhost:8000/predict
  curl http://localhost:8000/ready               200 once a warmed-up model answers
  http://localhost:8000/docs                     every path, in a browser

\b
Every option is also the environment variable {ENV_PREFIX}<OPTION>; options take
precedence. After SIGTERM the service continues to answer for --drain-seconds while /ready
answers 503, finishes the requests in progress, and exits with 0.

\b
Exit codes:
  {_EXIT_CODES}
"""

_VERIFY_EPILOG: Final = f"""\
\b
Examples:
  vocalbaby-serve verify-log log                 the folder of --prediction-log
  vocalbaby-serve verify-log s3://bucket/log     the location of --prediction-log-store
  vocalbaby-serve verify-log log --json          for programs

The service may be writing to the folder. Files of former versions have no checksums: they are
read, and counted as not verified.

\b
Exit codes:
  0 every batch is as it was written
  5 a part of the log is damaged, missing or unreadable, or there is no log
  7 {EXIT_CODES[7]}
"""

app = typer.Typer(
    name=_NAME,
    cls=QuickCommandGroup,
    help="Classify infant vocalizations over HTTP.",
    epilog=_EPILOG,
    invoke_without_command=True,
    subcommand_metavar="[COMMAND]",
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
)


def serve() -> None:
    """Run the command and exit the process; the entry point of the distribution."""
    code = main()
    try:
        sys.stderr.flush()
    except OSError:  # the disk is too full for the log; Python would fail with a code of its own
        os._exit(code)
    sys.exit(code)


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command.

    Args:
        arguments: Command-line arguments without the program name; ``sys.argv`` if None.

    Returns:
        The exit code.
    """
    try:
        return int(app(arguments, prog_name=_NAME, standalone_mode=False) or 0)
    except typer.TyperException as error:
        context = getattr(error, "ctx", None)
        path = context.command_path if context else _NAME
        message = error.format_message().rstrip(".")
        if "--prediction-log-fsync" in message:
            message = "--prediction-log-fsync is now --prediction-log-durability answered"
        end = "" if message.endswith("?") else "."
        return report(ConfigError(f"{message}{end}", hint=f"See {path} --help."))
    except VocalBabyError as error:
        return report(error)


def _start(context: typer.Context, *, _version: bool = False, **options: object) -> None:
    """Start the service, unless a subcommand is given."""
    del _version  # its callback has printed it
    if context.invoked_subcommand is None:
        _require_posix()
        settings = Settings.load(None, **options)
        for name, value in _ONE_THREAD.items():
            os.environ.setdefault(name, value)
        # numpy reads these variables when it is imported, and --help does not need it.
        from vocalbaby.api.server.launch import run  # noqa: PLC0415 - not for --help

        raise typer.Exit(run(settings))


def _require_posix() -> None:
    """Refuse Windows, which has none of `os.fork` and `fcntl`."""
    if sys.platform == "win32":
        raise ConfigError(
            "The service does not run on Windows itself.",
            hint=f"Start it in WSL 2 or with Docker: {page_address('install')}#platforms",
        )


def _parameters() -> Iterator[inspect.Parameter]:
    """The parameters of ``_start``: the context, and an option for every setting."""
    keyword = inspect.Parameter.KEYWORD_ONLY
    yield inspect.Parameter(
        "context", inspect.Parameter.POSITIONAL_OR_KEYWORD, annotation=typer.Context
    )
    for name, field in Settings.model_fields.items():
        flag = f"--{name.replace('_', '-')}"
        default = "" if field.default in {None, ""} else f" (default: {field.default})"
        help_ = f"{field.description}{default}"
        # Settings converts the text of an option, as it does that of a variable.
        kind: object = Annotated[str | None, typer.Option(flag, metavar=_metavar(name), help=help_)]
        if field.annotation is bool:
            both = f"{flag}/--no-{flag[2:]}"
            kind = Annotated[bool | None, typer.Option(both, help=help_)]
        yield inspect.Parameter(name, keyword, default=None, annotation=kind)
    # The last one, so that the settings are listed first.
    yield inspect.Parameter("_version", keyword, default=False, annotation=Version)


def _metavar(name: str) -> str:
    unit = name.rpartition("_")[2].upper()
    return _METAVARS.get(name, unit if unit in _UNITS else "N")


_start.__signature__ = inspect.Signature(list(_parameters()))  # type: ignore[attr-defined] # of functions
app.callback()(_start)


@app.command("new-key")
def new_key(
    name: Annotated[str, typer.Argument(metavar="NAME", help="Name of the client, for the log.")],
    file: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Append the line to this file of keys.")
    ] = None,
) -> None:
    """Create an API key and show it once; only its hash is stored."""
    from vocalbaby.api.middleware import keys  # noqa: PLC0415 - not for --help

    key, line = keys.new_key(name)
    if file is None:
        typer.echo(f"key:  {key}\nline: {line}")
        return
    keys.add_key(file, line)
    typer.echo(key)


@app.command("verify-log", epilog=_VERIFY_EPILOG)
def verify_log(
    location: Annotated[
        str,
        typer.Argument(metavar="LOCATION", help="Prediction log: a folder or s3://bucket/prefix."),
    ],
    *,
    as_json: Annotated[bool, typer.Option("--json", help="Print the report as JSON.")] = False,
) -> None:
    """Verify the checksums of a prediction log, and list what is damaged.

    Each batch of rows has a checksum and its place in the file, and each finished file the
    number of its rows. One line is printed for each part that is damaged or missing, with
    the file, the offset of its first byte, and how many rows it costs.
    """
    from vocalbaby.api.verify_log import DamagedLogError, report_log  # noqa: PLC0415 - not for --help

    try:
        typer.echo(report_log(location, as_json=as_json))
    except DamagedLogError as damaged:
        typer.echo(damaged.text)
        raise
