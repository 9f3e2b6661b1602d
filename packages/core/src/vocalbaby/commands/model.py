"""``vocalbaby model``: inspect and publish models, and choose those that a channel serves."""

from typing import TYPE_CHECKING, Annotated

import typer

from vocalbaby.commands.console import console
from vocalbaby.exception import BundleError, ConfigError

if TYPE_CHECKING:
    from vocalbaby.bundle.store import ModelStore
    from vocalbaby.entity.bundle import ModelBundle
    from vocalbaby.entity.channel import Channel

__all__ = ["model"]

model = typer.Typer(
    help="Inspect and publish models, and choose those that a channel serves.",
    no_args_is_help=True,
    rich_markup_mode="rich",
)

Model = Annotated[
    str,
    typer.Argument(
        metavar="[MODEL]",
        help="Folder or zip of a bundle; with --store, a version (default: the built-in model).",
        show_default=False,
    ),
]
Store = Annotated[
    str,
    typer.Option(help="Model store: a folder or s3://bucket/prefix.", show_default=False),
]
ToStore = Annotated[
    str, typer.Option("--store", help="Model store: a folder or s3://bucket/prefix.")
]
OfChannel = Annotated[str, typer.Option(help="Channel that servers follow.")]
Version = Annotated[str, typer.Argument(help="Version in the store.", show_default=False)]


@model.command("list")
def list_models(store: Store = "") -> None:
    """List the built-in model and those of a store, with the channels that serve them.

    Example: vocalbaby model list --store s3://my-bucket/vocalbaby
    """
    from rich.table import Table

    from vocalbaby.bundle.files import default_bundle_path, read_bundle

    served: dict[str, list[str]] = {}
    manifests = [(read_bundle(default_bundle_path()).manifest, "built in")]
    if store:
        models = _open(store)
        versions = models.versions()
        for version in versions:
            try:
                manifests.append((models.manifest(version), store))
            except BundleError as error:  # one of an older format hides no other
                typer.echo(f"{version} is left out. {error}", err=True)
        if not versions:
            typer.echo(f"There are no models in {store}.", err=True)
        for channel in models.channels():
            found = models.channel(channel)
            for version in found.versions:
                share = found.serves.get(version)
                part = "shadow" if share is None else _percent(share)
                served.setdefault(version, []).append(f"{channel} {part}")
    table = Table("Version", "Features", "Created", "Where", "Channels", box=None, pad_edge=False)
    for manifest, where in manifests:
        channels = ", ".join(served.get(manifest.version, ())) if where == store else ""
        table.add_row(
            manifest.version, manifest.feature_set, manifest.provenance.created, where, channels
        )
    console().print(table)


@model.command()
def show(model: Model = "", store: Store = "") -> None:
    """Print the model card: training data, metrics and limitations.

    Example: vocalbaby model show artifacts/training/bundle
    """
    typer.echo(_read(model, store).card)


@model.command()
def verify(model: Model = "", store: Store = "") -> None:
    """Check every file of a model against its manifest; exit with code 6 if one differs.

    Example: vocalbaby model verify artifacts/training/bundle
    """
    from vocalbaby.bundle.files import verify_bundle

    version = _read(model, store).manifest.version
    if not store and (faults := verify_bundle(_path(model))):
        raise BundleError(" ".join(faults), hint="Fetch or train the model again.")
    typer.echo(f"{version}: valid")


@model.command()
def publish(
    model: Annotated[str, typer.Argument(metavar="MODEL", help="Folder or zip of a bundle.")],
    store: ToStore,
    channel: Annotated[
        str, typer.Option(help="Also route all requests of this channel to it.", show_default=False)
    ] = "",
) -> None:
    """Add a model to a store; a version that exists already is left unchanged.

    Example: vocalbaby model publish artifacts/training/bundle --store models --channel staging
    """
    models = _open(store)
    version = models.publish(model)
    typer.echo(f"published {version} to {store}")
    if channel:
        before = _state(models, channel)
        _show_change(channel, before, models.set_channel(channel, version))
    else:
        typer.echo(f"To serve it, run: vocalbaby model promote {version} --store {store}")


@model.command()
def promote(version: Version, store: ToStore, channel: OfChannel = "production") -> None:
    """Route all requests of a channel to a version; the channel is created if necessary.

    Example: vocalbaby model promote vocalbaby-0123456789ab --store s3://my-bucket/models
    """
    models = _open(store)
    models.fetch(version)
    before = _state(models, channel)
    _show_change(channel, before, models.set_channel(channel, version))


@model.command()
def canary(
    version: Version,
    store: ToStore,
    share: Annotated[float, typer.Option(help="Share of the requests, between 0 and 1.")],
    channel: OfChannel = "production",
) -> None:
    """Route a share of a channel's requests to a version, until `promote` or `rollback`.

    Example: vocalbaby model canary vocalbaby-0123456789ab --share 0.1 --store models
    """
    models = _open(store)
    models.fetch(version)
    before = _state(models, channel)
    _show_change(channel, before, models.canary(channel, version, share))


@model.command()
def shadow(
    store: ToStore,
    version: Annotated[str, typer.Argument(help="Version in the store.")] = "",
    *,
    off: Annotated[bool, typer.Option("--off", help="End the shadow.")] = False,
    channel: OfChannel = "production",
) -> None:
    """Run a version in the shadow of a channel: only metrics see its predictions.

    Example: vocalbaby model shadow vocalbaby-0123456789ab --store models
    """
    if bool(version) == off:
        raise ConfigError("Name a version, or --off to end the shadow.")
    models = _open(store)
    if version:
        models.fetch(version)
    before = _state(models, channel)
    _show_change(channel, before, models.shadow(channel, version or None))


@model.command()
def rollback(
    store: ToStore,
    version: Annotated[
        str, typer.Argument(help="Roll back only if this is the newest version.")
    ] = "",
    *,
    channel: OfChannel = "production",
) -> None:
    """Return a channel to the models that it served before its newest version.

    Example: vocalbaby model rollback --store s3://my-bucket/models
    """
    models = _open(store)
    before = _state(models, channel)
    _show_change(channel, before, models.roll_back(channel, version or None))


def _state(models: "ModelStore", channel: str) -> "Channel | None":
    """Get the state of a channel; None if there is no such channel."""
    return models.channel(channel) if channel in models.channels() else None


def _show_change(name: str, before: "Channel | None", after: "Channel") -> None:
    old = "nothing" if before is None else _shares(before)
    typer.echo(f"{name}: {old} -> {_shares(after)}")


def _shares(channel: "Channel") -> str:
    parts = [f"{version} {_percent(share)}" for version, share in channel.serves.items()]
    return ", ".join(parts + ([f"{channel.shadow} shadow"] if channel.shadow else []))


def _percent(share: float) -> str:
    return f"{100 * share:.3g}%"


def _open(store: str) -> "ModelStore":
    from vocalbaby.bundle.store import ModelStore
    from vocalbaby.cloud.opening import open_storage

    return ModelStore(open_storage(store))


def _path(model: str) -> str:
    from vocalbaby.bundle.files import default_bundle_path

    return model or str(default_bundle_path())


def _read(model: str, store: str) -> "ModelBundle":
    """Read a bundle and verify its checksums."""
    from vocalbaby.bundle.files import read_bundle

    if model and store:
        return _open(store).fetch(model)
    return read_bundle(_path(model))
