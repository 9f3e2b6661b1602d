"""``vocalbaby model promote`` and others: the models that a channel of a store serves."""

from typing import Annotated

import typer

from vocalbaby.commands.completion import versions
from vocalbaby.commands.model_options import (
    OfChannel,
    ToStore,
    Version,
    open_store,
    show_change,
    state,
)
from vocalbaby.exception import ConfigError
from vocalbaby.utils.command_line import Json

__all__ = ["canary", "promote", "rollback", "shadow"]


def promote(
    version: Version, store: ToStore, channel: OfChannel = "production", *, as_json: Json = False
) -> None:
    """Route all requests of a channel to a version; the channel is created if necessary.

    Example: vocalbaby model promote vocalbaby-0123456789ab --store s3://my-bucket/models
    """
    models = open_store(store)
    models.fetch(version)
    before = state(models, channel)
    show_change(channel, before, models.set_channel(channel, version), as_json=as_json)


def canary(
    version: Version,
    store: ToStore,
    share: Annotated[
        float, typer.Option(metavar="SHARE", help="Share of the requests, between 0 and 1.")
    ],
    channel: OfChannel = "production",
    *,
    as_json: Json = False,
) -> None:
    """Route a share of a channel's requests to a version, until `promote` or `rollback`.

    Example: vocalbaby model canary vocalbaby-0123456789ab --share 0.1 --store models
    """
    models = open_store(store)
    models.fetch(version)
    before = state(models, channel)
    show_change(channel, before, models.canary(channel, version, share), as_json=as_json)


def shadow(
    store: ToStore,
    version: Annotated[
        str,
        typer.Argument(
            metavar="[VERSION]",
            help="Version in the store.",
            show_default=False,
            autocompletion=versions,
        ),
    ] = "",
    *,
    off: Annotated[bool, typer.Option("--off", help="End the shadow of the channel.")] = False,
    channel: OfChannel = "production",
    as_json: Json = False,
) -> None:
    """Run a version in the shadow of a channel: only metrics see its predictions.

    Example: vocalbaby model shadow vocalbaby-0123456789ab --store models
    """
    if bool(version) == off:
        raise ConfigError("Name a version, or --off to end the shadow.")
    models = open_store(store)
    if version:
        models.fetch(version)
    before = state(models, channel)
    show_change(channel, before, models.shadow(channel, version or None), as_json=as_json)


def rollback(
    store: ToStore,
    version: Annotated[
        str,
        typer.Argument(
            metavar="[VERSION]",
            help="Roll back only if this is the newest version.",
            show_default=False,
            autocompletion=versions,
        ),
    ] = "",
    *,
    channel: OfChannel = "production",
    as_json: Json = False,
) -> None:
    """Return a channel to the models that it served before its newest version.

    Example: vocalbaby model rollback --store s3://my-bucket/models
    """
    models = open_store(store)
    before = state(models, channel)
    show_change(channel, before, models.roll_back(channel, version or None), as_json=as_json)
