"""Operations on models, keys and metrics: each happens completely or not at all."""

import tempfile
from functools import cache
from pathlib import Path
from typing import Final

from packages.core.tests.conftest import write_toy
from tests.fault_injection.sweeping import Scenario
from vocalbaby.api.middleware.key_file import KeyFile
from vocalbaby.api.middleware.keys import add_key, new_key, read_file, read_keys
from vocalbaby.bundle.files import pack_bundle, read_bundle
from vocalbaby.bundle.store import ModelStore
from vocalbaby.cloud.opening import open_storage
from vocalbaby.exception import BundleError, ConfigError, KeyFileError, StorageError
from vocalbaby.monitoring.metrics import ServiceMetrics

__all__ = ["SCENARIOS"]

_LAB, _NEW = new_key("lab")[1], new_key("new")[1]


def _write_keys(folder: Path) -> None:
    (folder / "keys.txt").write_text(f"{_LAB}\n")


def _key_names(folder: Path) -> list[str]:
    path = folder / "keys.txt"
    text = read_file(path).decode() if path.exists() else ""
    return [key.name for key in read_keys(text, "keys.txt")]


def _add_key(folder: Path) -> None:
    try:
        add_key(folder / "keys.txt", _NEW)
    except ConfigError as error:
        if "twice" not in error.message:  # the try after one that has succeeded
            raise


def _follow_keys(folder: Path) -> None:
    """Start with a file of keys, and look at it again; here a fault is raised."""
    held = KeyFile(folder / "keys.txt")
    held.poll()
    if held.faults():
        raise KeyFileError(f"The keys in {folder} are not up to date.")


@cache
def _toy() -> Path:
    return write_toy(Path(tempfile.mkdtemp()) / "toy", "mfcc")


@cache
def _version() -> str:
    return read_bundle(_toy()).manifest.version


def _write_folder(folder: Path) -> None:
    for path in _toy().iterdir():
        (folder / path.name).write_bytes(path.read_bytes())


def _write_zip(folder: Path) -> None:
    (folder / "toy.zip").write_bytes(pack_bundle(_toy()))


def _store(folder: Path) -> ModelStore:
    return ModelStore(open_storage(folder, seconds=60.0))


def _publish(folder: Path) -> None:
    _store(folder).publish(_toy())


def _published(folder: Path) -> None:
    _store(folder).publish(_toy())
    _store(folder).set_channel("production", _version())


def _follow_store(folder: Path) -> None:
    """What a service does with a store at every look, and with a new version."""
    channel = _store(folder).channel("production")
    assert [_store(folder).fetch(version).manifest.version for version in channel.versions] == [
        _version()
    ]


def _store_state(folder: Path) -> object:
    """A version exists as a whole or not; the copy of its manifest is for listing only."""
    store = _store(folder)
    found = {version: store.fetch(version).manifest for version in store.versions()}
    return found, [store.channel(name).serves for name in store.channels()]


def _nothing(_: Path) -> None:
    """An operation that only reads changes nothing."""


_METRICS: Final = ServiceMetrics(classes=["cat"])


def _scrape(_: Path) -> None:
    assert b"vocalbaby_requests_in_flight 0.0" in _METRICS.exposition()


_MODEL: Final = (BundleError, StorageError)
_KEYS: Final = (ConfigError,)

SCENARIOS: Final = {
    "add a key": Scenario(_add_key, _key_names, _KEYS, _write_keys),
    "add the first key": Scenario(_add_key, _key_names, _KEYS),
    "follow the keys": Scenario(_follow_keys, _nothing, _KEYS, _write_keys),
    "read a folder": Scenario(read_bundle, _nothing, _MODEL, _write_folder),
    "read a zip": Scenario(lambda f: read_bundle(f / "toy.zip"), _nothing, _MODEL, _write_zip),
    "publish": Scenario(_publish, _store_state, _MODEL),
    "promote": Scenario(_published, _store_state, _MODEL, _publish),
    "follow a store": Scenario(_follow_store, _nothing, _MODEL, _published),
    "scrape": Scenario(_scrape, _nothing, (), watched=Path("/proc")),
}
