"""The keys of a model store."""

import re

from vocalbaby.entity.channel import NAME
from vocalbaby.exception import ConfigError, ModelNotFoundError

__all__ = ["bundle_key", "channel_key", "manifest_key"]


def bundle_key(version: str) -> str:
    """Return the key of a version's zip.

    Args:
        version: The version.

    Raises:
        ModelNotFoundError: It cannot be a version.

    Examples:
        >>> bundle_key("babble-1")
        'models/babble-1/bundle.zip'
    """
    return f"models/{_checked(version)}/bundle.zip"


def manifest_key(version: str) -> str:
    """Return the key of the copy of a version's manifest.

    Args:
        version: The version.

    Raises:
        ModelNotFoundError: It cannot be a version.

    Examples:
        >>> manifest_key("babble-1")
        'models/babble-1/manifest.json'
    """
    return f"models/{_checked(version)}/manifest.json"


def channel_key(name: str) -> str:
    """Return the key of a channel.

    Args:
        name: Name of the channel.

    Raises:
        ConfigError: It cannot be a name.

    Examples:
        >>> channel_key("production")
        'channels/production.json'
    """
    if not re.fullmatch(NAME, name):
        raise ConfigError(
            f"{name!r} is not a valid channel name.",
            hint="Use up to 40 lower-case letters, digits and dashes.",
        )
    return f"channels/{name}.json"


def _checked(version: str) -> str:
    if not re.fullmatch(r"[a-z0-9][a-z0-9.-]*", version):
        raise ModelNotFoundError(
            f"{version!r} is not a version.", hint="See vocalbaby model list --store for them."
        )
    return version
