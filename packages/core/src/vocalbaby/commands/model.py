"""``vocalbaby model``: what a model is, and whether it is sound."""

from pathlib import Path
from typing import Annotated

import typer

from vocalbaby.exception import BundleError

__all__ = ["model"]

model = typer.Typer(
    help="Look at models: list, show, verify.",
    no_args_is_help=True,
    rich_markup_mode="rich",
)

Bundle = Annotated[
    Path | None, typer.Argument(help="Folder or zip of a bundle (default: built in).")
]


@model.command()
def show(bundle: Bundle = None) -> None:
    """Print the model card: what it was trained on, its figures, its limits.

    Example: vocalbaby model show artifacts/training/bundle
    """
    from vocalbaby.bundle.files import default_bundle_path, read_bundle

    typer.echo(read_bundle(bundle or default_bundle_path()).card)


@model.command()
def verify(bundle: Bundle = None) -> None:
    """Check every file of a bundle against its manifest; exit code 6 when damaged.

    Example: vocalbaby model verify artifacts/training/bundle
    """
    from vocalbaby.bundle.files import default_bundle_path, read_bundle, verify_bundle

    path = bundle or default_bundle_path()
    if faults := verify_bundle(path):
        raise BundleError(" ".join(faults), hint="Fetch or train the model again.")
    typer.echo(f"{read_bundle(path).manifest.version}: sound")
