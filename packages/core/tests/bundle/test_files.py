import contextlib
import dataclasses
import hashlib
import io
import json
import shutil
import zipfile
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from vocalbaby import features
from vocalbaby.bundle.files import (
    default_bundle_path,
    pack_bundle,
    read_bundle,
    unpack_bundle,
    verify_bundle,
)
from vocalbaby.bundle.writing import BundleParts, write_bundle
from vocalbaby.entity.bundle import BundleManifest, ModelBundle
from vocalbaby.exception import BundleChecksumError, BundleError, ConfigError


@pytest.fixture
def copy(toy_bundle: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(toy_bundle, tmp_path / "copy"))


@pytest.fixture
def again(toy_bundle: Path) -> Callable[..., BundleManifest]:
    """Write the toy bundle's parts, some of them changed."""
    bundle: ModelBundle = read_bundle(toy_bundle)

    parts = BundleParts(
        name="toy",
        feature_set=bundle.manifest.feature_set,
        feature_set_version=bundle.manifest.feature_set_version,
        columns=bundle.manifest.columns,
        training_data_sha256="0" * 64,
        code_version="0",
        metrics={},
        booster=bundle.booster,
        calibration=bundle.calibration,
        reference=bundle.reference,
    )

    def write(
        folder: Path, change: dict[str, Any] | None = None, created: datetime | None = None
    ) -> BundleManifest:
        changed = dataclasses.replace(parts, **(change or {}))
        return write_bundle(folder, changed, card=lambda m: f"# {m.version}\n", created=created)

    return write


def edit(folder: Path, change: dict[str, Any]) -> None:
    path = folder / "manifest.json"
    path.write_text(json.dumps(json.loads(path.read_text()) | change), encoding="utf-8")


def test_what_is_written_is_read(toy_bundle: Path) -> None:
    bundle = read_bundle(toy_bundle)
    assert verify_bundle(toy_bundle) == []
    assert bundle.manifest.version.startswith("toy-")
    assert bundle.card == f"# {bundle.manifest.version}\n"
    assert bundle.manifest.metrics == {"uar": 0.5}
    assert sorted(path.name for path in toy_bundle.iterdir()) == [
        "booster.ubj",
        "calibration.json",
        "card.md",
        "manifest.json",
        "reference.parquet",
    ]


def test_the_version_is_of_the_content_not_of_the_day(
    again: Callable[..., BundleManifest], toy_bundle: Path, tmp_path: Path
) -> None:
    first = read_bundle(toy_bundle).manifest
    day = datetime(2001, 1, 1, tzinfo=UTC)
    second = again(tmp_path / "b", {"code_version": "9"}, day)
    assert second.version == first.version
    assert second.created.startswith("2001-01-01")
    assert again(tmp_path / "c", {"reference": b"PAR1-PAR1"}).version != first.version
    assert again(tmp_path / "d", {"training_data_sha256": "1" * 64}).version != first.version
    assert again(tmp_path / "e", {"name": "other"}).version == f"other-{_tail(tmp_path / 'e')}"


