"""What a channel serves after a change."""

from collections.abc import Mapping
from typing import NamedTuple

from vocalbaby.entity.channel import Channel, Shares
from vocalbaby.exception import BundleError, ModelNotFoundError

__all__ = [
    "ChannelState",
    "check_share",
    "promoted",
    "rolled_back",
    "with_canary",
    "with_shadow",
]


class ChannelState(NamedTuple):
    """The state of a channel after a change; the fields are those of `Channel`.

    Examples:
        >>> ChannelState(serves={"babble-1": 1.0}, shadow=None, previous=None).serves
        {'babble-1': 1.0}
    """

    serves: Shares
    shadow: str | None
    previous: Shares | None


def promoted(old: Channel | None, shares: Shares) -> ChannelState:
    """Serve other versions; a served version is no longer the shadow.

    Args:
        old: The channel; None if it is new.
        shares: Version to its share of the requests.

    Returns:
        The new state.

    Examples:
        >>> promoted(None, {"babble-1": 1.0}).previous is None
        True
    """
    shadow = None if old is None or old.shadow in shares else old.shadow
    return ChannelState(shares, shadow, _before(old, shares))


def check_share(share: float) -> None:
    """Refuse a share that a canary cannot have.

    Args:
        share: The share.

    Raises:
        BundleError: It is not between 0 and 1.

    Examples:
        >>> check_share(1.5)
        Traceback (most recent call last):
        vocalbaby.exception.BundleError: A canary cannot have the share 1.5. Name a share ...
    """
    if not 0.0 < share < 1.0:
        raise BundleError(
            f"A canary cannot have the share {share:g}.",
            hint="Name a share between 0 and 1, or promote the version.",
        )


def with_canary(old: Channel, version: str, share: float) -> ChannelState:
    """Give a version a share; the others keep their proportions.

    Args:
        old: The channel.
        version: The version that gets the share.
        share: Between 0 and 1, exclusive.

    Returns:
        The new state.

    Raises:
        BundleError: The channel serves only this version.

    Examples:
        >>> old = Channel(name="production", serves={"babble-1": 1.0}, updated="2026-01-01")
        >>> with_canary(old, "babble-2", 0.25).serves
        {'babble-1': 0.75, 'babble-2': 0.25}
    """
    others = {other: part for other, part in old.serves.items() if other != version}
    if not others:
        raise BundleError(
            f"Channel '{old.name}' serves only {version}.",
            hint="First promote the version that is to have the other requests.",
        )
    whole = sum(others.values())
    shares = {other: part / whole * (1.0 - share) for other, part in others.items()}
    shares[version] = share
    shadow = None if old.shadow == version else old.shadow
    return ChannelState(shares, shadow, _before(old, shares))


def with_shadow(old: Channel, version: str | None) -> ChannelState:
    """Let a version predict for comparison, or none.

    Args:
        old: The channel.
        version: The shadow; None for no shadow.

    Returns:
        The new state.

    Examples:
        >>> old = Channel(name="production", serves={"babble-1": 1.0}, updated="2026-01-01")
        >>> with_shadow(old, "babble-2").shadow
        'babble-2'
    """
    return ChannelState(old.serves, version, old.previous)


def rolled_back(old: Channel, newest: str | None) -> ChannelState:
    """Return to what was served before the newest version, if it is the one named.

    Args:
        old: The channel.
        newest: Roll back only if this is the newest version; None for any.

    Raises:
        ModelNotFoundError: The channel never served another version.

    Examples:
        >>> old = Channel(
        ...     name="production", serves={"babble-2": 1.0}, previous={"babble-1": 1.0},
        ...     updated="2026-01-01",
        ... )
        >>> rolled_back(old, None).serves
        {'babble-1': 1.0}
    """
    came_in = old.serves.keys() - (old.previous or old.serves).keys()
    if newest is not None and newest not in came_in:
        return ChannelState(old.serves, old.shadow, old.previous)
    if old.previous is None:
        raise ModelNotFoundError(
            f"Channel '{old.name}' has no earlier state.", hint="Promote a version."
        )
    return ChannelState(old.previous, None, old.serves)


def _before(old: Channel | None, serves: Mapping[str, float]) -> Shares | None:
    """Return what a change to ``serves`` can be rolled back to.

    If no version is added, a rollout continues or ends, and the state before that rollout
    is kept.
    """
    if old is None:
        return None
    if old.serves == serves:
        return old.previous
    goes_on = set(serves) <= set(old.serves) and old.previous not in (None, serves)
    return old.previous if goes_on else old.serves
