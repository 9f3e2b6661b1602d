"""Options of ``vocalbaby-drift run``, as types of its parameters."""

from datetime import datetime
from pathlib import Path
from typing import Annotated

import typer

__all__ = [
    "Channel",
    "Config",
    "FailOnDrift",
    "Hours",
    "Log",
    "Model",
    "Name",
    "Out",
    "Pushgateway",
    "Since",
    "Store",
    "Table",
]

Log = Annotated[
    str,
    typer.Option(
        envvar="VOCALBABY_DRIFT__LOG", help="Prediction log: a folder or s3://bucket/prefix."
    ),
]
Table = Annotated[
    Path | None, typer.Option(help="Feature table, Parquet or CSV, instead of a prediction log.")
]
Model = Annotated[
    Path | None, typer.Option("--model", "-m", help="Folder or zip file of a model bundle.")
]
Store = Annotated[
    str,
    typer.Option(
        envvar="VOCALBABY_DRIFT__STORE",
        help="Model store instead of --model: a folder or s3://bucket/prefix.",
    ),
]
Channel = Annotated[
    str,
    typer.Option(
        envvar="VOCALBABY_DRIFT__CHANNEL",
        help="Channel of the store; its model with the largest share is used.",
    ),
]
Since = Annotated[
    datetime | None,
    typer.Option(
        help="Time of the oldest row of the log, UTC.", formats=["%Y-%m-%d", "%Y-%m-%dT%H:%M:%S"]
    ),
]
Hours = Annotated[
    float | None,
    typer.Option(
        help="Length of the window in hours (default: from the settings).", min=0, max=8784
    ),
]
Out = Annotated[
    str,
    typer.Option(
        "--out",
        "-o",
        envvar="VOCALBABY_DRIFT__OUT",
        help="Where results are written: a folder or s3://bucket/prefix.",
    ),
]
Name = Annotated[
    str, typer.Option("--name", help="Name of the run and its folder (default: the time).")
]
Config = Annotated[
    Path | None,
    typer.Option(
        "--config",
        "-c",
        envvar="VOCALBABY_DRIFT__CONFIG",
        help="Settings file, such as configs/drift.yaml.",
    ),
]
Pushgateway = Annotated[
    str,
    typer.Option(
        envvar="VOCALBABY_DRIFT__PUSHGATEWAY",
        help="URL of a Prometheus Pushgateway that the result is also pushed to.",
    ),
]
FailOnDrift = Annotated[
    bool, typer.Option("--fail-on-drift", help="Exit with code 3 if there is drift.")
]
