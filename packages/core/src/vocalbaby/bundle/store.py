"""The model store: versions that are written once, and channels that refer to them."""

import re
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Final, NamedTuple

from pydantic import ValidationError

from vocalbaby.bundle.files import pack_bundle, unpack_bundle
from vocalbaby.bundle.parsing import explain, parse_manifest
from vocalbaby.cloud.storage import Storage, Stored
from vocalbaby.entity.bundle import BundleManifest, ModelBundle
from vocalbaby.entity.channel import NAME, Channel, Shares
from vocalbaby.exception import BundleError, ConfigError, ModelNotFoundError, StorageError

__all__ = ["ModelStore"]

_TRIES: Final = 20


class _State(NamedTuple):
    """The state of a channel after a change."""

    serves: Shares
    shadow: str | None
    previous: Shares | None


class ModelStore:
    """Models in ``models/<version>/`` and channels in ``channels/<name>.json``.

    A version is one object, ``bundle.zip``, so it exists as a whole or not at all. The
    ``manifest.json`` beside it is a copy, for listing. Every method that takes the name of
    a channel raises ConfigError if it is not one.

    Args:
        storage: A folder or an S3 bucket.
    """

    def __init__(self, storage: Storage) -> None:
        self.storage = storage

    def publish(self, path: str | Path) -> str:
        """Add a bundle; a version that exists is not changed.

        Args:
            path: Folder or zip of a bundle.

        Returns:
            Its version.

        Raises:
            BundleError: The bundle is not valid.
        """
        data = pack_bundle(path)
        version = unpack_bundle(data, str(path)).manifest.version
        if not self.storage.put_if_absent(_bundle(version), data):
            data = self._read(version).data
        manifest = unpack_bundle(data, version).manifest
        self.storage.put_if_absent(_manifest(version), manifest.model_dump_json().encode())
        return version

    def versions(self) -> list[str]:
        """Return the published versions, by name."""
        found = (key.split("/") for key in self.storage.list("models/"))
        return [parts[1] for parts in found if parts[2:] == ["bundle.zip"]]

    def manifest(self, version: str) -> BundleManifest:
        """Return identity, figures and provenance of a version.

        Raises:
            ModelNotFoundError: There is no such version.
            BundleError: It is damaged, or of another format.
        """
        stored = self.storage.get(_manifest(version))
        if stored is None:
            return self.fetch(version).manifest
        return parse_manifest(stored.data, f"{version} in {self.storage}")

    def fetch(self, version: str) -> ModelBundle:
        """Read and check a version.

        Raises:
            ModelNotFoundError: There is no such version.
            BundleError: It is damaged, or holds another version.
        """
        bundle = unpack_bundle(self._read(version).data, f"{version} in {self.storage}")
        if bundle.manifest.version != version:
            raise BundleError(f"{self.storage} holds {bundle.manifest.version} under {version}.")
        return bundle

    def channels(self) -> list[str]:
        """Return the names of the channels."""
        keys = self.storage.list("channels/")
        return [key.removeprefix("channels/").removesuffix(".json") for key in keys]

    def channel(self, name: str) -> Channel:
        """Return what a channel serves.

        Raises:
            ModelNotFoundError: There is no such channel.
            BundleError: Its file is damaged.
        """
        return self._known(name, self._channel(name)[0])

    def set_channel(self, name: str, serves: Mapping[str, float] | str) -> Channel:
        """Serve other versions from now on; a served version is no longer the shadow.

        Args:
            name: Lower-case letters, digits and dashes.
            serves: Version to share, or one version for all requests.

        Raises:
            ModelNotFoundError: A version is not in the store.
            BundleError: The shares are not valid.
        """
        shares = {serves: 1.0} if isinstance(serves, str) else dict(serves)
        for version in shares:
            self._need(version)

        def choose(old: Channel | None) -> _State:
            shadow = None if old is None or old.shadow in shares else old.shadow
            return _State(shares, shadow, _before(old, shares))

        return self._change(name, choose)

    def canary(self, name: str, version: str, share: float) -> Channel:
        """Give a version a share of the requests; the others keep their proportions.

        Raises:
            ModelNotFoundError: There is no such channel or version.
            BundleError: The share is not between 0 and 1, or the channel serves only this version.
        """
        self._need(version)
        if not 0.0 < share < 1.0:
            raise BundleError(
                f"A canary cannot have the share {share:g}.",
                hint="Name a share between 0 and 1, or promote the version.",
            )

        def choose(old: Channel | None) -> _State:
            serves = self._known(name, old).serves
            others = {other: part for other, part in serves.items() if other != version}
            if not others:
                raise BundleError(
                    f"Channel '{name}' serves only {version}.",
                    hint="First promote the version that is to have the other requests.",
                )
            whole = sum(others.values())
            shares = {other: part / whole * (1.0 - share) for other, part in others.items()}
            shares[version] = share
            shadow = None if old is None or old.shadow == version else old.shadow
            return _State(shares, shadow, _before(old, shares))

        return self._change(name, choose)

    def shadow(self, name: str, version: str | None) -> Channel:
        """Let a version predict beside the served ones, for comparison only.

        Args:
            name: The channel.
            version: The shadow; None for no shadow.

        Raises:
            ModelNotFoundError: There is no such channel or version.
            BundleError: The version is served.
        """
        if version is not None:
            self._need(version)

        def choose(old: Channel | None) -> _State:
            known = self._known(name, old)
            return _State(known.serves, version, known.previous)

        return self._change(name, choose)

    def roll_back(self, name: str, newest: str | None = None) -> Channel:
        """Serve what the channel served before its newest version was added, without a shadow.

        Args:
            name: The channel.
            newest: Roll back only if this is the newest version; None for any.

        Raises:
            ModelNotFoundError: There is no such channel, or it never served another version.
        """

        def choose(old: Channel | None) -> _State:
            known = self._known(name, old)
            came_in = known.serves.keys() - (known.previous or known.serves).keys()
            if newest is not None and newest not in came_in:
                return _State(known.serves, known.shadow, known.previous)
            if known.previous is None:
                raise ModelNotFoundError(
                    f"Channel '{name}' has no earlier state.", hint="Promote a version."
                )
            return _State(known.previous, None, known.serves)

        return self._change(name, choose)

    def _change(self, name: str, choose: Callable[[Channel | None], "_State"]) -> Channel:
        """Read, choose and write; repeat if another writer changed the channel meanwhile."""
        for _ in range(_TRIES):
            old, stored = self._channel(name)
            state = choose(old)
            try:
                new = Channel(
                    name=name,
                    updated=datetime.now(UTC).isoformat(timespec="seconds"),
                    **state._asdict(),
                )
            except ValidationError as error:
                raise BundleError(f"Channel '{name}' cannot be set: {explain(error)}.") from error
            data = (new.model_dump_json(indent=1) + "\n").encode()
            if stored is None:
                done = self.storage.put_if_absent(_channel(name), data)
            else:
                done = self.storage.replace(_channel(name), data, tag=stored.tag)
            if done:
                return new
        raise StorageError(
            f"Channel '{name}' was changed by others {_TRIES} times in a row.", hint="Try again."
        )

    def _known(self, name: str, channel: Channel | None) -> Channel:
        if channel is None:
            raise ModelNotFoundError(
                f"There is no channel '{name}' in {self.storage}.",
                hint=f"Channels: {', '.join(self.channels()) or 'none; promote a version'}.",
            )
        return channel

    def _channel(self, name: str) -> tuple[Channel | None, Stored | None]:
        stored = self.storage.get(_channel(name))
        if stored is None:
            return None, None
        try:
            return Channel.model_validate_json(stored.data), stored
        except ValidationError as error:
            raise BundleError(f"Channel '{name}' is damaged: {explain(error)}.") from error

    def _read(self, version: str) -> Stored:
        stored = self.storage.get(_bundle(version))
        if stored is None:
            raise self._no_version(version)
        return stored

    def _need(self, version: str) -> None:
        if not self.storage.exists(_bundle(version)):
            raise self._no_version(version)

    def _no_version(self, version: str) -> ModelNotFoundError:
        return ModelNotFoundError(
            f"There is no model {version!r} in {self.storage}.",
            hint=f"Versions: {', '.join(self.versions()) or 'none'}.",
        )


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


def _bundle(version: str) -> str:
    return f"models/{_checked(version)}/bundle.zip"


def _manifest(version: str) -> str:
    return f"models/{_checked(version)}/manifest.json"


def _checked(version: str) -> str:
    if not re.fullmatch(r"[a-z0-9][a-z0-9.-]*", version):
        raise ModelNotFoundError(
            f"{version!r} is not a version.", hint="See vocalbaby model list --store for them."
        )
    return version


def _channel(name: str) -> str:
    if not re.fullmatch(NAME, name):
        raise ConfigError(
            f"{name!r} is not a valid channel name.",
            hint="Use up to 40 lower-case letters, digits and dashes.",
        )
    return f"channels/{name}.json"
