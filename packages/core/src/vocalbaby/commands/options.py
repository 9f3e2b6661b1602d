"""Options that several commands have."""

from pathlib import Path
from typing import Annotated

import typer

__all__ = ["Model"]

Model = Annotated[
    Path | None,
    typer.Option(
        "--model",
        "-m",
        metavar="FILE",
        help="Model bundle: a folder, or its zip file.",
        show_default="the built-in model",
    ),
]
