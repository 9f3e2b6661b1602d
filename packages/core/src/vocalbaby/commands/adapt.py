"""``vocalbaby adapt``: adapt a model to a laboratory's clips."""

from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from vocalbaby.exception import ConfigError
from vocalbaby.utils.command_line import Json, answer
from vocalbaby.utils.extras import require_extra
from vocalbaby.utils.wording import counted

if TYPE_CHECKING:
    from vocalbaby.components.adaptation import Adaptation

__all__ = ["adapt"]


class Method(StrEnum):
    """Methods of adaptation."""

    AUTO = "auto"
    CALIBRATION = "calibration"
    PRIOR = "prior"
    HEAD = "head"


class Objective(StrEnum):
    """What decides between methods."""

    UAR = "uar"
    LOG_LOSS = "log_loss"


def adapt(  # noqa: PLR0913 - options of a command
    *,
    source: Annotated[
        Path | None,
        typer.Option(
            "--from",
            metavar="BUNDLE",
            help="The model: folder or zip file of a bundle.",
            show_default="the built-in model",
        ),
    ] = None,
    data: Annotated[
        Path | None,
        typer.Option(
            metavar="PATH",
            help="Labelled clips: a metadata table with clip_ID, child_ID and Answer, a folder "
            "with metadata.csv, or a folder with one folder per class.",
            show_default=False,
        ),
    ] = None,
    unlabelled: Annotated[
        Path | None,
        typer.Option(
            metavar="PATH",
            help="Clips from which the frequencies of the classes are estimated: a folder, or a "
            "metadata table with clip_ID. Labels are ignored.",
            show_default=False,
        ),
    ] = None,
    clips: Annotated[
        Path | None,
        typer.Option(
            metavar="FOLDER",
            help="Folder of the audio files of metadata tables.",
            show_default="the folder of the table",
        ),
    ] = None,
    out: Annotated[
        Path | None,
        typer.Option(
            "--out",
            "-o",
            metavar="FOLDER",
            help="Folder of the new bundle; needed without --dry-run.",
            show_default=False,
        ),
    ] = None,
    method: Annotated[
        Method,
        typer.Option(
            help="calibration: temperature and biases; prior: frequencies of the classes; head: "
            "a logistic regression of the scores; auto: the best of them in cross-validation.",
        ),
    ] = Method.AUTO,
    objective: Annotated[
        Objective, typer.Option(help="What decides between methods, and whether there is a gain.")
    ] = Objective.UAR,
    allow_missing: Annotated[
        bool,
        typer.Option(
            "--allow-missing",
            help="Adapt although classes of the model have no labelled clip. These classes become "
            "less probable.",
        ),
    ] = False,
    force: Annotated[
        bool, typer.Option("--force", help="Write the bundle also if there is no gain.")
    ] = False,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Report the gain, and write nothing.")
    ] = False,
    as_json: Json = False,
) -> None:
    """Adapt a model to 50 to 500 clips of your own recordings.

    The classifier stays as it is; its probabilities are calibrated again. The gain is measured
    on children that neither the fit nor the choice of the method has seen, with a 95 %
    interval. If the interval includes 0, there is no gain, and the bundle is not written
    unless --force is given. Without labels, only the frequencies of the classes can be
    adapted, and the gain is not known.

    Examples:
        vocalbaby adapt --data my_clips --out adapted

        vocalbaby adapt --from bundle --data metadata.csv --clips clips --dry-run

        vocalbaby adapt --unlabelled recordings --out adapted
    """
    if out is None and not dry_run:
        raise ConfigError("No folder is given for the new bundle.", hint="Add --out or --dry-run.")
    require_extra("train")
    from vocalbaby.bundle.files import default_bundle_path, read_bundle
    from vocalbaby.bundle.writing import write_bundle
    from vocalbaby.components.adaptation import LabData
    from vocalbaby.components.adaptation import adapt as fit
    from vocalbaby.components.adaptation_bundle import adapted_card, adapted_content
    from vocalbaby.components.adaptation_data import margins_of, read_labelled, read_unlabelled
    from vocalbaby.entity.progress import for_task
    from vocalbaby.utils.progress_bars import progress_bars

    bundle = read_bundle(source or default_bundle_path())
    labelled = other = None
    passed_over: dict[str, int] = {}
    with progress_bars() as progress:
        if data is not None:
            found, reasons = read_labelled(data, clips, for_task(progress, "read"))
            passed_over = dict(sorted(reasons.items()))
            labelled = LabData(*margins_of(bundle, found, for_task(progress, "labelled clips")))
        if unlabelled is not None:
            listed = read_unlabelled(unlabelled, clips)
            other = LabData(*margins_of(bundle, listed, for_task(progress, "unlabelled clips")))
            if lost := len(listed) - len(other.clips):
                passed_over["unlabelled_unreadable"] = lost
    result = fit(
        bundle,
        labelled,
        other,
        method=method.value,
        objective=objective.value,
        allow_missing=allow_missing,
    )
    is_written = not dry_run and (result.is_gain or result.gains is None or force)
    version = None
    if is_written and out is not None:
        version = write_bundle(
            out,
            adapted_content(bundle, result),
            card=lambda manifest: adapted_card(bundle, result, manifest),
        ).version
    answer(
        {
            "adaptation": result.record(),
            "passed_over": passed_over,
            "written": is_written,
            "version": version,
            "bundle": out if is_written else None,
        }
    )
    if not as_json:
        _show(result, passed_over)
        if is_written:
            typer.echo(f"{version}: {out}")
        elif not dry_run:
            typer.echo("The bundle is not written; --force writes it nevertheless.")


def _show(result: "Adaptation", passed_over: dict[str, int]) -> None:
    counts = ", ".join(f"{name} {n}" for name, n in result.clips.items() if n)
    if counts:
        typer.echo(f"Labelled clips: {counts}; {counted(result.children, 'child')}")
    if result.unlabelled:
        typer.echo(f"Unlabelled clips: {result.unlabelled}")
    if passed_over:
        listed = ", ".join(f"{code} {n}" for code, n in passed_over.items())
        typer.echo(f"Passed over: {listed}")
    typer.echo(f"Method: {result.method}")
    for name, gain in (result.gains or {}).items():
        typer.echo(
            f"{name}: {gain.before:.3f} before, {gain.after:.3f} after, improvement "
            f"{gain.gain:+.3f} ({gain.low:+.3f} to {gain.high:+.3f})"
        )
    typer.echo(result.verdict)
