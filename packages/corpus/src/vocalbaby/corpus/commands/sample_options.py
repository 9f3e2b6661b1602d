"""Options of ``vocalbaby sample`` that concern the design, and the sounds."""

from pathlib import Path
from typing import Annotated, Final

import typer

__all__ = [
    "Allocation",
    "BalanceChildren",
    "ChunkFormat",
    "ChunkLength",
    "Floor",
    "Levels",
    "MaxPerChild",
    "MinPerChild",
    "Padding",
    "PerRecording",
    "Period",
    "Recordings",
    "Size",
    "SoundsFolder",
    "Start",
    "Strata",
    "Top",
    "Zooniverse",
]

_DESIGN: Final = "Design"
_OUTPUTS: Final = "Sounds"

#: Option ``--size``.
Size = Annotated[
    str,
    typer.Option(
        metavar="SIZE",
        help="Size of pps and of levels: speech, variance, seconds, segments or duration.",
        rich_help_panel=_DESIGN,
    ),
]
#: Option ``--floor``.
Floor = Annotated[
    float,
    typer.Option(
        metavar="SHARE",
        min=0.001,
        max=1.0,
        help="Share of the sizes that is divided equally, so that silence is drawn too.",
        rich_help_panel=_DESIGN,
    ),
]
#: Option ``--strata``.
Strata = Annotated[
    str,
    typer.Option(
        metavar="KINDS",
        help="Strata of stratified: child, level (of activity) and class (of clips), separated "
        "by commas.",
        rich_help_panel=_DESIGN,
    ),
]
#: Option ``--levels``.
Levels = Annotated[
    int,
    typer.Option(metavar="N", min=1, help="Number of levels.", rich_help_panel=_DESIGN),
]
#: Option ``--allocation``.
Allocation = Annotated[
    str,
    typer.Option(
        metavar="optimal|proportional",
        help="How stratified divides the sample among strata.",
        rich_help_panel=_DESIGN,
    ),
]
#: Option ``--balance-children``.
BalanceChildren = Annotated[
    bool,
    typer.Option("--balance-children", help="Draw as many of each child.", rich_help_panel=_DESIGN),
]
#: Option ``--min-per-child``.
MinPerChild = Annotated[
    int,
    typer.Option(metavar="N", min=0, help="Fewest of a child.", rich_help_panel=_DESIGN),
]
#: Option ``--max-per-child``.
MaxPerChild = Annotated[
    int | None,
    typer.Option(
        metavar="N",
        min=1,
        help="Most of a child.",
        show_default=False,
        rich_help_panel=_DESIGN,
    ),
]
#: Option ``--period``.
Period = Annotated[
    float | None,
    typer.Option(
        metavar="SECONDS",
        min=0.0,
        help="Time between two stretches of periodic, from end to begin.",
        show_default="so that the minutes fit",
        rich_help_panel=_DESIGN,
    ),
]
#: Option ``--start``.
Start = Annotated[
    float | None,
    typer.Option(
        metavar="SECONDS",
        min=0.0,
        help="Begin of the first stretch of periodic; then there are no probabilities.",
        show_default="random",
        rich_help_panel=_DESIGN,
    ),
]
#: Option ``--per-recording``.
PerRecording = Annotated[
    int | None,
    typer.Option(
        metavar="N",
        min=1,
        help="Stretches of each recording, of high-volubility and energy.",
        show_default=False,
        rich_help_panel=_DESIGN,
    ),
]
#: Option ``--top``.
Top = Annotated[
    bool,
    typer.Option(
        "--top",
        help="expected-gain takes the highest gains; this is no probability sample.",
        rich_help_panel=_DESIGN,
    ),
]
#: Option ``--recordings``.
Recordings = Annotated[
    str | None,
    typer.Option(
        metavar="FOLDER",
        help="Folder of the recordings, or a ChildProject folder.",
        show_default=False,
        rich_help_panel=_OUTPUTS,
    ),
]
#: Option ``--sounds``.
SoundsFolder = Annotated[
    Path | None,
    typer.Option(
        metavar="FOLDER",
        help="Also write each stretch as a WAV file.",
        show_default=False,
        rich_help_panel=_OUTPUTS,
    ),
]
#: Option ``--padding``.
Padding = Annotated[
    float,
    typer.Option(
        metavar="SECONDS",
        min=0.0,
        help="Sound before and behind each stretch that --sounds writes too.",
        rich_help_panel=_OUTPUTS,
    ),
]
#: Option ``--zooniverse``.
Zooniverse = Annotated[
    Path | None,
    typer.Option(
        metavar="FOLDER",
        help="Also write short chunks and manifests for Zooniverse.",
        show_default=False,
        rich_help_panel=_OUTPUTS,
    ),
]
#: Option ``--chunk``.
ChunkLength = Annotated[
    int,
    typer.Option(
        metavar="MS",
        min=50,
        help="Length of the chunks in milliseconds.",
        rich_help_panel=_OUTPUTS,
    ),
]
#: Option ``--chunk-format``.
ChunkFormat = Annotated[
    str,
    typer.Option(metavar="mp3|wav", help="Format of the chunks.", rich_help_panel=_OUTPUTS),
]
