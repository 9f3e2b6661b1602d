from pathlib import Path

import pytest
from huggingface_hub import constants

from packages.core.tests.huggingface.stand_in import TOKEN, Repositories
from vocalbaby.bundle.files import read_bundle
from vocalbaby.exception import (
    BundleChecksumError,
    BundleError,
    ConfigError,
    ModelNotFoundError,
    StorageError,
    VocalBabyError,
)
from vocalbaby.huggingface import RepositoryAddress, pull, push

ADDRESS = RepositoryAddress("lab/babble")


@pytest.fixture
def pushed(repositories: Repositories, toy_bundle: Path) -> Repositories:
    push(toy_bundle, ADDRESS)
    return repositories


def test_a_pulled_bundle_is_the_pushed_one(
    repositories: Repositories, toy_bundle: Path, tmp_path: Path
) -> None:
    commit = push(toy_bundle, ADDRESS)
    done: list[tuple[str, int, int]] = []
    pulled = pull(ADDRESS, tmp_path / "model", lambda *values: done.append(values))
    assert pulled.commit == commit
    assert pulled.ignored == ()
    assert read_bundle(tmp_path / "model") == read_bundle(toy_bundle)
    names = {path.name for path in toy_bundle.iterdir()}
    assert {*repositories.branches["lab/babble", "main"]} == {*names, "README.md", ".gitattributes"}
    assert done[-1] == ("download", len(names), len(names))


def test_a_revision_is_a_branch_that_push_creates(
    pushed: Repositories, second: Path, toy_bundle: Path, tmp_path: Path
) -> None:
    push(second, RepositoryAddress("lab/babble", "trial"))
    assert pull(ADDRESS, tmp_path / "a").manifest == read_bundle(toy_bundle).manifest
    trial = pull(RepositoryAddress("lab/babble", "trial"), tmp_path / "b")
    assert trial.manifest == read_bundle(second).manifest
    again = pull(RepositoryAddress("lab/babble", trial.commit), tmp_path / "c")
    assert again.manifest == trial.manifest
    with pytest.raises(ModelNotFoundError, match="not a branch, tag or commit"):
        pull(RepositoryAddress("lab/babble", "none"), tmp_path / "d")


def test_push_removes_files_of_the_bundle_before_and_no_others(
    pushed: Repositories, bundle_of_two_sets: Path, tmp_path: Path
) -> None:
    files = pushed.branches["lab/babble", "main"]
    files |= {"notes.json": b"{}", "stale.json": b"{}"}
    old = files["manifest.json"]
    record = old[old.index(b'"card.md"') :]
    entry = record[: record.index(b"}") + 1].replace(b"card.md", b"stale.json")
    files["manifest.json"] = old.replace(b'"parts": {', b'"parts": {' + entry + b",")
    push(bundle_of_two_sets, ADDRESS)
    assert "notes.json" in files
    assert "stale.json" not in files
    assert pull(ADDRESS, tmp_path / "model").ignored == ("notes.json",)


def test_other_files_are_neither_downloaded_nor_written(
    pushed: Repositories, tmp_path: Path
) -> None:
    hostile = ("../evil.py", "a/../../b", "train.py", "model.pkl", "/etc/passwd", "CON")
    pushed.branches["lab/babble", "main"] |= dict.fromkeys(hostile, b"import os")
    pulled = pull(ADDRESS, tmp_path / "sub" / "model")
    assert pulled.ignored == tuple(sorted(hostile))
    paths = {path for method, path, _ in pushed.requests if "/resolve/" in path}
    assert {path.rpartition("/")[2] for path in paths} == {*pulled.manifest.parts, "manifest.json"}
    assert {path.name for path in (tmp_path / "sub").iterdir()} == {"model"}
    assert {path.name for path in tmp_path.iterdir()} == {"sub"}


@pytest.mark.parametrize("name", ["../evil.json", "a/b.json", "/etc/passwd", ".hidden"])
def test_a_manifest_cannot_list_a_file_outside_of_the_bundle(
    pushed: Repositories, tmp_path: Path, name: str
) -> None:
    files = pushed.branches["lab/babble", "main"]
    files["manifest.json"] = files["manifest.json"].replace(b"card.md", name.encode())
    files[name] = files["card.md"]
    with pytest.raises(BundleError, match="manifest"):
        pull(ADDRESS, tmp_path / "model")
    assert not (tmp_path / "model").exists()


