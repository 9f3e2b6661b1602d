import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from vocalbaby.bundle.files import read_bundle
from vocalbaby.bundle.store import ModelStore
from vocalbaby.cloud.storage import open_storage

Vocalbaby = Callable[..., Any]


@pytest.fixture
def bundle(tmp_path: Path, toy_bundle: Path) -> Path:
    """A copy that may be damaged."""
    return shutil.copytree(toy_bundle, tmp_path / "bundle")


@pytest.fixture
def store(tmp_path: Path, toy_bundle: Path) -> str:
    models = ModelStore(open_storage(tmp_path / "store"))
    models.set_channel("production", models.publish(toy_bundle))
    return str(tmp_path / "store")


def test_show_prints_the_card(vocalbaby: Vocalbaby, bundle: Path, store: str) -> None:
    card = read_bundle(bundle).card
    version = read_bundle(bundle).manifest.version
    assert vocalbaby("model", "show", bundle).out.strip() == card.strip()
    assert vocalbaby("model", "show", version, "--store", store).out.strip() == card.strip()


def test_verify_says_sound_or_ends_with_code_6(
    vocalbaby: Vocalbaby, bundle: Path, store: str
) -> None:
    version = read_bundle(bundle).manifest.version
    for arguments in ((bundle,), (version, "--store", store)):
        run = vocalbaby("model", "verify", *arguments)
        assert (run.code, run.out) == (0, f"{version}: sound\n")
    (bundle / "card.md").write_text("changed")
    run = vocalbaby("model", "verify", bundle)
    assert run.code == 6
    assert "card.md" in run.err
    assert vocalbaby("model", "verify", "none", "--store", store).code == 6


def test_list_shows_what_a_store_holds_and_serves(
    vocalbaby: Vocalbaby,
    toy_bundle: Path,
    store: str,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("vocalbaby.bundle.files.default_bundle_path", lambda: toy_bundle)
    run = vocalbaby("model", "list", "--store", store)
    version = read_bundle(toy_bundle).manifest.version
    head, built_in, stored = run.out.splitlines()
    assert head.split() == ["Version", "Features", "Created", "Where", "Channels"]
    assert version in built_in
    assert "built in" in built_in
    assert "production" not in built_in
    assert stored.split()[0] == version
    assert stored.rstrip().endswith("production 100%")
