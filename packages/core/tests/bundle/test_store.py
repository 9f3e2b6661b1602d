from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

import pytest

from vocalbaby.bundle.files import pack_bundle, read_bundle
from vocalbaby.bundle.store import ModelStore
from vocalbaby.bundle.writing import BundleContent, write_bundle
from vocalbaby.cloud.opening import open_storage
from vocalbaby.cloud.storage import Storage, Stored
from vocalbaby.exception import BundleError, ConfigError, ModelNotFoundError


@pytest.fixture(params=["folder", "s3"])
def storage(request: pytest.FixtureRequest, tmp_path: Path, bucket: str) -> Storage:
    if request.param == "folder":
        return open_storage(tmp_path / "store")
    return open_storage(f"s3://{bucket}/{tmp_path.name}")


@pytest.fixture
def store(storage: Storage) -> ModelStore:
    return ModelStore(storage)


@pytest.fixture(scope="session")
def rewritten(toy_bundle: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The same model written again, with another card and other figures."""
    content = replace(
        BundleContent.of(read_bundle(toy_bundle)), code_version="9", metrics={"uar": 0.9}
    )
    folder = tmp_path_factory.mktemp("rewritten") / "bundle"
    write_bundle(folder, content, card=lambda _: "Another card of the same model.")
    return folder


def test_a_published_version_can_be_fetched(
    store: ModelStore, toy_bundle: Path, second: Path
) -> None:
    first, other = store.publish(toy_bundle), store.publish(second)
    assert store.versions() == sorted([first, other])
    assert store.fetch(first) == read_bundle(toy_bundle)
    assert store.manifest(other) == read_bundle(second).manifest


def test_a_version_is_written_once(store: ModelStore, toy_bundle: Path, rewritten: Path) -> None:
    version = store.publish(toy_bundle)
    assert store.publish(rewritten) == version
    assert store.fetch(version) == read_bundle(toy_bundle)
    assert store.versions() == [version]


def test_concurrent_publishers_leave_one_sound_version(
    tmp_path: Path, toy_bundle: Path, second: Path
) -> None:
    store = ModelStore(open_storage(tmp_path / "store"))
    with ThreadPoolExecutor(6) as pool:
        published = set(pool.map(store.publish, [toy_bundle, second] * 6))
    assert sorted(published) == store.versions()
    for version in published:
        assert store.fetch(version).manifest == store.manifest(version)


def test_channels_are_set_shared_and_rolled_back(
    store: ModelStore, toy_bundle: Path, second: Path
) -> None:
    first, other = store.publish(toy_bundle), store.publish(second)
    assert store.channels() == []
    store.set_channel("production", first)
    with pytest.raises(ModelNotFoundError, match="has no earlier state"):
        store.roll_back("production")
    store.set_channel("production", {first: 0.9, other: 0.1})
    store.set_channel("production", other)
    assert store.channel("production").serves == {other: 1.0}
    store.roll_back("production")
    assert store.channel("production").serves == {first: 1.0}
    store.roll_back("production")
    assert store.channel("production").serves == {other: 1.0}
    assert store.channels() == ["production"]


def test_a_canary_takes_its_share_from_the_others(
    store: ModelStore, toy_bundle: Path, second: Path
) -> None:
    first, other = store.publish(toy_bundle), store.publish(second)
    with pytest.raises(ModelNotFoundError, match="no channel"):
        store.canary("production", other, 0.1)
    store.set_channel("production", first)
    with pytest.raises(BundleError, match="serves only"):
        store.canary("production", first, 0.1)
    for share in (0.0, 1.0, -0.1, float("nan")):
        with pytest.raises(BundleError, match="cannot have the share"):
            store.canary("production", other, share)
    assert store.canary("production", other, 0.1).serves == pytest.approx({first: 0.9, other: 0.1})
    assert store.canary("production", other, 0.5).serves == pytest.approx({first: 0.5, other: 0.5})


@pytest.mark.parametrize("promoted", [False, True])
def test_rolling_back_a_canary_restores_the_earlier_state(
    store: ModelStore, toy_bundle: Path, second: Path, *, promoted: bool
) -> None:
    """The share that the canary had reached does not matter."""
    first, other = store.publish(toy_bundle), store.publish(second)
    store.set_channel("production", first)
    store.canary("production", other, 0.1)
    store.canary("production", other, 0.5)
    if promoted:
        store.set_channel("production", other)
        store.set_channel("production", other)
    assert store.roll_back("production").serves == {first: 1.0}


def test_a_canary_can_be_started_again_after_it_ended(
    store: ModelStore, toy_bundle: Path, second: Path
) -> None:
    first, other = store.publish(toy_bundle), store.publish(second)
    store.set_channel("production", first)
    store.canary("production", other, 0.25)
    store.set_channel("production", first)
    assert store.roll_back("production").serves == {first: 0.75, other: 0.25}


def test_a_shadow_is_not_served(store: ModelStore, toy_bundle: Path, second: Path) -> None:
    first, other = store.publish(toy_bundle), store.publish(second)
    store.set_channel("production", first)
    channel = store.shadow("production", other)
    assert (channel.serves, channel.shadow, channel.previous) == ({first: 1.0}, other, None)
    assert channel.versions == (first, other)
    assert store.channel("production") == channel
    with pytest.raises(BundleError, match="cannot be the shadow"):
        store.shadow("production", first)
    assert store.shadow("production", None).versions == (first,)


@pytest.mark.parametrize("change", ["promote", "canary", "roll back"])
def test_a_shadow_ends_when_it_is_served_and_when_rolled_back(
    store: ModelStore, toy_bundle: Path, second: Path, change: str
) -> None:
    first, other = store.publish(toy_bundle), store.publish(second)
    store.set_channel("production", other)
    store.set_channel("production", first)
    store.shadow("production", other)
    if change == "promote":
        channel = store.set_channel("production", other)
    elif change == "canary":
        channel = store.canary("production", other, 0.1)
    else:
        channel = store.roll_back("production")
    assert channel.shadow is None
    assert other in channel.serves


def test_a_repeated_command_keeps_the_earlier_state(
    store: ModelStore, toy_bundle: Path, second: Path
) -> None:
    first, other = store.publish(toy_bundle), store.publish(second)
    store.set_channel("production", first)
    changed = store.set_channel("production", other)
    again = store.set_channel("production", {other: 1.0})
    assert again.model_copy(update={"updated": changed.updated}) == changed
    assert store.roll_back("production").serves == {first: 1.0}


def test_missing_versions_and_channels_are_named(store: ModelStore, toy_bundle: Path) -> None:
    version = store.publish(toy_bundle)
    for call in (
        lambda: store.fetch("toy-ffffffffffff"),
        lambda: store.manifest("toy-ffffffffffff"),
        lambda: store.set_channel("production", "toy-ffffffffffff"),
    ):
        with pytest.raises(ModelNotFoundError) as caught:
            call()
        assert version in caught.value.hint
    with pytest.raises(ModelNotFoundError, match="staging"):
        store.channel("staging")


@pytest.mark.parametrize("share", [0.5, 1.5, -1.0, float("nan"), None])
def test_impossible_shares_are_refused(
    store: ModelStore, toy_bundle: Path, share: float | None
) -> None:
    version = store.publish(toy_bundle)
    with pytest.raises(BundleError, match="cannot be set"):
        store.set_channel("production", {} if share is None else {version: share})
    assert store.channels() == []


def test_rejects_names_that_leave_the_store(store: ModelStore, toy_bundle: Path) -> None:
    version = store.publish(toy_bundle)
    for name in ("../models", "", "a/b"):
        with pytest.raises(ConfigError, match="is not a valid channel name"):
            store.set_channel(name, version)
        with pytest.raises(ConfigError, match="is not a valid channel name"):
            store.channel(name)
    for odd in ("../../etc", "", "a/b"):
        with pytest.raises(ModelNotFoundError, match="is not a version"):
            store.fetch(odd)
        with pytest.raises(ModelNotFoundError, match="is not a version"):
            store.set_channel("production", odd)


def test_damage_in_the_store_is_detected(
    store: ModelStore, storage: Storage, toy_bundle: Path, second: Path
) -> None:
    version = store.publish(toy_bundle)
    storage.replace(f"models/{version}/bundle.zip", pack_bundle(second))
    with pytest.raises(BundleError, match="holds toy-"):
        store.fetch(version)
    storage.replace(f"models/{version}/bundle.zip", b"PK")
    with pytest.raises(BundleError, match="zip"):
        store.fetch(version)
    storage.replace("channels/production.json", b'{"serves": {}}')
    with pytest.raises(BundleError, match="damaged"):
        store.channel("production")


def test_publishing_again_completes_an_interrupted_publication(
    store: ModelStore, storage: Storage, toy_bundle: Path, rewritten: Path
) -> None:
    version = read_bundle(toy_bundle).manifest.version
    storage.put_if_absent(f"models/{version}/bundle.zip", pack_bundle(toy_bundle))
    assert store.manifest(version) == read_bundle(toy_bundle).manifest
    assert store.publish(rewritten) == version
    assert storage.exists(f"models/{version}/manifest.json")
    assert store.manifest(version) == store.fetch(version).manifest


def test_concurrent_changes_of_a_channel_are_kept(
    tmp_path: Path, toy_bundle: Path, second: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    storage = open_storage(tmp_path)
    store = ModelStore(storage)
    first, other = store.publish(toy_bundle), store.publish(second)
    store.set_channel("production", first)
    read = storage.get
    meddled: list[bool] = []

    def get(key: str, **limits: int) -> Stored | None:
        stored = read(key, **limits)
        if key.startswith("channels/") and not meddled:
            meddled.append(True)
            ModelStore(open_storage(tmp_path)).shadow("production", other)
        return stored

    monkeypatch.setattr(storage, "get", get)
    assert store.set_channel("production", first).shadow == other
