"""``vocalbaby model``: inspect and publish models, and choose those that a channel serves."""

from functools import partial
from typing import TYPE_CHECKING, Annotated

import typer

from vocalbaby.commands.completion import channels
from vocalbaby.commands.model_channels import canary, promote, rollback, shadow
from vocalbaby.commands.model_options import (
    Model,
    Store,
    ToStore,
    open_store,
    percent,
    show_change,
    state,
)
from vocalbaby.commands.model_sharing import pull, push
from vocalbaby.exception import BundleError
from vocalbaby.utils.command_line import Command, CommandGroup, Json, answer, describe_exit_codes
from vocalbaby.utils.terminal import console

if TYPE_CHECKING:
    from vocalbaby.entity.bundle import ModelBundle
    from vocalbaby.entity.channel import Channel

__all__ = ["model"]

model = typer.Typer(
    cls=CommandGroup,
    help="Inspect and publish models, and choose those that a channel serves.",
    epilog=describe_exit_codes(5, 6, 7),
    no_args_is_help=True,
    rich_markup_mode="rich",
)

_command = partial(model.command, cls=Command, epilog=describe_exit_codes(5, 6, 7))


@_command("list")
def list_models(store: Store = "", *, as_json: Json = False) -> None:
    """List the built-in model and those of a store, with the channels that serve them.

    Example: vocalbaby model list --store s3://my-bucket/vocalbaby
    """
    from rich.table import Table

    from vocalbaby.bundle.files import default_bundle_path, read_bundle

    served: dict[str, list[str]] = {}
    states: dict[str, Channel] = {}
    manifests = [(read_bundle(default_bundle_path()).manifest, "built in")]
    if store:
        models = open_store(store)
        versions = models.versions()
        for version in versions:
            try:
                manifests.append((models.manifest(version), store))
            except BundleError as error:  # one of an older format hides no other
                typer.echo(f"{version} is left out. {error}", err=True)
        if not versions:
            typer.echo(f"There are no models in {store}.", err=True)
        for channel in models.channels():
            found = states[channel] = models.channel(channel)
            for version in found.versions:
                share = found.serves.get(version)
                part = "shadow" if share is None else percent(share)
                served.setdefault(version, []).append(f"{channel} {part}")
    if as_json:
        answer(
            {
                "models": [
                    {
                        "version": manifest.version,
                        "feature_set": manifest.feature_set,
                        "created": manifest.provenance.created,
                        "location": where if where == store else None,
                        "is_built_in": where != store,
                    }
                    for manifest, where in manifests
                ],
                "channels": states,
            }
        )
        return
    table = Table("Version", "Features", "Created", "Where", "Channels", box=None, pad_edge=False)
    for manifest, where in manifests:
        channels = ", ".join(served.get(manifest.version, ())) if where == store else ""
        table.add_row(
            manifest.version, manifest.feature_set, manifest.provenance.created, where, channels
        )
    console().print(table)


@_command()
def show(model: Model = "", store: Store = "", *, as_json: Json = False) -> None:
    """Print the model card: training data, metrics and limitations.

    Example: vocalbaby model show artifacts/training/bundle
    """
    bundle = _read(model, store)
    answer({"version": bundle.manifest.version, "manifest": bundle.manifest, "card": bundle.card})
    if not as_json:
        typer.echo(bundle.card)


@_command()
def verify(model: Model = "", store: Store = "", *, as_json: Json = False) -> None:
    """Check every file of a model against its manifest; exit with code 6 if one differs.

    Example: vocalbaby model verify artifacts/training/bundle
    """
    from vocalbaby.bundle.files import verify_bundle

    answer({"valid": False})
    version = _read(model, store).manifest.version
    answer({"version": version})
    if not store and (faults := verify_bundle(_path(model))):
        raise BundleError(" ".join(faults), hint="Fetch or train the model again.")
    answer({"valid": True})
    if not as_json:
        typer.echo(f"{version}: valid")


@_command()
def publish(
    model: Annotated[str, typer.Argument(metavar="MODEL", help="Folder or zip file of a bundle.")],
    store: ToStore,
    channel: Annotated[
        str,
        typer.Option(
            metavar="NAME",
            help="Also route all requests of this channel to the model.",
            show_default=False,
            autocompletion=channels,
        ),
    ] = "",
    *,
    as_json: Json = False,
) -> None:
    """Add a model to a store; a version that exists already is left unchanged.

    Example: vocalbaby model publish artifacts/training/bundle --store models --channel staging
    """
    models = open_store(store)
    version = models.publish(model)
    answer({"version": version, "store": store})
    if not as_json:
        typer.echo(f"published {version} to {store}")
    if channel:
        before = state(models, channel)
        show_change(channel, before, models.set_channel(channel, version), as_json=as_json)
    elif not as_json:
        typer.echo(f"To serve it, run: vocalbaby model promote {version} --store {store}")


for _each in (promote, canary, shadow, rollback, push, pull):
    _command()(_each)


def _path(model: str) -> str:
    from vocalbaby.bundle.files import default_bundle_path

    return model or str(default_bundle_path())


def _read(model: str, store: str) -> "ModelBundle":
    """Read a bundle and verify its checksums."""
    from vocalbaby.bundle.files import read_bundle

    if model and store:
        return open_store(store).fetch(model)
    return read_bundle(_path(model))
