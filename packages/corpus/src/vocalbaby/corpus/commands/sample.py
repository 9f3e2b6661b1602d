"""``vocalbaby sample``: which stretches of recordings to annotate next."""

from pathlib import Path
from typing import Annotated

import typer

from vocalbaby.commands.completion import formats_read
from vocalbaby.corpus.commands.sample_options import (
    Allocation,
    BalanceChildren,
    ChunkFormat,
    ChunkLength,
    Floor,
    Levels,
    MaxPerChild,
    MinPerChild,
    Padding,
    Period,
    PerRecording,
    Recordings,
    Size,
    SoundsFolder,
    Start,
    Strata,
    Top,
    Zooniverse,
)
from vocalbaby.utils.command_line import Json

__all__ = ["sample"]


def _samplers(incomplete: str) -> list[str]:
    from vocalbaby.corpus.sampling.drawing import SAMPLERS

    return [name for name in SAMPLERS if name.startswith(incomplete)]


def sample(  # noqa: PLR0913 - options of a command
    *,
    segments: Annotated[
        list[str],
        typer.Argument(
            metavar="SEGMENTS",
            help="Datasets of vocalbaby corpus, or files or folders of annotations of the whole "
            "recordings.",
            show_default=False,
        ),
    ],
    out: Annotated[
        Path | None,
        typer.Option("--out", "-o", metavar="FILE", help="CSV file of the sample."),
    ] = None,
    sampler: Annotated[
        str,
        typer.Option(
            metavar="NAME",
            help="random, stratified, pps, expected-gain, periodic, high-volubility or energy.",
            autocompletion=_samplers,
        ),
    ] = "pps",
    minutes: Annotated[
        float | None,
        typer.Option(metavar="M", help="Minutes of sound to draw.", show_default=False),
    ] = None,
    stretches: Annotated[
        int | None,
        typer.Option(metavar="N", min=1, help="Stretches to draw instead.", show_default=False),
    ] = None,
    clips: Annotated[
        int | None,
        typer.Option(metavar="N", min=1, help="Segments to draw instead.", show_default=False),
    ] = None,
    unit: Annotated[
        str,
        typer.Option(
            metavar="stretches|clips",
            help="What is drawn: stretches that divide the recordings, or segments.",
        ),
    ] = "stretches",
    length: Annotated[
        float,
        typer.Option(metavar="SECONDS", min=0.1, help="Length of the stretches."),
    ] = 60.0,
    seed: Annotated[
        int, typer.Option(metavar="S", min=0, help="The same seed draws the same sample.")
    ] = 0,
    size: Size = "speech",
    floor: Floor = 0.1,
    strata: Strata = "level",
    levels: Levels = 5,
    allocation: Allocation = "optimal",
    balance_children: BalanceChildren = False,
    min_per_child: MinPerChild = 0,
    max_per_child: MaxPerChild = None,
    period: Period = None,
    start: Start = None,
    per_recording: PerRecording = None,
    top: Top = False,
    exclude: Annotated[
        list[Path] | None,
        typer.Option(
            metavar="FILE",
            help="Samples that were annotated already; may be repeated.",
            show_default=False,
        ),
    ] = None,
    round_: Annotated[
        int, typer.Option("--round", metavar="R", min=1, help="Which of the rounds to write.")
    ] = 1,
    rounds: Annotated[
        int,
        typer.Option(
            metavar="N",
            min=1,
            help="Number of rounds of this size that are drawn at once, with the same seed.",
        ),
    ] = 1,
    recordings: Recordings = None,
    sounds: SoundsFolder = None,
    padding: Padding = 0.0,
    zooniverse: Zooniverse = None,
    chunk: ChunkLength = 500,
    chunk_format: ChunkFormat = "mp3",
    from_: Annotated[
        str,
        typer.Option(
            "--from",
            metavar="FORMAT",
            help="Format of the annotations.",
            show_default="by suffix and content",
            autocompletion=formats_read,
        ),
    ] = "",
    recursive: Annotated[
        bool, typer.Option("--recursive", "-r", help="Also read annotations in subfolders.")
    ] = False,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Report the sample without writing anything.")
    ] = False,
    overwrite: Annotated[
        bool, typer.Option("--overwrite", help="Replace another sample or other files.")
    ] = False,
    as_json: Json = False,
) -> None:
    """Draw the stretches of recordings, or the segments, to annotate next.

    The recordings are divided into stretches of a minute. The sampler pps draws stretches in which
    the model predicts more speech-like vocalizations more often, and writes the probability
    of each, so that estimates weighted by its inverse are unbiased whatever the model's errors are.
    In simulations, it needs less than half the minutes of random for the same interval of the
    canonical proportion. The samplers high-volubility, energy, periodic with --start, and
    expected-gain with --top give no probabilities: estimates refuse their samples.

    The annotator labels all vocalizations that begin within a stretch. What was annotated is left
    out of the next sample with --exclude; with --rounds, several samples are drawn at once.

    Remarks are on standard error. Exits with code 5 if annotations cannot be read or a recording
    is not found; the sample of the others is still written.

    Examples:
        vocalbaby sample dataset/ --minutes 60 --out sample.csv

        vocalbaby sample dataset/ --minutes 60 --balance-children --dry-run

        vocalbaby sample dataset/ --minutes 30 --exclude sample.csv -o second.csv

        vocalbaby sample dataset/ --clips 500 --sampler stratified --strata class -o clips.csv

        vocalbaby sample vtc/ --minutes 60 -o s.csv --recordings project/ --sounds sounds/

        vocalbaby sample dataset/ --clips 200 -o c.csv --recordings wav/ --zooniverse upload/
    """
    from vocalbaby.corpus.commands.sample_steps import (
        Sounds,
        check_output,
        energy_of,
        options_of,
        read_frame,
        report,
        write_sounds,
    )
    from vocalbaby.corpus.sampling.drawing import draw
    from vocalbaby.corpus.sampling.manifest import read_sample, write_sample
    from vocalbaby.exception import ConfigError

    if sum(value is not None for value in (minutes, stretches, clips)) > 1:
        raise ConfigError("Only one of --minutes, --stretches and --clips can be given.")
    if out is None and not dry_run:
        raise ConfigError("The sample needs a file.", hint="Add --out sample.csv, or --dry-run.")
    wanted = Sounds(recordings, sounds, padding, zooniverse, chunk, chunk_format, overwrite)
    if not dry_run:
        wanted.check()
    options = options_of(
        size=size,
        floor=floor,
        strata=tuple(name.strip() for name in strata.split(",") if name.strip()),
        levels=levels,
        allocation=allocation,
        balance_children=balance_children,
        min_per_child=min_per_child,
        max_per_child=max_per_child,
        period_s=period,
        start_s=start,
        per_recording=per_recording,
        top=top,
    )
    excluded = [each for path in exclude or () for each in read_sample(path)]
    chosen_unit = "clips" if clips is not None else unit
    frame, failed = read_frame(
        segments, from_ or None, chosen_unit, length, excluded, recursive=recursive
    )
    energy = energy_of(frame, recordings) if sampler == "energy" else None
    drawn = draw(
        frame,
        sampler,
        n=stretches if clips is None else clips,
        minutes=minutes,
        seed=seed,
        options=options,
        round_=round_,
        rounds=rounds,
        energy=energy,
    )
    if out is not None and not dry_run:
        check_output(drawn.stretches, out, overwrite=overwrite)
        write_sample(drawn.stretches, out)
        failed |= write_sounds(drawn.stretches, wanted, seed)
    report(drawn, sampler, seed, None if dry_run else out, as_json=as_json)
    if failed:
        raise typer.Exit(5)
