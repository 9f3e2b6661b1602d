"""A model store with two versions, and an application that follows it."""

import shutil
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import NamedTuple

import pytest
from fastapi.testclient import TestClient

from vocalbaby.api.app import create_app
from vocalbaby.api.settings import Settings
from vocalbaby.bundle.files import default_bundle_path, read_bundle
from vocalbaby.bundle.store import ModelStore
from vocalbaby.bundle.writing import BundleContent, write_bundle
from vocalbaby.cloud.opening import open_storage


class Published(NamedTuple):
    """A store with two versions, the first of them in production."""

    folder: Path
    store: ModelStore
    first: str
    second: str


@pytest.fixture(scope="session")
def second_bundle(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The built-in model under another version."""
    content = replace(
        BundleContent.of(read_bundle(default_bundle_path())),
        name="second",
        training_data_sha256="2" * 64,
    )
    folder = tmp_path_factory.mktemp("second") / "bundle"
    write_bundle(folder, content, card=lambda manifest: f"# {manifest.version}\n")
    return folder


@pytest.fixture(scope="session")
def store_template(second_bundle: Path) -> Published:
    """The store as it is published once; each test uses a copy."""
    folder = second_bundle.parent / "store"
    store = ModelStore(open_storage(folder))
    first, second = store.publish(default_bundle_path()), store.publish(second_bundle)
    store.set_channel("production", first)
    return Published(folder, store, first, second)


@pytest.fixture
def published(tmp_path: Path, store_template: Published) -> Published:
    folder = shutil.copytree(store_template.folder, tmp_path / "store")
    return store_template._replace(folder=folder, store=ModelStore(open_storage(folder)))


@pytest.fixture
def following(published: Published) -> Iterator[TestClient]:
    """A running application that follows the store."""
    settings = Settings(store=str(published.folder), store_seconds=0.05)
    with TestClient(create_app(settings)) as client:
        yield client


@pytest.fixture
def wait_for() -> Callable[[Callable[[], object]], None]:
    """Waits until a condition holds."""

    def wait(condition: Callable[[], object]) -> None:
        deadline = time.monotonic() + 20
        while not condition():
            assert time.monotonic() < deadline, "the condition did not hold within 20 s"
            time.sleep(0.01)

    return wait
