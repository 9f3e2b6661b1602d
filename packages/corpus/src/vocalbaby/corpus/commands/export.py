"""``vocalbaby export``: files for annotators, and recordings without other voices."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from vocalbaby.exception import ConfigError
from vocalbaby.utils.command_line import Json, answer
from vocalbaby.utils.wording import counted

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["export"]


def export(  # noqa: PLR0913 - options of a command
    *,
    segments: Annotated[
        list[str],
        typer.Argument(
            metavar="DATASET|SEGMENTS",
            help="Dataset of `corpus run`, or files and folders of annotations.",
            show_default=False,
        ),
    ],
    out: Annotated[
        Path,
        typer.Option(
            "--out",
            "-o",
            metavar="FOLDER",
            help="Folder of the files, which is new or empty.",
            show_default=False,
        ),
    ],
    eaf: Annotated[bool, typer.Option("--eaf", help="Write pre-filled files of ELAN.")] = False,
    aclew: Annotated[
        bool,
        typer.Option(
            "--aclew",
            help="Write pre-filled files of ELAN in the ACLEW scheme, which ChildProject imports: "
            "classes are codes on the tier vcm@CHI.",
        ),
    ] = False,
    textgrid: Annotated[
        bool, typer.Option("--textgrid", help="Write pre-filled TextGrids of Praat.")
    ] = False,
    child_only: Annotated[
        bool,
        typer.Option(
            "--child-only", help="Write the recordings with everything but the key child muted."
        ),
    ] = False,
    features_only: Annotated[
        bool,
        typer.Option(
            "--features-only",
            help="Write features of the key child's vocalizations, which cannot be listened to.",
        ),
    ] = False,
    recordings: Annotated[
        str,
        typer.Option(
            metavar="FOLDER",
            help="Folder of the recordings, for links in files of ELAN, and for --child-only and "
            "--features-only.",
            show_default=False,
        ),
    ] = "",
    sample: Annotated[
        list[Path] | None,
        typer.Option(
            metavar="FILE",
            help="Table of `vocalbaby sample`: export its stretches only.",
            show_default=False,
        ),
    ] = None,
    uncertain: Annotated[
        float,
        typer.Option(
            metavar="P",
            min=0.0,
            max=1.0,
            help="Segments whose label has a lower probability are on a tier of their own.",
        ),
    ] = 0.6,
    junk: Annotated[
        bool, typer.Option("--include-junk/--no-junk", help="Also give segments of other sound.")
    ] = False,
    margin: Annotated[
        float,
        typer.Option(
            metavar="SECONDS", min=0.0, help="With --child-only, sound that is kept around each."
        ),
    ] = 0.05,
    feature_set: Annotated[
        str, typer.Option(metavar="NAME", help="With --features-only, the feature set.")
    ] = "spectral_prosodic",
    pseudonyms: Annotated[
        Path | None,
        typer.Option(
            metavar="KEYFILE",
            help="Replace names of recordings, children and corpora by keyed hashes, and move "
            "dates. The file is made if it does not exist; keep it secret.",
            show_default=False,
        ),
    ] = None,
    as_json: Json = False,
) -> None:
    """Write segments for annotators, or what can be shared.

    A file of ELAN has a tier for each class, whose annotations have the five classes as a
    controlled vocabulary, so that a correction is one click; the probability of each is an
    annotation of a tier below. Segments of which the model is not certain are on the tier
    `uncertain`. What was given is also in the folder `given`, with which `vocalbaby import`
    compares what comes back: keep it.

    With --pseudonyms nothing in the files names a recording, a child or a corpus. The names are
    added to KEYFILE.names.csv beside the key, which must not be in the folder.

    Examples:
        vocalbaby export dataset/ --eaf --out elan/ --recordings project/

        vocalbaby export dataset/ --eaf --out elan/ --sample sample.csv --uncertain 0.7

        vocalbaby export dataset/ --aclew --out elan/ --recordings project/

        vocalbaby export dataset/ --child-only --recordings project/ --out shared/

        vocalbaby export dataset/ --features-only --recordings project/ --out shared/
    """
    from vocalbaby.commands.annotation_files import Annotated as Inputs
    from vocalbaby.corpus.commands import export_steps as steps
    from vocalbaby.corpus.commands.annotation_stream import stream_timelines
    from vocalbaby.corpus.privacy.name_table import require_apart, write_names
    from vocalbaby.corpus.privacy.pseudonyms import Pseudonyms

    formats = {"eaf": eaf, "aclew": aclew, "textgrid": textgrid}
    kinds = [name for name, is_wanted in formats.items() if is_wanted]
    if not (kinds or child_only or features_only):
        raise ConfigError(
            "There is nothing to export.",
            hint="Add --eaf, --aclew, --textgrid, --child-only or --features-only.",
        )
    if len(kinds) > 1:
        raise ConfigError(
            f"--{kinds[0]} and --{kinds[1]} exclude each other.",
            hint="A recording is corrected in one file: export into two folders.",
        )
    if (child_only or features_only) and not recordings:
        raise ConfigError("The sound is needed.", hint="Add --recordings FOLDER.")
    if pseudonyms:
        require_apart(pseudonyms, out)
    steps.require_empty(out)
    inputs = Inputs()
    timelines = list(stream_timelines(segments, inputs))
    steps.require_readable(inputs)
    sounds = steps.sounds_of(recordings, timelines)
    regions = steps.regions_of(sample) if sample else None
    names = Pseudonyms.load(pseudonyms) if pseudonyms else None
    hidden = {t.recording_id: names.timeline(t) if names else t for t in timelines}
    done: dict[str, object] = {"folder": str(out), "recordings": len(timelines)}
    if pseudonyms:
        done["pseudonyms"] = str(write_names(timelines, hidden, pseudonyms))
    for format_ in kinds:
        done[format_] = steps.annotation_files(
            hidden,
            out,
            format_,
            regions,
            uncertain=uncertain,
            junk=junk,
            sounds=_media(sounds, names),
        )
    if child_only:
        done["child_only"] = steps.muted(hidden, sounds, out, margin)
    if features_only:
        done["features_only"] = steps.features(hidden, sounds, out, feature_set)
    answer(done)
    if not as_json:
        _print(done, out)


def _media(sounds: "Mapping[str, Path]", names: object) -> "Mapping[str, Path]":
    """Files of ELAN do not link recordings whose names are hidden."""
    return {} if names else sounds


def _print(done: dict[str, object], out: Path) -> None:
    for key in ("eaf", "aclew", "textgrid"):
        if isinstance(found := done.get(key), dict):
            typer.echo(
                f"{counted(found['files'], 'file')} with {counted(found['segments'], 'segment')}, "
                f"{found['uncertain']} of them uncertain: {out}"
            )
    if isinstance(found := done.get("child_only"), dict):
        minutes, files = found["heard_s"] / 60, counted(found["files"], "recording")
        typer.echo(f"{files} with {minutes:.1f} minutes of the key child: {out}")
    if isinstance(found := done.get("features_only"), dict):
        typer.echo(f"{counted(found['rows'], 'vocalization')} with features: {found['file']}")
    if "pseudonyms" in done:
        typer.echo(f"The names behind the pseudonyms: {done['pseudonyms']}")
