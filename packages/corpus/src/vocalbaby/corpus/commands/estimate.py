"""``vocalbaby corpus estimate``: figures of an archive, corrected by an annotated sample."""

import math
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from vocalbaby.exception import DataNotFoundError
from vocalbaby.utils.command_line import Json, answer

if TYPE_CHECKING:
    from vocalbaby.corpus.estimation import Estimates
    from vocalbaby.corpus.sampling.manifest import SampledStretch

__all__ = ["estimate"]


def estimate(  # noqa: PLR0913 - options of a command
    *,
    segments: Annotated[
        str,
        typer.Argument(
            metavar="DATASET|SEGMENTS",
            help="The model's segments of all recordings: a dataset of `corpus run`, or a file or "
            "folder of annotations.",
            show_default=False,
        ),
    ],
    annotations: Annotated[
        list[str],
        typer.Option(
            "--annotations",
            "-a",
            metavar="FILE|FOLDER",
            help="What annotators labelled in the sampled stretches; may be repeated.",
            show_default=False,
        ),
    ],
    sample: Annotated[
        list[Path],
        typer.Option(
            "--sample",
            "-s",
            metavar="FILE",
            help="Table of the sample, as `vocalbaby sample` writes it; repeated for several "
            "rounds of one draw.",
            show_default=False,
        ),
    ],
    earlier: Annotated[
        list[Path] | None,
        typer.Option(
            metavar="FILE",
            help="Sample that was left out of this draw by --exclude, and is annotated too.",
            show_default=False,
        ),
    ] = None,
    by: Annotated[
        str,
        typer.Option(
            metavar="KINDS", help="Kinds of groups: archive, corpus, child, age, with commas."
        ),
    ] = "archive,child",
    level: Annotated[
        float, typer.Option(metavar="SHARE", min=0.5, max=0.999, help="Coverage of the intervals.")
    ] = 0.95,
    minimum: Annotated[
        int,
        typer.Option(
            metavar="N", min=2, help="Stretches of a group below which it gets no estimate."
        ),
    ] = 5,
    allow_missing: Annotated[
        bool,
        typer.Option(
            "--allow-missing",
            help="Estimate although sampled stretches are not annotated, as if these were missing "
            "at random.",
        ),
    ] = False,
    annotated: Annotated[
        Path | None,
        typer.Option(
            metavar="FILE",
            help="Table of the stretches that were annotated, such as the rows of the sample that "
            "are done. Sets of ChildProject say it themselves.",
            show_default="all sampled stretches of the annotated recordings",
        ),
    ] = None,
    output: Annotated[
        Path | None,
        typer.Option(
            "--output",
            "-o",
            metavar="FILE",
            help="Write all figures as CSV.",
            show_default=False,
        ),
    ] = None,
    html: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Write a page.", show_default=False)
    ] = None,
    overwrite: Annotated[
        bool,
        typer.Option("--overwrite", help="Also replace files that this command did not write."),
    ] = False,
    as_json: Json = False,
) -> None:
    """Estimate figures of an archive from a sample that annotators labelled.

    Each figure stands three times: the model's own (uncorrected), the estimate from the annotated
    sample alone, and that from the sample and the model's predictions (corrected). The last
    two are right on average whatever the model's errors are, because the sample's inclusion
    probabilities are known; predictions make the interval narrower. Groups with too few stretches
    get no estimate, and intervals that rest on few stretches are marked.

    Exits with code 5 if the sample is no probability sample, or is not annotated completely.

    Examples:
        vocalbaby corpus estimate dataset/ --annotations human/ --sample sample.csv

        vocalbaby corpus estimate dataset/ -a human/ -s sample.csv --by child,age -o figures.csv

        vocalbaby corpus estimate dataset/ -a human/ -s round1.csv -s round2.csv --html page.html
    """
    from vocalbaby.commands.annotation_files import Annotated as Inputs
    from vocalbaby.corpus.commands.agree_output import check_files, replace_file
    from vocalbaby.corpus.commands.annotation_stream import stream_timelines
    from vocalbaby.corpus.commands.human_annotations import read_human
    from vocalbaby.corpus.estimation import estimate as compute
    from vocalbaby.corpus.estimation.page import PAGE_MARK, to_html
    from vocalbaby.corpus.estimation.writing import (
        COLUMNS,
        methods_paragraph,
        to_csv,
        to_values,
    )
    from vocalbaby.utils.progress_bars import progress_bars

    check_files({output: ",".join(COLUMNS), html: PAGE_MARK}, overwrite=overwrite)
    stretches = _sample(sample, earlier or [])
    human = read_human(annotations, {each.recording_id for each in stretches})
    inputs = Inputs()
    with progress_bars() as bars:

        def progress(done: int) -> None:
            if bars is not None:
                bars("recordings", done, done)

        found = compute(
            stretches,
            human.timelines,
            stream_timelines([segments], inputs),
            by=[name.strip() for name in by.split(",") if name.strip()],
            level=level,
            minimum=minimum,
            allow_missing=allow_missing,
            annotated=_regions(annotated) if annotated else human.regions,
            progress=progress,
        )
    if inputs.failed:
        path, message = inputs.failed[0]
        raise DataNotFoundError(f"{path} cannot be read: {message}", hint="Mend the dataset.")
    for warning in found.warnings:
        typer.echo(f"note: {warning}", err=True)
    if output is not None:
        replace_file(output, to_csv(found))
    if html is not None:
        replace_file(html, to_html(found))
    answer({**to_values(found), "paragraph": methods_paragraph(found)})
    if not as_json:
        _print(found)
        typer.echo(methods_paragraph(found))


def _sample(files: list[Path], earlier: list[Path]) -> "tuple[SampledStretch, ...]":
    from vocalbaby.corpus.sampling.manifest import read_sample
    from vocalbaby.corpus.sampling.rounds import after_exclusion, union_of_rounds

    rounds = [read_sample(file) for file in files]
    found = union_of_rounds(rounds) if len(rounds) > 1 else tuple(rounds[0])
    before = [stretch for file in earlier for stretch in read_sample(file)]
    return after_exclusion(before, found) if before else found


def _regions(file: Path) -> dict[str, list[tuple[float, float]]]:
    from vocalbaby.corpus.sampling.manifest import read_sample

    regions: dict[str, list[tuple[float, float]]] = {}
    for each in read_sample(file):
        regions.setdefault(each.recording_id, []).append((each.onset_s, each.offset_s))
    return regions


def _print(found: "Estimates") -> None:
    from rich.table import Table

    from vocalbaby.utils.terminal import console

    table = Table(box=None, pad_edge=False)
    for name in ("", "figure", "uncorrected", "corrected", "interval", "stretches"):
        table.add_column(name, justify="left" if name in {"", "figure"} else "right")
    for row in found.rows:
        interval = row.assisted
        known = row.is_estimable and math.isfinite(interval.low)
        mark = "" if not known or interval.is_reliable else " (few)"
        table.add_row(
            f"{row.by} {row.group}".strip(),
            row.figure,
            f"{row.uncorrected:.4g}",
            f"{interval.value:.4g}" if row.is_estimable else "not estimable",
            f"{interval.low:.4g} to {interval.high:.4g}{mark}" if known else "",
            str(interval.n),
        )
    console().print(table)
