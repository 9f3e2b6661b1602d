"""The model store: versions that are written once, and channels that refer to them."""

from collections.abc import Callable, Mapping
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

from pydantic import ValidationError

from vocalbaby.bundle.channel_changes import (
    ChannelState,
    check_share,
    promoted,
    rolled_back,
    with_canary,
    with_shadow,
)
from vocalbaby.bundle.files import pack_bundle, unpack_bundle
from vocalbaby.bundle.layout import MAX_MANIFEST_BYTES, version_of
from vocalbaby.bundle.parsing import explain, parse_manifest
from vocalbaby.bundle.store_keys import bundle_key, channel_key, manifest_key
from vocalbaby.cloud.storage import NotAnObjectError, Storage, Stored, TooLargeError
from vocalbaby.entity.bundle import MAX_TOTAL_BYTES, BundleManifest, ModelBundle
from vocalbaby.entity.channel import Channel
from vocalbaby.exception import BundleError, ModelNotFoundError, StorageError

__all__ = ["ModelStore"]

_TRIES: Final = 20
_MAX_CHANNEL_BYTES: Final = 2**16


class ModelStore:
    """Models in ``models/<version>/`` and channels in ``channels/<name>.json``.

    A version is one object, ``bundle.zip``, so it exists as a whole or not at all. The
    ``manifest.json`` beside it is a copy, for listing. Every method that takes the name of
    a channel raises ConfigError if it is not one.

    Args:
        storage: A folder or an S3 bucket.
        max_model_bytes: Largest bundle that is read, packed and unpacked.

    Examples:
        >>> from vocalbaby.bundle.files import default_bundle_path
        >>> from vocalbaby.cloud.opening import open_storage
        >>> store = ModelStore(open_storage("store"))
        >>> version = store.publish(default_bundle_path())
        >>> store.set_channel("production", version).serves == {version: 1.0}
        True
        >>> store.versions() == [version], store.channels()
        (True, ['production'])
    """

    def __init__(self, storage: Storage, *, max_model_bytes: int = MAX_TOTAL_BYTES) -> None:
        self.storage = storage
        self._max_bytes = max_model_bytes

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
        if not self.storage.put_if_absent(bundle_key(version), data):
            data = self._read(version).data
        manifest = unpack_bundle(data, version).manifest
        self.storage.put_if_absent(manifest_key(version), manifest.model_dump_json().encode())
        return version

    def versions(self) -> list[str]:
        """Return the published versions, by name."""
        found = (key.split("/") for key in self.storage.list("models/"))
        return [parts[1] for parts in found if parts[2:] == ["bundle.zip"]]

    def manifest(self, version: str) -> BundleManifest:
        """Return identity, figures and provenance of a version.

        Args:
            version: A published version.

        Raises:
            ModelNotFoundError: There is no such version.
            BundleError: It is damaged, or of another format.
        """
        stored = self._get(manifest_key(version), MAX_MANIFEST_BYTES)
        if stored is not None:
            with suppress(BundleError):  # damaged: the bundle itself has another copy
                manifest = parse_manifest(stored.data, f"{version} in {self.storage}")
                if version_of(manifest.model_dump()) == manifest.version == version:
                    return manifest
        return self.fetch(version).manifest

    def fetch(self, version: str) -> ModelBundle:
        """Read and check a version.

        Args:
            version: A published version.

        Returns:
            The bundle, for `vocalbaby.inference.Predictor`.

        Raises:
            ModelNotFoundError: There is no such version.
            BundleError: It is damaged, or holds another version.
        """
        where = f"{version} in {self.storage}"
        bundle = unpack_bundle(self._read(version).data, where, max_bytes=self._max_bytes)
        if bundle.manifest.version != version:
            raise BundleError(f"{self.storage} holds {bundle.manifest.version} under {version}.")
        return bundle

    def channels(self) -> list[str]:
        """Return the names of the channels."""
        keys = self.storage.list("channels/")
        return [key.removeprefix("channels/").removesuffix(".json") for key in keys]

    def channel(self, name: str) -> Channel:
        """Return what a channel serves.

        Args:
            name: The channel.

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

        Returns:
            The channel after the change.

        Raises:
            ModelNotFoundError: A version is not in the store.
            BundleError: The shares are not valid.
        """
        shares = {serves: 1.0} if isinstance(serves, str) else dict(serves)
        for version in shares:
            self._need(version)

        return self._change(name, lambda old: promoted(old, shares))

    def canary(self, name: str, version: str, share: float) -> Channel:
        """Give a version a share of the requests; the others keep their proportions.

        Args:
            name: The channel.
            version: The version that gets the share.
            share: Between 0 and 1, exclusive.

        Returns:
            The channel after the change.

        Raises:
            ModelNotFoundError: There is no such channel or version.
            BundleError: The share is not between 0 and 1, or the channel serves only this version.
        """
        self._need(version)
        check_share(share)
        return self._change(name, lambda old: with_canary(self._known(name, old), version, share))

    def shadow(self, name: str, version: str | None) -> Channel:
        """Let a version predict beside the served ones, for comparison only.

        Args:
            name: The channel.
            version: The shadow; None for no shadow.

        Returns:
            The channel after the change.

        Raises:
            ModelNotFoundError: There is no such channel or version.
            BundleError: The version is served.
        """
        if version is not None:
            self._need(version)
        return self._change(name, lambda old: with_shadow(self._known(name, old), version))

    def roll_back(self, name: str, newest: str | None = None) -> Channel:
        """Serve what the channel served before its newest version was added, without a shadow.

        Args:
            name: The channel.
            newest: Roll back only if this is the newest version; None for any.

        Returns:
            The channel after the change.

        Raises:
            ModelNotFoundError: There is no such channel, it never served another version, or
                that version is not in the store.
        """

        def choose(old: Channel | None) -> ChannelState:
            old = self._known(name, old)
            state = rolled_back(old, newest)
            for version in state.serves.keys() - old.serves.keys():
                self._need(version)  # the file of a channel has no checksum
            return state

        return self._change(name, choose)

    def _change(self, name: str, choose: Callable[[Channel | None], ChannelState]) -> Channel:
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
                done = self.storage.put_if_absent(channel_key(name), data)
            else:
                done = self.storage.replace(channel_key(name), data, tag=stored.tag)
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
        stored = self._get(channel_key(name), _MAX_CHANNEL_BYTES)
        if stored is None:
            return None, None
        try:
            channel = Channel.model_validate_json(stored.data)
        except ValidationError as error:
            raise BundleError(f"Channel '{name}' is damaged: {explain(error)}.") from error
        if channel.name != name:
            raise BundleError(
                f"Channel '{name}' in {self.storage} holds the channel '{channel.name}'.",
                hint="Promote a version to this channel instead of copying the file.",
            )
        return channel, stored

    def _read(self, version: str) -> Stored:
        stored = self._get(bundle_key(version), self._max_bytes)
        if stored is None:
            raise self._no_version(version)
        return stored

    def _get(self, key: str, max_bytes: int) -> Stored | None:
        """Read an object; one that can never be read is no fault of the whole store."""
        try:
            return self.storage.get(key, max_bytes=max_bytes)
        except (TooLargeError, NotAnObjectError) as error:
            raise BundleError(error.message) from error

    def _need(self, version: str) -> None:
        if not self.storage.exists(bundle_key(version)):
            raise self._no_version(version)

    def _no_version(self, version: str) -> ModelNotFoundError:
        return ModelNotFoundError(
            f"There is no model {version!r} in {self.storage}.",
            hint=f"Versions: {', '.join(self.versions()) or 'none'}.",
        )
