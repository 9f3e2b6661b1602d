"""``vocalbaby model``: which models there are, what they are, and whether they are sound."""

from typing import TYPE_CHECKING, Annotated

import typer

from vocalbaby.commands.console import console
from vocalbaby.exception import BundleError

if TYPE_CHECKING:
    from vocalbaby.entity.bundle import ModelBundle

__all__ = ["model"]

model = typer.Typer(
    help="Look at models: list, show, verify.", no_args_is_help=True, rich_markup_mode="rich"
)

Model = Annotated[
    str,
    typer.Argument(
        metavar="[MODEL]",
        help="Folder or zip of a bundle; with --store a version (default: built in).",
        show_default=False,
    ),
]
Store = Annotated[
    str,
    typer.Option(help="Model store: a folder or s3://bucket/prefix.", show_default=False),
]


@model.command("list")
def list_models(store: Store = "") -> None:
    """List the built-in model and those of a store, with the channels that serve them.

    Example: vocalbaby model list --store s3://my-bucket/vocalbaby
    """
    from rich.table import Table

    from vocalbaby.bundle.files import default_bundle_path, read_bundle
    from vocalbaby.bundle.store import ModelStore
    from vocalbaby.cloud.storage import open_storage

    served: dict[str, list[str]] = {}
    manifests = [(read_bundle(default_bundle_path()).manifest, "built in")]
    if store:
        models = ModelStore(open_storage(store))
        manifests += [(models.manifest(version), store) for version in models.versions()]
        for channel in models.channels():
            for version, share in models.channel(channel).serves.items():
                served.setdefault(version, []).append(f"{channel} {share:.0%}")
    table = Table("Version", "Features", "Created", "Where", "Channels", box=None, pad_edge=False)
    for manifest, where in manifests:
        channels = ", ".join(served.get(manifest.version, ())) if where == store else ""
        table.add_row(manifest.version, manifest.feature_set, manifest.created, where, channels)
    console().print(table)


@model.command()
def show(model: Model = "", store: Store = "") -> None:
    """Print the model card: what it was trained on, its figures, its limits.

    Example: vocalbaby model show artifacts/training/bundle
    """
    typer.echo(_read(model, store).card)


@model.command()
def verify(model: Model = "", store: Store = "") -> None:
    """Check every file of a model against its manifest; exit code 6 when damaged.

    Example: vocalbaby model verify artifacts/training/bundle
    """
    from vocalbaby.bundle.files import verify_bundle

    version = _read(model, store).manifest.version
    if not store and (faults := verify_bundle(_path(model))):
        raise BundleError(" ".join(faults), hint="Fetch or train the model again.")
    typer.echo(f"{version}: sound")


def _path(model: str) -> str:
    from vocalbaby.bundle.files import default_bundle_path

    return model or str(default_bundle_path())


def _read(model: str, store: str) -> "ModelBundle":
    """Read a bundle, which checks every checksum."""
    from vocalbaby.bundle.files import read_bundle
    from vocalbaby.bundle.store import ModelStore
    from vocalbaby.cloud.storage import open_storage

    if model and store:
        return ModelStore(open_storage(store)).fetch(model)
    return read_bundle(_path(model))
