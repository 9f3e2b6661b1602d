"""``vocalbaby agree``: how well two sets of annotations agree."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from vocalbaby.commands.completion import formats_read
from vocalbaby.exception import ConfigError, DataError
from vocalbaby.utils.command_line import Json, answer

if TYPE_CHECKING:
    from vocalbaby.corpus.agreement import AgreementConfig
    from vocalbaby.corpus.commands.agree_inputs import Given

__all__ = ["agree"]


def agree(  # noqa: PLR0913 - options of a command
    *,
    reference: Annotated[
        str,
        typer.Argument(
            metavar="REFERENCE",
            help="Annotations that count as true: a file, a folder, a folder annotations/SET of "
            "ChildProject, or a dataset of vocalbaby corpus.",
            show_default=False,
        ),
    ],
    other: Annotated[
        str,
        typer.Argument(
            metavar="OTHER",
            help="Annotations of the same recordings, such as those of a model.",
            show_default=False,
        ),
    ],
    second_coder: Annotated[
        str,
        typer.Option(
            metavar="FILE|FOLDER",
            help="Annotations of a second human coder, whose agreement with the reference is the "
            "ceiling, on the same stretches.",
            show_default=False,
        ),
    ] = "",
    regions: Annotated[
        Path | None,
        typer.Option(
            metavar="FILE",
            help="Annotated stretches: a sample, or any annotations. Time outside is not compared.",
            show_default="whole recordings, or the ranges of ChildProject's annotations.csv",
        ),
    ] = None,
    region_tier: Annotated[
        str,
        typer.Option(
            metavar="TIER",
            help="Tier of the reference whose segments are the annotated stretches.",
            show_default=False,
        ),
    ] = "",
    pairs: Annotated[
        Path | None,
        typer.Option(
            metavar="FILE",
            help="CSV with the columns reference and other, of recordings whose names differ.",
            show_default=False,
        ),
    ] = None,
    map_: Annotated[
        Path | None,
        typer.Option(
            "--map",
            metavar="FILE",
            help="CSV with the columns label and class; the class - leaves a label out.",
            show_default=False,
        ),
    ] = None,
    labels: Annotated[
        str,
        typer.Option(
            metavar="auto|classes|speakers",
            help="What is compared: classes of the infant's vocalizations, or speakers.",
        ),
    ] = "auto",
    junk: Annotated[
        str,
        typer.Option(
            metavar="merge|separate",
            help="Whether Junk counts as no infant sound, or as a class of its own.",
        ),
    ] = "merge",
    unit: Annotated[
        float, typer.Option(metavar="MS", help="Length of a time unit in milliseconds.")
    ] = 100.0,
    collar: Annotated[
        float,
        typer.Option(
            metavar="MS",
            help="Milliseconds around each boundary of the reference, half before and half after, "
            "that error rates leave out.",
        ),
    ] = 0.0,
    iou: Annotated[
        float,
        typer.Option(
            metavar="SHARE", help="Least intersection over union of two segments that match."
        ),
    ] = 0.5,
    recordings: Annotated[
        Path | None,
        typer.Option(
            metavar="FOLDER",
            help="Folder of the sound, for figures by signal-to-noise ratio.",
            show_default=False,
        ),
    ] = None,
    project: Annotated[
        Path | None,
        typer.Option(
            metavar="FOLDER",
            help="ChildProject folder whose tables have clock times, durations and children.",
            show_default=False,
        ),
    ] = None,
    gamma: Annotated[
        bool,
        typer.Option("--gamma", help="Also compute gamma, which needs the extra gamma."),
    ] = False,
    by: Annotated[
        str,
        typer.Option(
            metavar="KINDS",
            help="Groups of the table on the terminal: recording, child, age, hour and snr, "
            "separated by commas. Files have all of them.",
        ),
    ] = "age,snr",
    html: Annotated[
        Path | None,
        typer.Option(metavar="FILE", help="Write a page with plots.", show_default=False),
    ] = None,
    csv: Annotated[
        Path | None,
        typer.Option(metavar="FILE", help="Write all figures as a table.", show_default=False),
    ] = None,
    text: Annotated[
        bool,
        typer.Option("--text", help="Print a paragraph for a methods section, and no table."),
    ] = False,
    block: Annotated[
        float,
        typer.Option(
            metavar="MINUTES",
            help="Length of the blocks that intervals of less than five recordings are drawn from.",
        ),
    ] = 5.0,
    draws: Annotated[
        int, typer.Option(metavar="N", help="Number of bootstrap draws; 0 gives no intervals.")
    ] = 2000,
    level: Annotated[
        float, typer.Option(metavar="SHARE", help="Coverage of the intervals.")
    ] = 0.95,
    seed: Annotated[int, typer.Option(metavar="N", help="Seed of the draws.")] = 0,
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
    overwrite: Annotated[
        bool,
        typer.Option("--overwrite", help="Also replace files that this command did not write."),
    ] = False,
    as_json: Json = False,
) -> None:
    """Compare two sets of annotations of the same recordings.

    Time units and segments of both sides are counted by their classes: per cent
    agreement, Cohen's kappa, Krippendorff's alpha, unweighted average recall,
    precision, recall and F1 of each class, detection and identification error
    rates, differences of onsets and offsets, and the agreement of vocalizations
    per minute and of the canonical proportion. Figures are over all, and by
    recording, child, age, hour and signal-to-noise ratio, with intervals by a
    bootstrap over children, recordings or blocks. Recordings are paired by their
    names. Name the stretches that were annotated with --regions, so that other
    time does not count as disagreement. Remarks are on standard error. Exits with
    code 5 if an input cannot be read; the others are still compared.

    Examples:
        vocalbaby agree human.eaf segments.parquet --region-tier code

        vocalbaby agree annotations/eaf/an1 dataset --html agreement.html

        vocalbaby agree human/ vtc.rttm --regions sample.csv --csv agreement.csv

        vocalbaby agree an1/ segments/ --second-coder an2/ --text
    """
    from vocalbaby.corpus import agreement
    from vocalbaby.corpus.agreement.page import PAGE_MARK, to_html
    from vocalbaby.corpus.agreement.writing import COLUMNS, to_csv, to_document
    from vocalbaby.corpus.commands import agree_inputs, agree_output
    from vocalbaby.utils.progress_bars import progress_bars

    config = _config(
        unit_s=unit / 1000,
        collar_s=collar / 1000,
        iou=iou,
        labels=labels,
        junk=junk,
        block_s=60 * block,
        draws=draws,
        level=level,
        seed=seed,
    )
    kinds = agree_output.check_kinds(by)
    agree_output.check_files({html: PAGE_MARK, csv: ",".join(COLUMNS)}, overwrite=overwrite)
    sides = [
        agree_inputs.read_side(name, from_ or None, project)
        for name in (reference, other, second_coder)
        if name
    ]
    failed = _failed(sides)
    own = sides[0].timelines
    stretches = [side.regions for side in sides[:2]]
    if region_tier:
        own, found = agree_inputs.tier_regions(own, region_tier)
        stretches.append(found)
    if regions is not None:
        stretches.append(agree_inputs.read_regions(regions, own))
    names = [timeline.recording_id for timeline in own]
    with progress_bars() as progress:
        result = agreement.compare(
            own,
            sides[1].timelines,
            second=sides[2].timelines if second_coder else None,
            regions=agree_inputs.common_regions(stretches, own),
            names=agree_inputs.read_table(pairs, ("reference", "other")) if pairs else None,
            mapping=agree_inputs.read_table(map_, ("label", "class")) if map_ else None,
            recordings=agree_inputs.sounds_of(recordings, names) if recordings else None,
            gamma=gamma,
            config=config,
            progress=progress,
        )
    if html is not None:
        agree_output.replace_file(html, to_html(result))
    if csv is not None:
        agree_output.replace_file(csv, to_csv(result))
    if as_json:
        answer(to_document(result))
    else:
        agree_output.show(result, kinds, text=text)
    for note in result.notes:
        typer.echo(f"note: {note}", err=True)
    answer({"failed_files": failed, "passed_over_files": [p for s in sides for p in s.passed_over]})
    if failed:
        raise typer.Exit(5)


def _failed(sides: "list[Given]") -> list[dict[str, str]]:
    """Report files that cannot be read, and files that are no annotations."""
    failed = [{"file": name, "message": text} for side in sides for name, text in side.failed]
    for each in failed:
        message = each["message"] if each["file"] in each["message"] else ": ".join(each.values())
        typer.echo(f"error: {message}", err=True)
    for side in sides:
        if side.passed_over:
            names = ", ".join(side.passed_over[:3])
            more = f" and {len(side.passed_over) - 3} more" if len(side.passed_over) > 3 else ""
            typer.echo(
                f"note: Passed over, since they are no annotations: {names}{more}.", err=True
            )
        if not side.timelines:
            raise DataError("No file of a side can be read.", hint="Name other files.")
    return failed


def _config(**values: object) -> "AgreementConfig":
    from pydantic import ValidationError

    from vocalbaby.corpus.agreement import AgreementConfig

    try:
        return AgreementConfig.model_validate(values)
    except ValidationError as error:
        first = error.errors()[0]
        name = str(first["loc"][0]).removesuffix("_s") if first["loc"] else "settings"
        raise ConfigError(f"{name}: {first['msg']}.") from None
