import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from vocalbaby.bundle.archive import pack
from vocalbaby.bundle.files import read_bundle
from vocalbaby.bundle.store import ModelStore
from vocalbaby.cloud.opening import open_storage

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


@pytest.fixture(params=["folder", "s3"])
def address(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """An empty store."""
    if request.param == "folder":
        return str(tmp_path / "models")
    return f"s3://{request.getfixturevalue('bucket')}/{tmp_path.name}"


def test_show_prints_the_card(vocalbaby: Vocalbaby, bundle: Path, store: str) -> None:
    card = read_bundle(bundle).card
    version = read_bundle(bundle).manifest.version
    assert vocalbaby("model", "show", bundle).out.strip() == card.strip()
    assert vocalbaby("model", "show", version, "--store", store).out.strip() == card.strip()


def test_verify_exits_with_code_6_for_an_invalid_bundle(
    vocalbaby: Vocalbaby, bundle: Path, store: str
) -> None:
    version = read_bundle(bundle).manifest.version
    for arguments in ((bundle,), (version, "--store", store)):
        run = vocalbaby("model", "verify", *arguments)
        assert (run.code, run.out) == (0, f"{version}: valid\n")
    (bundle / "card.md").write_text("changed")
    run = vocalbaby("model", "verify", bundle)
    assert run.code == 6
    assert "card.md" in run.err
    assert vocalbaby("model", "verify", "none", "--store", store).code == 6


def test_list_shows_versions_and_channels_of_a_store(
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


def test_list_leaves_out_a_version_of_an_older_format_with_the_reason(
    vocalbaby: Vocalbaby, store: str
) -> None:
    old = Path(store, "models", "toy-000000000000")
    old.mkdir()
    (old / "bundle.zip").write_bytes(pack({"manifest.json": b'{"format": 1}'}))
    (old / "manifest.json").write_text('{"format": 1}', encoding="utf-8")
    run = vocalbaby("model", "list", "--store", store)
    assert run.code == 0
    assert len(run.out.splitlines()) == 3
    assert "toy-000000000000 is left out." in run.err
    assert "vocalbaby train" in run.err


def test_reports_an_empty_or_missing_store(vocalbaby: Vocalbaby, tmp_path: Path) -> None:
    run = vocalbaby("model", "list", "--store", tmp_path / "typo")
    assert run.code == 0
    assert run.err.strip() == f"There are no models in {tmp_path}/typo."
    assert len(run.out.splitlines()) == 2


def test_rolls_out_two_versions_and_rolls_back(
    vocalbaby: Vocalbaby, address: str, toy_bundle: Path, second: Path
) -> None:
    a, b = (read_bundle(path).manifest.version for path in (toy_bundle, second))
    to = ("--store", address)

    def output(*arguments: object) -> str:
        run = vocalbaby("model", *arguments, *to)
        assert (run.code, run.err) == (0, "")
        return str(run.out).strip()

    assert output("publish", toy_bundle, "--channel", "production").splitlines() == [
        f"published {a} to {address}",
        f"production: nothing -> {a} 100%",
    ]
    assert output("publish", second).splitlines() == [
        f"published {b} to {address}",
        f"To serve it, run: vocalbaby model promote {b} --store {address}",
    ]
    assert output("shadow", b) == f"production: {a} 100% -> {a} 100%, {b} shadow"
    listed = {line.split()[0]: line for line in output("list").splitlines()}
    assert listed[b].endswith("production shadow")
    assert output("shadow", "--off") == f"production: {a} 100%, {b} shadow -> {a} 100%"
    assert output("canary", b, "--share", "0.1") == f"production: {a} 100% -> {a} 90%, {b} 10%"
    assert output("promote", b) == f"production: {a} 90%, {b} 10% -> {b} 100%"
    assert output("rollback", a) == f"production: {b} 100% -> {b} 100%"  # not the newest
    assert output("rollback", b) == f"production: {b} 100% -> {a} 100%"
    assert output("rollback", b) == f"production: {a} 100% -> {a} 100%"  # it is gone already
    assert output("canary", b, "--share", "0.1") == f"production: {a} 100% -> {a} 90%, {b} 10%"
    assert output("rollback") == f"production: {a} 90%, {b} 10% -> {a} 100%"
    assert output("promote", b, "--channel", "staging") == f"staging: nothing -> {b} 100%"


@pytest.mark.parametrize(
    ("arguments", "code", "words"),
    [
        (("promote", "toy-ffffffffffff"), 6, "There is no model 'toy-ffffffffffff' in"),
        (("canary", "VERSION", "--share", "2"), 6, "cannot have the share 2"),
        (("canary", "VERSION", "--share", "0.1"), 6, "serves only"),
        (("canary", "VERSION", "--share", "0.1", "--channel", "x"), 6, "no channel 'x'"),
        (("canary", "VERSION"), 2, "--share"),
        (("shadow", "VERSION"), 6, "cannot be the shadow"),
        (("shadow",), 2, "--off"),
        (("rollback",), 6, "has no earlier state"),
        (("rollback", "--channel", "x"), 6, "no channel 'x'"),
        (("publish", "no/such/bundle"), 6, "There is no model bundle at"),
        (("publish", "BUNDLE", "--channel", "No Name"), 2, "is not a valid channel name"),
    ],
)
def test_rejects_an_impossible_change_and_leaves_the_channel_as_it_is(
    vocalbaby: Vocalbaby,
    store: str,
    bundle: Path,
    arguments: tuple[str, ...],
    code: int,
    words: str,
) -> None:
    names = {"VERSION": read_bundle(bundle).manifest.version, "BUNDLE": str(bundle)}
    before = ModelStore(open_storage(store)).channel("production")
    run = vocalbaby("model", *(names.get(word, word) for word in arguments), "--store", store)
    assert run.code == code
    assert words in run.err
    models = ModelStore(open_storage(store))
    assert models.channel("production") == before
    assert models.channels() == ["production"]


def test_does_not_promote_a_damaged_version(
    vocalbaby: Vocalbaby, store: str, second: Path, toy_bundle: Path
) -> None:
    models = ModelStore(open_storage(store))
    version = models.publish(second)
    models.storage.replace(f"models/{version}/bundle.zip", b"PK damaged")
    for change in (("promote",), ("canary", "--share", "0.1"), ("shadow",)):
        assert vocalbaby("model", change[0], version, *change[1:], "--store", store).code == 6
    assert models.channel("production").versions == (read_bundle(toy_bundle).manifest.version,)