def test_changed_files_are_refused_and_an_older_bundle_stays(
    pushed: Repositories, toy_bundle: Path, tmp_path: Path
) -> None:
    pull(ADDRESS, tmp_path / "model")
    files = pushed.branches["lab/babble", "main"]
    # What a symbolic link in a repository is downloaded as: the path that it leads to.
    files["card.md"] = b"/etc/passwd".ljust(len(files["card.md"]))[: len(files["card.md"])]
    with pytest.raises(BundleChecksumError, match=r"card\.md"):
        pull(ADDRESS, tmp_path / "model")
    assert read_bundle(tmp_path / "model") == read_bundle(toy_bundle)


def test_a_file_larger_than_listed_is_not_downloaded(pushed: Repositories, tmp_path: Path) -> None:
    for name in ("booster.json", "manifest.json"):
        pushed.sizes = {name: 10**12}
        before = len(pushed.requests)
        with pytest.raises(BundleError, match=rf"The size of {name} .* is 1000000000000 bytes"):
            pull(ADDRESS, tmp_path / "model")
        assert not [path for _, path, _ in pushed.requests[before:] if path.endswith(name)]


def test_a_repository_without_a_bundle_is_refused(
    repositories: Repositories, tmp_path: Path
) -> None:
    repositories.branches["lab/babble", "main"] = {"config.json": b"{}"}
    with pytest.raises(BundleError, match=r"hf://lab/babble lacks manifest\.json"):
        pull(ADDRESS, tmp_path / "model")


def test_a_private_repository_needs_a_login(
    repositories: Repositories, toy_bundle: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    push(toy_bundle, ADDRESS, private=True)
    assert repositories.private == {"lab/babble"}
    pull(ADDRESS, tmp_path / "a")
    # An upload to signed addresses needs no token.
    assert {token for _, path, token in repositories.requests if "/resolve/" in path} == {TOKEN}
    monkeypatch.delenv("HF_TOKEN")
    with pytest.raises(ModelNotFoundError, match="is private and this login cannot read it"):
        pull(ADDRESS, tmp_path / "b")
    monkeypatch.setenv("HF_TOKEN", "hf_wrong_token")
    with pytest.raises(StorageError, match="HTTP status 401") as caught:
        push(toy_bundle, RepositoryAddress("lab/other"))
    assert "right to write" in caught.value.hint
    assert "hf_wrong_token" not in repr(caught.value)


def test_errors_of_the_connection_say_what_to_do(
    repositories: Repositories, toy_bundle: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with pytest.raises(ModelNotFoundError, match="There is no repository hf://lab/none"):
        pull(RepositoryAddress("lab/none"), tmp_path / "model")
    with pytest.raises(ConfigError, match="does not accept the card"):
        push(toy_bundle, ADDRESS, licence="nonsense")
    monkeypatch.setattr(constants, "HF_HUB_OFFLINE", True)
    with pytest.raises(StorageError, match="HF_HUB_OFFLINE is set"):
        pull(ADDRESS, tmp_path / "model")
    monkeypatch.setattr(constants, "HF_HUB_OFFLINE", False)
    monkeypatch.setattr(constants, "ENDPOINT", "http://127.0.0.1:9")
    for call in (lambda: pull(ADDRESS, tmp_path / "model"), lambda: push(toy_bundle, ADDRESS)):
        with pytest.raises(StorageError, match="cannot be reached"):
            call()


@pytest.mark.parametrize(
    "text",
    [
        "hf://babble",
        "hf://a/b/c",
        "hf://../b",
        "hf://a/b@",
        "hf://a/b@x..y",
        "s3://a/b",
        "hf://a/b?x",
    ],
)
def test_other_addresses_are_refused(text: str) -> None:
    with pytest.raises(VocalBabyError, match="is not the address of a Hugging Face repository"):
        RepositoryAddress.parse(text)
