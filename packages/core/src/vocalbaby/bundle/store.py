"""The model store: versions that are written once, and channels that point to them."""

from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

from pydantic import ValidationError

from vocalbaby.bundle.files import pack_bundle, unpack_bundle
from vocalbaby.cloud.storage import Storage, Stored
from vocalbaby.entity.bundle import BundleManifest, ModelBundle
from vocalbaby.entity.channel import Channel
from vocalbaby.exception import BundleError, ModelNotFoundError, StorageError

__all__ = ["ModelStore"]

_TRIES: Final = 20


class ModelStore:
    """Models in ``models/<version>/`` and channels in ``channels/<name>.json``.

    A version is one object, ``bundle.zip``: it is there entire or not at all. The
    ``manifest.json`` beside it is a copy, for listing.

    Args:
        storage: A folder or an S3 bucket.
    """

    def __init__(self, storage: Storage) -> None:
        self.storage = storage

    def publish(self, path: str | Path) -> str:
        """Add a bundle; a version that is there already stays as it is.

        Args:
            path: Folder or zip of a bundle.

        Returns:
            Its version.

        Raises:
            BundleError: The bundle is not sound.
        """
        data = pack_bundle(path)
        version = unpack_bundle(data, str(path)).manifest.version
        if not self.storage.put_if_absent(_bundle(version), data):
            data = self._read(version).data
        manifest = unpack_bundle(data, version).manifest
        self.storage.put_if_absent(_manifest(version), manifest.model_dump_json().encode())
        return version

    def versions(self) -> list[str]:
        """Published versions, by name."""
        found = (key.split("/") for key in self.storage.list("models/"))
        return [parts[1] for parts in found if parts[2:] == ["bundle.zip"]]

    def manifest(self, version: str) -> BundleManifest:
        """Identity, figures and provenance of a version.

        Raises:
            ModelNotFoundError: There is no such version.
            BundleError: It is damaged.
        """
        stored = self.storage.get(_manifest(version))
        if stored is None:
            return self.fetch(version).manifest
        try:
            return BundleManifest.model_validate_json(stored.data)
        except ValidationError as error:
            raise BundleError(f"The manifest of {version} is damaged: {error}") from error

    def fetch(self, version: str) -> ModelBundle:
        """Read and check a version.

        Raises:
            ModelNotFoundError: There is no such version.
            BundleError: It is damaged, or another version than it should be.
        """
        bundle = unpack_bundle(self._read(version).data, f"{version} in {self.storage}")
        if bundle.manifest.version != version:
            raise BundleError(f"Under {version} {self.storage} holds {bundle.manifest.version}.")
        return bundle

    def channels(self) -> list[str]:
        """Names of the channels."""
        keys = self.storage.list("channels/")
        return [key.removeprefix("channels/").removesuffix(".json") for key in keys]

    def channel(self, name: str) -> Channel:
        """What a channel serves.

        Raises:
            ModelNotFoundError: There is no such channel.
            BundleError: Its file is damaged.
        """
        channel, _ = self._channel(name)
        if channel is None:
            raise ModelNotFoundError(
                f"There is no channel '{name}' in {self.storage}.",
                hint=f"Channels: {', '.join(self.channels()) or 'none'}.",
            )
        return channel

    def set_channel(self, name: str, serves: Mapping[str, float] | str) -> Channel:
        """Serve other versions from now on.

        Args:
            name: Lower-case letters, digits and dashes.
            serves: Version to share; or one version for everything.

        Raises:
            ModelNotFoundError: A version is not in the store.
            BundleError: The name or the shares are not valid.
        """
        shares = {serves: 1.0} if isinstance(serves, str) else dict(serves)
        for version in shares:
            if not self.storage.exists(_bundle(version)):
                raise self._no_version(version)
        return self._change(name, lambda _: shares)

    def roll_back(self, name: str) -> Channel:
        """Serve again what the channel served before its last change.

        Raises:
            ModelNotFoundError: There is no such channel, or it never served anything else.
        """

        def previous(old: Channel | None) -> dict[str, float]:
            if old is None or old.previous is None:
                raise ModelNotFoundError(
                    f"Channel '{name}' has nothing to go back to.", hint="Set it to a version."
                )
            return old.previous

        return self._change(name, previous)

    def _change(self, name: str, choose: Callable[[Channel | None], dict[str, float]]) -> Channel:
        """Read, choose and write; again if another writer came between."""
        for _ in range(_TRIES):
            old, stored = self._channel(name)
            serves = choose(old)
            if old is not None and serves == old.serves:
                return old  # a repeated command must not forget what to go back to
            try:
                new = Channel(
                    name=name,
                    serves=serves,
                    previous=old.serves if old is not None else None,
                    updated=datetime.now(UTC).isoformat(timespec="seconds"),
                )
            except ValidationError as error:
                raise BundleError(f"Channel '{name}' cannot be set: {error}") from error
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

    def _channel(self, name: str) -> tuple[Channel | None, Stored | None]:
        stored = self.storage.get(_channel(name))
        if stored is None:
            return None, None
        try:
            return Channel.model_validate_json(stored.data), stored
        except ValidationError as error:
            raise BundleError(f"Channel '{name}' is damaged: {error}") from error

    def _read(self, version: str) -> Stored:
        stored = self.storage.get(_bundle(version))
        if stored is None:
            raise self._no_version(version)
        return stored

    def _no_version(self, version: str) -> ModelNotFoundError:
        return ModelNotFoundError(
            f"There is no model {version!r} in {self.storage}.",
            hint=f"Versions: {', '.join(self.versions()) or 'none'}.",
        )


def _bundle(version: str) -> str:
    return f"models/{version}/bundle.zip"


def _manifest(version: str) -> str:
    return f"models/{version}/manifest.json"


def _channel(name: str) -> str:
    return f"channels/{name}.json"