def test_the_day_can_be_set_for_reproducible_builds(
    again: Callable[..., BundleManifest], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SOURCE_DATE_EPOCH", "1700000000")
    assert again(tmp_path / "one").created == "2023-11-14T22:13:20+00:00"


@pytest.mark.parametrize("epoch", ["yesterday", "1e9", "9" * 30])
def test_a_day_that_is_none_is_refused(
    again: Callable[..., BundleManifest],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    epoch: str,
) -> None:
    monkeypatch.setenv("SOURCE_DATE_EPOCH", epoch)
    with pytest.raises(ConfigError, match=f"SOURCE_DATE_EPOCH is '{epoch}'"):
        again(tmp_path / "one")
    assert not (tmp_path / "one").exists()


def _tail(folder: Path) -> str:
    return read_bundle(folder).manifest.version.rpartition("-")[2]


def test_writing_replaces_a_bundle_and_nothing_else(
    again: Callable[..., BundleManifest], tmp_path: Path
) -> None:
    folder = tmp_path / "model"
    old = again(folder)
    new = again(folder, {"reference": b"PAR1--PAR1"})
    assert old.version != read_bundle(folder).manifest.version == new.version
    (folder / "thesis.txt").write_text("mine", encoding="utf-8")
    with pytest.raises(BundleError, match="something else"):
        again(folder)
    assert (folder / "thesis.txt").exists()
    assert [path.name for path in tmp_path.iterdir()] == ["model"]


def test_a_failed_write_leaves_no_trace(
    again: Callable[..., BundleManifest], tmp_path: Path
) -> None:
    for change in (
        {"booster": b"{}"},
        {"reference": b"text"},
        {"name": "../up"},
        {"columns": ["x"]},
        {"feature_set": "nonesuch"},
        {"classes": ["Junk", "Crying"]},
        {"classes": ["Canonical", "Junk"]},
    ):
        with pytest.raises(BundleError):
            again(tmp_path / "model", change)
    assert list(tmp_path.iterdir()) == []


def test_a_zip_is_a_bundle_with_repeatable_bytes(toy_bundle: Path, tmp_path: Path) -> None:
    packed = pack_bundle(toy_bundle)
    assert packed == pack_bundle(toy_bundle)
    (tmp_path / "toy.zip").write_bytes(packed)
    assert read_bundle(tmp_path / "toy.zip") == read_bundle(toy_bundle)
    assert verify_bundle(tmp_path / "toy.zip") == []


@pytest.mark.parametrize(
    "name", ["booster.ubj", "calibration.json", "reference.parquet", "card.md"]
)
def test_a_changed_file_is_refused(copy: Path, name: str) -> None:
    data = bytearray((copy / name).read_bytes())
    data[len(data) // 2] ^= 1
    (copy / name).write_bytes(data)
    with pytest.raises(BundleChecksumError, match=name):
        read_bundle(copy)
    assert name in verify_bundle(copy)[0]


def test_every_changed_file_is_a_finding(copy: Path) -> None:
    (copy / "card.md").write_text("better", encoding="utf-8")
    (copy / "booster.ubj").write_bytes(b"")
    assert len(verify_bundle(copy)) == 2


def test_a_swapped_booster_with_corrected_hashes_is_not_that_version(copy: Path) -> None:
    (copy / "booster.ubj").write_bytes(b"{}")
    files = json.loads((copy / "manifest.json").read_text())["files"]
    files["booster.ubj"] = {"sha256": hashlib.sha256(b"{}").hexdigest(), "size": 2}
    edit(copy, {"files": files})
    with pytest.raises(BundleChecksumError, match="calls itself toy-"):
        read_bundle(copy)


@pytest.mark.parametrize("name", ["manifest.json", "card.md"])
def test_a_missing_file_is_refused(copy: Path, name: str) -> None:
    (copy / name).unlink()
    with pytest.raises(BundleError, match=f"lacks {name}"):
        read_bundle(copy)


def test_an_extra_file_is_refused(copy: Path) -> None:
    (copy / "model.pkl").write_bytes(b"\x80")
    with pytest.raises(BundleError, match=r"model\.pkl"):
        read_bundle(copy)


@pytest.mark.parametrize(
    ("change", "word"),
    [
        ({"format": 2}, "format 2"),
        ({"format": None}, "format None"),
        ({"surprise": 1}, "surprise"),
        ({"feature_set": "nonesuch"}, "nonesuch|calls itself"),
        ({"version": "toy-000000000000"}, "calls itself toy-000000000000"),
        ({"classes": ["Junk", "Canonical"]}, "classes"),
        ({"files": {}}, "lists the files"),
        ({"files": {"../../etc/passwd": {"sha256": "0" * 64, "size": 1}}}, "lists the files"),
        ({"files": {"card.md": {"sha256": "x", "size": 1}}}, "sha256"),
    ],
)
def test_a_manifest_that_lies_is_refused(copy: Path, change: dict[str, Any], word: str) -> None:
    edit(copy, change)
    with pytest.raises(BundleError, match=word):
        read_bundle(copy)


@pytest.mark.parametrize("change", ["version", "columns", "name"])
def test_a_bundle_of_other_features_is_refused(
    again: Callable[..., BundleManifest],
    tmp_path: Path,
    change: str,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Written where the features were others, and sound in itself."""
    here = features.get("mfcc")
    there = SimpleNamespace(name=here.name, version=here.version, columns=here.columns)
    setattr(there, change, here.columns[::-1] if change == "columns" else "99")
    parts = {
        "feature_set": there.name,
        "feature_set_version": there.version,
        "columns": [column.name for column in there.columns],
    }
    with monkeypatch.context() as patch:
        patch.setattr(features, "get", lambda _: there)
        again(tmp_path / "model", parts)
        assert verify_bundle(tmp_path / "model") == []
    word = {"version": "installed is version", "columns": "other columns", "name": "'99'"}
    with pytest.raises(BundleError, match=word[change]):
        read_bundle(tmp_path / "model")


@pytest.mark.parametrize("text", ["", "[]", "{", "[" * 100_000, "\x00", '{"format": 1}'])
def test_a_manifest_that_is_none_is_refused(copy: Path, text: str) -> None:
    (copy / "manifest.json").write_text(text, encoding="utf-8")
    with pytest.raises(BundleError, match="manifest"):
        read_bundle(copy)


def rezip(
    packed: bytes, change: Callable[[zipfile.ZipFile, zipfile.ZipInfo, bytes], None]
) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(packed)) as old, zipfile.ZipFile(buffer, "w") as new:
        for member in old.infolist():
            change(new, member, old.read(member))
    return buffer.getvalue()


def test_hostile_zips_are_refused(toy_bundle: Path) -> None:
    packed = pack_bundle(toy_bundle)

    def climbing(new: zipfile.ZipFile, member: zipfile.ZipInfo, data: bytes) -> None:
        new.writestr(f"../{member.filename}", data)

    def doubled(new: zipfile.ZipFile, member: zipfile.ZipInfo, data: bytes) -> None:
        new.writestr(member.filename, data)
        if member.filename == "card.md":
            with pytest.warns(UserWarning, match="Duplicate"):
                new.writestr("card.md", b"another")

    def bomb(new: zipfile.ZipFile, member: zipfile.ZipInfo, data: bytes) -> None:
        huge = bytes(65 * 2**20) if member.filename == "card.md" else data
        new.writestr(member.filename, huge, zipfile.ZIP_DEFLATED)

    def odd(new: zipfile.ZipFile, member: zipfile.ZipInfo, data: bytes) -> None:
        new.writestr(member.filename, data, zipfile.ZIP_LZMA)

    for change, word in (
        (climbing, "lacks"),
        (doubled, r"other files: \['card.md'\]"),
        (bomb, "limit"),
        (odd, "unusual"),
    ):
        with pytest.raises(BundleError, match=word):
            unpack_bundle(rezip(packed, change), "it")
    for broken in (b"", b"PK", packed[: len(packed) // 2], b"text" * 100):
        with pytest.raises(BundleError, match="zip"):
            unpack_bundle(broken, "it")


def test_a_damaged_zip_never_gives_another_model(toy_bundle: Path) -> None:
    packed, good = pack_bundle(toy_bundle), read_bundle(toy_bundle)
    for place in range(5, len(packed), len(packed) // 150):
        damaged = bytearray(packed)
        damaged[place] ^= 0x55
        with contextlib.suppress(BundleError):
            assert unpack_bundle(bytes(damaged), "it") == good


def test_a_path_that_is_not_there_is_named(tmp_path: Path) -> None:
    assert verify_bundle(tmp_path / "gone") == [f"There is no model bundle at {tmp_path / 'gone'}."]


def test_the_default_bundle_stays_in_the_package() -> None:
    assert default_bundle_path().parts[-3:] == ("vocalbaby", "bundle", "default")
