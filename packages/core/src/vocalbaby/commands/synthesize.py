"""``vocalbaby synthesize``: write labelled synthetic clips, or a day."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

import typer

from vocalbaby.commands.completion import classes as names_of_classes
from vocalbaby.entity.labels import CLASSES, Label
from vocalbaby.exception import ConfigError
from vocalbaby.utils.command_line import Json, answer
from vocalbaby.utils.extras import require_extra
from vocalbaby.utils.wording import counted

if TYPE_CHECKING:
    from vocalbaby.corpora.synthetic import SyntheticConfig

__all__ = ["synthesize"]


def synthesize(  # noqa: PLR0913 - options of a command
    *,
    out: Annotated[
        Path,
        typer.Argument(
            metavar="OUT", help="Folder of the files, which is new or empty.", show_default=False
        ),
    ],
    per_class: Annotated[
        int,
        typer.Option(
            "--per-class",
            "-n",
            metavar="N",
            min=1,
            help="Number of clips of each class. Each of them is by another child.",
        ),
    ] = 10,
    seed: Annotated[
        int,
        typer.Option(
            metavar="N",
            min=0,
            help="Seed of the random generator. The same seed gives the same files.",
        ),
    ] = 0,
    classes: Annotated[
        str,
        typer.Option(
            metavar="CLASSES",
            help="Write only these classes, separated by commas.",
            show_default="all five",
            autocompletion=names_of_classes,
        ),
    ] = ",".join(CLASSES),
    duration: Annotated[
        float | None,
        typer.Option(
            metavar="SECONDS",
            min=0.05,
            max=10.0,
            help="Duration of every clip.",
            show_default="drawn for each clip",
        ),
    ] = None,
    age_months: Annotated[
        tuple[int, int],
        typer.Option(
            metavar="LOW HIGH",
            min=0,
            max=36,
            help="Lowest and highest age of the children in months. Canonical babble begins "
            "between 4 and 12 months.",
        ),
    ] = (4, 30),
    clean: Annotated[
        bool,
        typer.Option(
            "--clean",
            help="Leave out room, noise, background and recorder; all clips have the same level.",
        ),
    ] = False,
    day: Annotated[
        float | None,
        typer.Option(
            "--day",
            metavar="HOURS",
            min=0.01,
            max=1000,
            help="Write one recording of a day of this length instead of clips. Of the other "
            "options, only --seed applies to it.",
            show_default=False,
        ),
    ] = None,
    archive: Annotated[
        int | None,
        typer.Option(
            "--archive",
            metavar="N",
            min=1,
            max=100_000,
            help="Write a ChildProject folder with N recordings instead, each of --day hours (0.1 "
            "by default). Of the other options, only --seed and --children apply to it.",
            show_default=False,
        ),
    ] = None,
    children: Annotated[
        int | None,
        typer.Option(
            metavar="K",
            min=1,
            help="With --archive, number of children.",
            show_default="a quarter of the recordings",
        ),
    ] = None,
    layout: Annotated[
        Literal["folders", "babblecor"],
        typer.Option(
            metavar="LAYOUT",
            help="Layout of the files: folders of classes, or that of BabbleCor with the sizes of "
            "its splits. Of the other options, only --seed applies to the latter.",
        ),
    ] = "folders",
    scale: Annotated[
        float,
        typer.Option(
            metavar="SHARE",
            min=0.001,
            max=1.0,
            help="With --layout babblecor, share of its 11,304 clips.",
        ),
    ] = 1.0,
    withheld_test: Annotated[
        bool,
        typer.Option(
            "--withheld-test", help="With --layout babblecor, leave out the labels of test."
        ),
    ] = False,
    as_json: Json = False,
) -> None:
    """Write labelled synthetic clips, for listening, tests and examples.

    Writes OUT/CLASS/CHILD/CLIP.wav (16 kHz, mono, 16 bits), and OUT/metadata.csv
    with BabbleCor's columns, so both the adapter `folder` and the adapter
    `babblecor` read OUT as a corpus. Each child has one clip of each class. More
    clips per class, or other classes, do not change the clips that were there
    before. Nothing is overwritten: exits with code 2 if OUT is not empty.

    Examples:
        vocalbaby synthesize clips --per-class 20 --seed 1

        vocalbaby synthesize laughs --classes Laughing --per-class 50 --clean

        vocalbaby synthesize clips && vocalbaby predict clips --recursive

    With --day HOURS, OUT has one recording instead, day.wav, and its true
    segments as day.rttm and day.csv: an infant among talk, television and
    household sounds, and quiet stretches, in changing acoustics.

        vocalbaby synthesize day --day 16 --seed 1

    With --archive N, OUT is a ChildProject folder with N recordings of children who grow:
    canonical babble becomes more frequent with age. The true segments are the set of
    annotations `truth`.

        vocalbaby synthesize archive --archive 20 --day 1 --children 5

    With --layout babblecor, OUT has private_metadata.csv and clips_corpus/, as the
    recipe of https://vocalbaby.github.io/vocalbaby/babblecor/ expects BabbleCor.

        vocalbaby synthesize babblecor --layout babblecor --scale 0.02
    """
    require_extra("synthesis")
    from vocalbaby.commands.labelled_clips import write_labelled_clips
    from vocalbaby.corpora.synthetic import generate_per_class
    from vocalbaby.utils.progress_bars import progress_bars

    if archive is not None:
        _write_archive(out, archive, children, day or 0.1, seed, as_json=as_json)
        return
    if day is not None:
        from vocalbaby.commands.synthetic_day import write_day

        _require_empty(out)
        with progress_bars() as progress:
            n_segments = write_day(out, day, seed, progress)
        files = [out / name for name in ("day.rttm", "day.csv")]
        answer({"recording": out / "day.wav", "annotations": files, "segments": n_segments})
        if not as_json:
            typer.echo(
                f"{counted(n_segments, 'segment')} in {out / 'day.wav'}, with day.rttm and day.csv"
            )
        return
    if layout == "babblecor":
        _write_babblecor(out, seed, scale, withheld=withheld_test, as_json=as_json)
        return
    chosen = _chosen(classes)
    config = _config(per_class, seed, duration, age_months, clean=clean)
    _require_empty(out)
    with progress_bars() as progress:
        clips = generate_per_class(config, chosen)
        total = per_class * len(chosen)
        done = write_labelled_clips(clips, out, total, progress)
    answer({"folder": out, "clips": done, "classes": chosen, "metadata": out / "metadata.csv"})
    if not as_json:
        typer.echo(f"{counted(done, 'clip')} of {', '.join(chosen)}, with {out / 'metadata.csv'}")


def _write_archive(
    out: Path, n: int, children: int | None, hours: float, seed: int, *, as_json: bool
) -> None:
    from vocalbaby.commands.synthetic_archive import write_archive
    from vocalbaby.utils.progress_bars import progress_bars

    if children is not None and children > n:
        raise ConfigError(
            f"There are {children} children and {n} recordings.", hint="Give fewer --children."
        )
    _require_empty(out)
    of_whom = children or max(1, n // 4)
    with progress_bars() as progress:
        segments = write_archive(out, n, of_whom, hours, seed, progress)
    answer({"folder": out, "recordings": n, "children": of_whom, "segments": segments})
    if not as_json:
        typer.echo(
            f"{counted(n, 'recording')} of {counted(of_whom, 'child')} with "
            f"{counted(segments, 'true segment')}: {out}"
        )


def _write_babblecor(out: Path, seed: int, scale: float, *, withheld: bool, as_json: bool) -> None:
    from vocalbaby.commands.labelled_clips import write_babblecor
    from vocalbaby.corpora.synthetic import BabbleCorLayout
    from vocalbaby.utils.progress_bars import progress_bars

    _require_empty(out)
    layout = BabbleCorLayout(seed=seed, scale=scale)
    with progress_bars() as progress:
        done = write_babblecor(layout, out, withheld=withheld, progress=progress)
    table = out / "private_metadata.csv"
    answer({"folder": out, "clips": done, "classes": CLASSES, "metadata": table})
    if not as_json:
        typer.echo(f"{counted(done, 'clip')} in {out / 'clips_corpus'}, with {table}")


def _chosen(text: str) -> list[Label]:
    """Find the classes that a list names, in the order of `CLASSES` and regardless of case."""
    names = {name.strip().casefold(): name.strip() for name in text.split(",") if name.strip()}
    unknown = [names[key] for key in names if key not in {c.casefold() for c in CLASSES}]
    if unknown or not names:
        what = f"no class {unknown[0]!r}" if unknown else "no class in --classes"
        raise ConfigError(f"There is {what}.", hint=f"Use one or more of {','.join(CLASSES)}.")
    return [label for label in CLASSES if label.casefold() in names]


def _config(
    per_class: int,
    seed: int,
    duration: float | None,
    age_months: tuple[int, int],
    *,
    clean: bool,
) -> "SyntheticConfig":
    from vocalbaby.audio.acoustics import CLEAN_RECORDING
    from vocalbaby.corpora.synthetic import SyntheticConfig

    if age_months[0] > age_months[1]:
        raise ConfigError(
            f"The ages {age_months[0]} to {age_months[1]} months are not in rising order.",
            hint="Give the lower age first: --age-months LOW HIGH.",
        )
    settings: dict[str, Any] = {
        "seed": seed,
        "n_children": per_class,
        "clips_per_child": 1,
        "age_months": age_months,
    }
    if duration is not None:
        settings |= {"duration_s": (duration, duration), "median_duration_s": duration}
    if clean:
        settings |= {"background_probability": 0.0, "recording": CLEAN_RECORDING}
    return SyntheticConfig.model_validate(settings)


def _require_empty(out: Path) -> None:
    if out.exists() and not out.is_dir():
        raise ConfigError(f"{out} is not a folder.", hint="Name a new or empty folder.")
    if out.is_dir() and any(out.iterdir()):
        raise ConfigError(
            f"The folder {out} is not empty.",
            hint="Name another folder; nothing is overwritten.",
        )
