"""Options and helpers of the commands about models."""

from typing import TYPE_CHECKING, Annotated

import typer

from vocalbaby.commands.completion import channels, versions
from vocalbaby.utils.command_line import answer

if TYPE_CHECKING:
    from vocalbaby.bundle.store import ModelStore
    from vocalbaby.entity.channel import Channel

__all__ = [
    "Model",
    "OfChannel",
    "Store",
    "ToStore",
    "Version",
    "open_store",
    "percent",
    "show_change",
    "state",
]

Model = Annotated[
    str,
    typer.Argument(
        metavar="[MODEL]",
        help="Folder or zip file of a bundle. With --store, a version in that store.",
        show_default="the built-in model",
        autocompletion=versions,
    ),
]
Store = Annotated[
    str,
    typer.Option(
        metavar="LOCATION", help="Model store: a folder or s3://bucket/prefix.", show_default=False
    ),
]
ToStore = Annotated[
    str,
    typer.Option(
        "--store",
        metavar="LOCATION",
        help="Model store: a folder or s3://bucket/prefix.",
        show_default=False,
    ),
]
OfChannel = Annotated[
    str,
    typer.Option(
        metavar="NAME", help="Channel of the store that servers follow.", autocompletion=channels
    ),
]
Version = Annotated[
    str,
    typer.Argument(
        metavar="VERSION",
        help="Version in the store.",
        show_default=False,
        autocompletion=versions,
    ),
]


def state(models: "ModelStore", channel: str) -> "Channel | None":
    """Get the state of a channel; None if there is no such channel."""
    return models.channel(channel) if channel in models.channels() else None


def show_change(name: str, before: "Channel | None", after: "Channel", *, as_json: bool) -> None:
    """Report the state of a channel before and after a change."""
    answer({"channel": name, "before": before, "after": after})
    if as_json:
        return
    old = "nothing" if before is None else _shares(before)
    typer.echo(f"{name}: {old} -> {_shares(after)}")


def _shares(channel: "Channel") -> str:
    parts = [f"{version} {percent(share)}" for version, share in channel.serves.items()]
    return ", ".join(parts + ([f"{channel.shadow} shadow"] if channel.shadow else []))


def percent(share: float) -> str:
    """Return a share as text, such as ``12.5%``."""
    return f"{100 * share:.3g}%"


def open_store(store: str) -> "ModelStore":
    """Open the model store at a location."""
    from vocalbaby.bundle.store import ModelStore
    from vocalbaby.cloud.opening import open_storage

    return ModelStore(open_storage(store))
