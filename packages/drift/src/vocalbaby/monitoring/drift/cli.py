"""The ``vocalbaby-drift`` command."""

import os
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Final, NoReturn

import typer

from vocalbaby.exception import ConfigError
from vocalbaby.monitoring.drift import options
from vocalbaby.utils.command_line import (
    Command,
    application,
    describe_exit_codes,
    option_variables,
)
from vocalbaby.utils.command_line import run as run_command
from vocalbaby.utils.progress_bars import progress_bars

if TYPE_CHECKING:
    from vocalbaby.inference.predictor import Predictor
    from vocalbaby.monitoring.drift.config import DriftConfig
    from vocalbaby.monitoring.drift.window import Window
    from vocalbaby.monitoring.drift_result import DriftResult

__all__ = ["app", "main"]

#: Exit code of a drift with ``--fail-on-drift``; the table of errors reserves it.
DRIFT_FOUND = 3
#: The arithmetic is too small for several threads: they made a run five times slower.
_ONE_THREAD: Final = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS")
#: Exit code of a window that cannot be compared, that of invalid data in the table of errors.
NOT_COMPARED = 5

EPILOG = f"""
[bold]Examples[/bold]

    vocalbaby-drift run --log log                   the last day against the built-in model

    vocalbaby-drift run --log s3://bucket/log --store s3://bucket/models
    --out s3://bucket/drift --pushgateway http://pushgateway:9091

    vocalbaby-drift run --table features.parquet --model bundle --fail-on-drift

{describe_exit_codes(DRIFT_FOUND, 5, 6, 7)}
"""

app = application(
    "vocalbaby-drift",
    "Compare production with the data that the model was trained on.",
    EPILOG,
)


@app.command(cls=Command, epilog=describe_exit_codes(DRIFT_FOUND, 5, 6, 7))
def run(  # noqa: PLR0913 - options of a command
    context: typer.Context,
    *,
    log: options.Log = "",
    table: options.Table = None,
    model: options.Model = None,
    store: options.Store = "",
    channel: options.Channel = "production",
    since: options.Since = None,
    hours: options.Hours = None,
    out: options.Out = "artifacts/drift",
    name: options.Name = "",
    config: options.Config = None,
    pushgateway: options.Pushgateway = "",
    fail_on_drift: options.FailOnDrift = False,
) -> None:
    """Compare a window of production with the reference sample of the model.

    Writes <out>/<run>/report.html and result.json, and <out>/latest.json,
    which the service shows as metrics. Without --since the window is the
    last hours of the log. With it, the window starts there and lasts --hours,
    or until now. Without --model and --store the built-in model is used.

    Example: vocalbaby-drift run --log log --hours 24
    """
    from vocalbaby.cloud.opening import open_storage
    from vocalbaby.cloud.storage import check_key
    from vocalbaby.monitoring.drift.job import Job, run_job

    if bool(log) == (table is not None):
        raise ConfigError("Name the window: either --log or --table.")
    if model is not None and store:
        raise ConfigError("Name either --model or --store.")
    settings = _settings(config, option_variables(context))

    def read(predictor: "Predictor") -> "Window":
        from vocalbaby.monitoring.drift.window import read_log, read_table

        if table is not None:
            return read_table(table)
        begin, end = _times(since, hours, settings)
        return read_log(log, begin, end, predictor.manifest)

    job = Job(
        run=check_key(name or datetime.now(UTC).strftime("%Y%m%dT%H%M%SZ")),
        load=lambda: _load(model, store, channel),
        read=read,
        config=settings,
        storage=open_storage(out),
        pushgateway=pushgateway,
    )
    with progress_bars() as progress:
        result = run_job(job, progress)
    _print(result, out)
    raise typer.Exit(_exit_code(result, fail_on_drift=fail_on_drift))


def main(arguments: Sequence[str] | None = None) -> NoReturn:
    """Run the command; the entry point of the distribution.

    Args:
        arguments: Command-line arguments without the program name; ``sys.argv`` if None.
    """
    for name in _ONE_THREAD:  # numpy reads them when it is loaded, which happens later
        os.environ.setdefault(name, "1")
    run_command(app, arguments)


def _settings(path: Path | None, ignore: frozenset[str]) -> "DriftConfig":
    from vocalbaby.monitoring.drift.config import DriftConfig
    from vocalbaby.utils.config import load_config

    section = "drift" if path is None else None
    return load_config(path, DriftConfig, section, ignore=ignore)


def _times(
    since: datetime | None, hours: float | None, settings: "DriftConfig"
) -> tuple[datetime, datetime | None]:
    """Start and end of the window; the end is None for all rows that follow."""
    if since is None:
        length = settings.window.hours if hours is None else hours
        return datetime.now(UTC) - timedelta(hours=length), None
    begin = since.replace(tzinfo=UTC)
    return begin, None if hours is None else begin + timedelta(hours=hours)


def _load(model: Path | None, store: str, channel: str) -> "Predictor":
    from vocalbaby import inference
    from vocalbaby.bundle.store import ModelStore
    from vocalbaby.cloud.opening import open_storage
    from vocalbaby.inference.predictor import Predictor

    if not store:
        return inference.load(model)
    models = ModelStore(open_storage(store))
    serves = models.channel(channel).serves
    return Predictor(models.fetch(max(serves, key=lambda version: serves[version])))


def _print(result: "DriftResult", out: str) -> None:
    for line in result.summary:
        typer.echo(line)
    typer.echo(f"{result.outcome}: {out.rstrip('/')}/{result.run}/report.html")


def _exit_code(result: "DriftResult", *, fail_on_drift: bool) -> int:
    if result.outcome == "no_drift":
        return 0
    if result.outcome == "drift":
        return DRIFT_FOUND if fail_on_drift else 0
    return NOT_COMPARED
