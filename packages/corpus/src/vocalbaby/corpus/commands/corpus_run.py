"""``vocalbaby corpus run``: segment every recording of an archive."""

import json
import os
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

import typer

from vocalbaby.commands.options import Model
from vocalbaby.exception import ConfigError
from vocalbaby.exception.table import INTERRUPTED
from vocalbaby.utils.command_line import Json, answer
from vocalbaby.utils.wording import printable

if TYPE_CHECKING:
    from vocalbaby.commands.recordings.given import GivenSegments
    from vocalbaby.corpus.engine.executors import Executor
    from vocalbaby.corpus.engine.run_settings import RunSettings

__all__ = ["run"]


def run(  # noqa: PLR0913 - options of a command
    *,
    archive: Annotated[
        str,
        typer.Argument(
            metavar="ARCHIVE",
            help="Folder of recordings, ChildProject folder, or s3://bucket/prefix.",
            show_default=False,
        ),
    ],
    out: Annotated[
        str,
        typer.Option(
            "--out",
            "-o",
            metavar="DATASET",
            help="Folder or s3://bucket/prefix of the results. A run goes on where another ended.",
            show_default=False,
        ),
    ],
    workers: Annotated[
        int,
        typer.Option(
            "--workers",
            "-w",
            metavar="N",
            min=1,
            max=4096,
            help="Number of processes, or of jobs of SLURM.",
        ),
    ] = 1,
    executor: Annotated[
        Literal["processes", "dask", "slurm"],
        typer.Option(
            metavar="NAME",
            help="processes: of this machine; dask: workers of Dask on this machine, or of "
            "--scheduler; slurm: jobs that Dask submits to a SLURM cluster.",
        ),
    ] = "processes",
    scheduler: Annotated[
        str,
        typer.Option(
            metavar="ADDRESS",
            help="Address of a scheduler of Dask that runs already, such as tcp://10.0.0.7:8786.",
            show_default=False,
        ),
    ] = "",
    slurm_options: Annotated[
        Path | None,
        typer.Option(
            metavar="FILE",
            help="YAML file with arguments of dask_jobqueue.SLURMCluster, such as queue.",
            show_default="Dask's own configuration",
        ),
    ] = None,
    shard: Annotated[
        str,
        typer.Option(
            metavar="I/N",
            help="Process only the I-th of N parts of the archive, for an array of jobs.",
        ),
    ] = "1/1",
    segments: Annotated[
        str,
        typer.Option(
            metavar="SET|FILE|FOLDER",
            help="Classify the segments that another tool has found, such as VTC, instead of "
            "finding segments: a set of annotations of a ChildProject folder, or files.",
            show_default=False,
        ),
    ] = "",
    key_child: Annotated[
        str,
        typer.Option(
            metavar="NAMES",
            help="Speakers, tiers or labels of the key child in --segments, separated by commas.",
            show_default="CHI, KCHI, CHN, CHF",
        ),
    ] = "",
    model: Model = None,
    listener: Annotated[
        Path | None,
        typer.Option(
            metavar="FILE",
            help="YAMNet's file (.tflite or ONNX), which hears the recordings as well.",
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
            help="YAML file with the sections segmentation and summary.",
            show_default="the built-in settings",
        ),
    ] = None,
    state: Annotated[
        Path | None,
        typer.Option(
            metavar="FOLDER",
            help="Keep the evidence of each recording, so that an interrupted recording goes on, "
            "and other settings of the segmentation take seconds.",
            show_default=False,
        ),
    ] = None,
    retry_failed: Annotated[
        bool, typer.Option("--retry-failed", help="Process recordings that failed before, too.")
    ] = False,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Print what would be done, and do nothing.")
    ] = False,
    summary: Annotated[
        Path | None,
        typer.Option(
            metavar="FILE",
            help="Write a JSON file that accounts for every recording.",
            show_default=False,
        ),
    ] = None,
    as_json: Json = False,
) -> None:
    """Segment every recording of an archive, and compute its figures.

    The dataset has, for each recording, a Parquet file of segments, one of figures, and a
    record. A recording whose record fits is not processed again: only new recordings are, those
    that changed, and those that depend on a setting that changed. A recording that cannot be
    read gets a record with the reason, and the run goes on. A run that was interrupted or killed
    goes on where it was when the same command is given again, and gives the same files.

    The exit code is 4 (invalid audio) or 5 (not found) if a recording has no results.

    Examples:
        vocalbaby corpus run project/ --out dataset/ --workers 4

        vocalbaby corpus run project/ --out dataset/ --dry-run

        vocalbaby corpus run days/ --out dataset/ --executor dask --workers 8

        vocalbaby corpus run days/ --out dataset/ --shard 3/100

        vocalbaby corpus run project/ --out dataset/ --segments vtc

        vocalbaby corpus run s3://bucket/days --out s3://bucket/dataset --retry-failed
    """
    from vocalbaby.corpus.archive import given_segments, open_archive
    from vocalbaby.corpus.commands.run_bars import run_bars
    from vocalbaby.corpus.commands.run_texts import conclude, describe, list_jobs
    from vocalbaby.corpus.engine.dataset import Dataset
    from vocalbaby.corpus.engine.planning import make_plan, parse_shard
    from vocalbaby.corpus.engine.running import run_plan

    if listener is not None and segments:
        raise ConfigError(
            "--listener and --segments exclude each other.",
            hint="A listener helps to find segments; given ones are classified without it.",
        )
    if scheduler and executor != "dask":
        raise ConfigError("--scheduler is an option of --executor dask.", hint="Add it.")
    part = parse_shard(shard)
    names = tuple(name.strip() for name in key_child.split(",") if name.strip())
    given = given_segments(archive, segments, names) if segments else None
    settings_of_run = _settings(out, model, listener, settings, state, given)
    executor_of_run = _executor(executor, workers, scheduler, slurm_options)
    found = open_archive(archive)
    plan = make_plan(
        found.recordings, Dataset(out), settings_of_run, retry_failed=retry_failed, shard=part
    )
    describe(plan, len(found.recordings))
    if dry_run:
        from vocalbaby.corpus.engine.running import RunResult

        answer(RunResult(plan).summary())
        if not as_json:
            list_jobs(plan)
        return
    try:
        with run_bars(plan.jobs, is_message=as_json) as bars:
            result = run_plan(plan, settings_of_run, executor_of_run, bars.report, bars.finish)
    except KeyboardInterrupt:
        typer.echo("Interrupted. The same command goes on from here.", err=True)
        raise typer.Exit(INTERRUPTED) from None
    for _, recording in (entry for entry in plan.states if entry[0] == "lost"):
        typer.echo(printable(f"{recording.message} {recording.hint}".strip()), err=True)
    answer(result.summary())
    if summary is not None:
        summary.write_text(json.dumps(result.summary(), indent=2) + "\n", "utf-8")
    if not as_json:
        conclude(result.summary(), out)
    if code := result.exit_code():
        raise typer.Exit(code)


