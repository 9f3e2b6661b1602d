"""``vocalbaby corpus gain``: what an adaptation is worth on recordings that were not corrected."""

from pathlib import Path
from typing import Annotated

import typer

from vocalbaby.exception import DataError
from vocalbaby.utils.command_line import Json, answer

__all__ = ["gain"]


def gain(
    *,
    after: Annotated[
        Path,
        typer.Argument(metavar="BUNDLE", help="The adapted model.", show_default=False),
    ],
    annotations: Annotated[
        list[str],
        typer.Option(
            "--annotations",
            "-a",
            metavar="FILE|FOLDER",
            help="Annotated recordings whose corrections were not used; may be repeated.",
            show_default=False,
        ),
    ],
    recordings: Annotated[
        str, typer.Option(metavar="FOLDER", help="Folder of the recordings.", show_default=False)
    ],
    before: Annotated[
        Path | None,
        typer.Option(metavar="BUNDLE", help="The former model.", show_default="the built-in model"),
    ] = None,
    corrections: Annotated[
        Path | None,
        typer.Option(
            metavar="FILE",
            help="corrections.csv of `vocalbaby import`: its recordings and children are left out.",
            show_default=False,
        ),
    ] = None,
    as_json: Json = False,
) -> None:
    """Compare a model before and after adaptation, on recordings that were not corrected.

    Annotated segments are classified by both models. The figures are the UAR, the accuracy, and
    the error of the canonical proportion, with 95 % intervals of the differences by a bootstrap
    over children, or over recordings if there are fewer than 5 children. There is no interval if
    there are fewer than 5 recordings as well.

    Example: vocalbaby corpus gain adapted/ -a human/ --recordings project/ --corrections
    corrections/corrections.csv
    """
    from rich.table import Table

    from vocalbaby import inference
    from vocalbaby.corpus.commands.export_steps import sounds_of
    from vocalbaby.corpus.commands.human_annotations import read_human
    from vocalbaby.corpus.corrections.gain import measure_gain
    from vocalbaby.corpus.corrections.importing import names_in
    from vocalbaby.entity.progress import for_task
    from vocalbaby.utils.progress_bars import progress_bars
    from vocalbaby.utils.terminal import console

    read = read_human(annotations).timelines
    used, children = names_in(corrections) if corrections else (set(), set())
    kept = [
        t
        for t in read
        if t.recording_id not in used
        and not (t.child and (t.child.corpus, t.child.child_id) in children)
    ]
    if not kept:
        raise DataError(
            "No annotated recording is left.", hint="Name recordings of children not corrected."
        )
    with progress_bars() as progress:
        found = measure_gain(
            kept,
            sounds_of(recordings, kept),
            inference.load(before),
            inference.load(after),
            progress=for_task(progress, "recordings"),
        )
    answer(
        {
            "recordings": len(kept),
            "left_out": len(read) - len(kept),
            "gains": {
                name: {"before": g.before, "after": g.after, "low": g.low, "high": g.high}
                for name, g in found.items()
            },
        }
    )
    if as_json:
        return
    table = Table(box=None, pad_edge=False)
    for name in ("", "before", "after", "difference", "95 % interval"):
        table.add_column(name, justify="right" if name else "left")
    for name, g in found.items():
        table.add_row(
            name.replace("_", " "),
            f"{g.before:.3f}",
            f"{g.after:.3f}",
            f"{g.difference:+.3f}",
            _interval(g.low, g.high),
        )
    console().print(table)
    typer.echo(f"{len(kept)} recordings, {len(read) - len(kept)} left out", err=True)


def _interval(low: float | None, high: float | None) -> str:
    return "too few recordings" if low is None or high is None else f"{low:+.3f} to {high:+.3f}"
