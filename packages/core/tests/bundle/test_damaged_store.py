"""A store whose files are damaged, foreign, too large or no files."""

import os
from pathlib import Path

import pytest

from packages.core.tests.support import limited_memory
from vocalbaby.bundle.store import ModelStore
from vocalbaby.cloud.opening import open_storage
from vocalbaby.exception import BundleError, ModelNotFoundError


def test_a_channel_of_another_format_or_name_is_refused(tmp_path: Path, toy_bundle: Path) -> None:
    store = ModelStore(open_storage(tmp_path))
    store.set_channel("production", store.publish(toy_bundle))
    path = tmp_path / "channels" / "production.json"
    good = path.read_text()
    for old, new, message in (
        ('"format": 1', '"format": 2', "format: Input should be 1"),
        ('"name": "production"', '"name": "staging"', "holds the channel 'staging'"),
    ):
        path.write_text(good.replace(old, new))
        assert path.read_text() != good
        with pytest.raises(BundleError, match=message):
            store.channel("production")
        with pytest.raises(BundleError, match=message):
            store.shadow("production", None)
    path.write_text(good)
    assert store.channel("production").name == "production"


def test_rolling_back_to_a_version_that_is_not_there_is_refused(
    tmp_path: Path, toy_bundle: Path, second: Path
) -> None:
    store = ModelStore(open_storage(tmp_path))
    first, other = store.publish(toy_bundle), store.publish(second)
    store.set_channel("production", first)
    store.set_channel("production", other)
    path = tmp_path / "channels" / "production.json"
    path.write_text(path.read_text().replace(first, first[:-1] + "g"))
    with pytest.raises(ModelNotFoundError, match="There is no model"):
        store.roll_back("production")
    assert store.channel("production").serves == {other: 1.0}


def test_a_damaged_copy_of_a_manifest_is_replaced_by_that_of_the_bundle(
    tmp_path: Path, toy_bundle: Path, second: Path
) -> None:
    store = ModelStore(open_storage(tmp_path))
    first, other = store.publish(toy_bundle), store.publish(second)
    copy = tmp_path / "models" / first / "manifest.json"
    good = store.manifest(first)
    for text in ("{", copy.read_text().replace(first, other), "x" * (5 * 2**20)):
        copy.write_text(text)
        if len(text) > 2**20:
            with pytest.raises(BundleError, match="has more than"):
                store.manifest(first)
        else:
            assert store.manifest(first) == good
    copy.write_text((tmp_path / "models" / other / "manifest.json").read_text())
    assert store.manifest(first) == good


def test_a_store_reads_no_more_than_its_limits(tmp_path: Path, toy_bundle: Path) -> None:
    store = ModelStore(open_storage(tmp_path), max_model_bytes=2**22)
    version = store.publish(toy_bundle)
    assert store.fetch(version).manifest.version == version
    for path, message in (
        (tmp_path / "models" / version / "bundle.zip", "bundle.zip in .* has more than 4194304"),
        (tmp_path / "channels" / "production.json", "production.json in .* has more than 65536"),
    ):
        path.parent.mkdir(exist_ok=True)
        with path.open("wb") as file:
            file.truncate(3 * 2**30)  # no byte of it is on the disk
        with pytest.raises(BundleError, match=message), limited_memory(2**29):
            store.fetch(version) if "models" in path.parts else store.channel("production")


def test_a_fifo_in_a_store_is_refused_at_once(tmp_path: Path, toy_bundle: Path) -> None:
    store = ModelStore(open_storage(tmp_path))
    version = store.publish(toy_bundle)
    store.set_channel("production", version)
    for path in (
        tmp_path / "models" / version / "bundle.zip",
        tmp_path / "channels" / "production.json",
    ):
        path.unlink()
        os.mkfifo(path)
    with pytest.raises(BundleError, match=r"bundle\.zip in .* is not a regular file"):
        store.fetch(version)
    with pytest.raises(BundleError, match=r"production\.json in .* is not a regular file"):
        store.channel("production")