def _settings(
    out: str,
    model: Path | None,
    listener: Path | None,
    settings: Path | None,
    state: Path | None,
    given: "GivenSegments | None",
) -> "RunSettings":
    import time
    import uuid

    from vocalbaby.corpus.engine.run_settings import RunSettings
    from vocalbaby.segmentation import SegmentationConfig
    from vocalbaby.summary import SummaryConfig
    from vocalbaby.utils.config import load_config

    return RunSettings(
        out,
        model=model,
        listener=listener,
        segmentation=load_config(settings, SegmentationConfig, "segmentation"),
        summary=load_config(settings, SummaryConfig, "summary"),
        given=given,
        state=state,
        run=f"{time.strftime('%Y%m%dT%H%M%SZ', time.gmtime())}-{uuid.uuid4().hex[:8]}",
    )


def _executor(name: str, workers: int, scheduler: str, options: Path | None) -> "Executor":
    from vocalbaby.corpus.engine import executors

    if name == "processes":
        return executors.processes(workers)
    from vocalbaby.corpus.commands.extras import require_extra_of_corpus

    require_extra_of_corpus(name)
    os.environ.setdefault("DASK_LOGGING__DISTRIBUTED", "warning")  # read when it is imported
    from vocalbaby.corpus.engine import dask_executors
    from vocalbaby.utils.config import read_yaml

    def notice(address: str) -> None:
        typer.echo(f"Dask's dashboard: {address}", err=True)

    if name == "slurm":
        values: dict[str, Any] = read_yaml(options) if options else {}
        return dask_executors.slurm(workers, values, notice)
    if scheduler:
        return dask_executors.scheduler(scheduler, notice)
    return dask_executors.local(workers, notice)
