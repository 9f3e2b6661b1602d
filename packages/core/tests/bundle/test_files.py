import hashlib
import json
import shutil
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from vocalbaby import features
from vocalbaby.bundle.archive import read_archive
from vocalbaby.bundle.files import (
    default_bundle_path,
    pack_bundle,
    read_bundle,
    verify_bundle,
)
from vocalbaby.bundle.layout import record, version_of
from vocalbaby.bundle.parsing import collect, parse
from vocalbaby.bundle.writing import BundleContent, write_bundle
from vocalbaby.entity.bundle import MAX_PART_BYTES, BundleManifest, FeatureSetRecord
from vocalbaby.exception import BundleChecksumError, BundleError, ConfigError


@pytest.fixture
def copy(toy_bundle: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(toy_bundle, tmp_path / "copy"))


@pytest.fixture
def again(toy_bundle: Path) -> Callable[..., BundleManifest]:
    """Write the toy bundle again with changes to its content."""
    content = replace(BundleContent.of(read_bundle(toy_bundle)), metrics={})

    def write(
        folder: Path, change: dict[str, Any] | None = None, created: datetime | None = None
    ) -> BundleManifest:
        changed = replace(content, **(change or {}))
        return write_bundle(folder, changed, card=lambda m: f"# {m.version}\n", created=created)

    return write


def edit(folder: Path, change: dict[str, Any]) -> None:
    path = folder / "manifest.json"
    path.write_text(json.dumps(json.loads(path.read_text()) | change), encoding="utf-8")


def test_a_written_bundle_can_be_read(toy_bundle: Path) -> None:
    bundle = read_bundle(toy_bundle)
    assert verify_bundle(toy_bundle) == []
    assert bundle.manifest.version.startswith("toy-")
    assert bundle.card == f"# {bundle.manifest.version}\n"
    assert bundle.manifest.metrics == {"uar": 0.5}
    assert sorted(path.name for path in toy_bundle.iterdir()) == [
        "booster.json",
        "calibration.json",
        "card.md",
        "manifest.json",
        "reference.parquet",
    ]


def test_the_version_depends_on_the_content_only(
    again: Callable[..., BundleManifest], toy_bundle: Path, tmp_path: Path
) -> None:
    first = read_bundle(toy_bundle).manifest
    day = datetime(2001, 1, 1, tzinfo=UTC)
    second = again(tmp_path / "b", {"code_version": "9"}, day)
    assert second.version == first.version
    assert second.provenance.created.startswith("2001-01-01")
    assert again(tmp_path / "c", {"reference": b"PAR1-PAR1"}).version != first.version
    assert again(tmp_path / "d", {"training_data_sha256": "1" * 64}).version != first.version
    assert again(tmp_path / "e", {"name": "other"}).version == f"other-{_tail(tmp_path / 'e')}"


def test_the_time_can_be_set_for_reproducible_builds(
    again: Callable[..., BundleManifest], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SOURCE_DATE_EPOCH", "1700000000")
    assert again(tmp_path / "one").provenance.created == "2023-11-14T22:13:20+00:00"


@pytest.mark.parametrize("epoch", ["yesterday", "1e9", "9" * 30])
def test_rejects_a_source_date_that_is_not_a_time(
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


def test_writing_replaces_only_a_bundle(
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
    changes: list[dict[str, Any]] = [
        {"parts": {"booster.json": b"{}"}},
        {"parts": {"booster.json": b"{}", "more.bin": b""}},
        {"parts": {}},
        {"parts": {"card.md": b""}},
        {"parts": {"../up": b""}},
        {"kind": "oracle"},
        {"reference": b"text"},
        {"name": "../up"},
        {"feature_sets": []},
        {"feature_sets": [FeatureSetRecord(name="mfcc", version="1", columns=("x",))]},
        {"feature_sets": [FeatureSetRecord(name="nonesuch", version="1", columns=("x",))]},
        {"classes": ["Junk", "Crying"]},
        {"classes": ["Canonical", "Junk"]},
    ]
    for change in changes:
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
    "name", ["booster.json", "calibration.json", "reference.parquet", "card.md"]
)
def test_a_changed_file_is_refused(copy: Path, name: str) -> None:
    data = bytearray((copy / name).read_bytes())
    data[len(data) // 2] ^= 1
    (copy / name).write_bytes(data)
    with pytest.raises(BundleChecksumError, match=name):
        read_bundle(copy)
    assert name in verify_bundle(copy)[0]


def test_every_changed_file_is_reported(copy: Path) -> None:
    (copy / "card.md").write_text("better", encoding="utf-8")
    (copy / "booster.json").write_bytes(b"")
    assert len(verify_bundle(copy)) == 2


def test_a_replaced_booster_with_corrected_checksums_is_refused(copy: Path) -> None:
    (copy / "booster.json").write_bytes(b"{}")
    parts = json.loads((copy / "manifest.json").read_text())["parts"]
    parts["booster.json"] = {"sha256": hashlib.sha256(b"{}").hexdigest(), "size": 2}
    edit(copy, {"parts": parts})
    with pytest.raises(BundleChecksumError, match="contents of version toy-"):
        read_bundle(copy)


@pytest.mark.parametrize("name", ["manifest.json", "card.md"])
def test_a_missing_file_is_refused(copy: Path, name: str) -> None:
    (copy / name).unlink()
    with pytest.raises(BundleError, match=f"lacks {name}"):
        read_bundle(copy)


def test_a_bundle_of_format_1_is_refused_with_what_to_do(copy: Path) -> None:
    edit(copy, {"format": 1})
    with pytest.raises(BundleError, match="bundle format 1; this version reads format 2") as caught:
        read_bundle(copy)
    assert "`vocalbaby train`" in str(caught.value.hint)
    assert "built-in" in str(caught.value.hint)


def test_a_bundle_of_format_1_is_replaced_by_training_again(
    again: Callable[..., BundleManifest], tmp_path: Path
) -> None:
    folder = tmp_path / "model"
    folder.mkdir()
    old = {"format": 1, "files": {"booster.ubj": {}, "card.md": {}}}
    (folder / "manifest.json").write_text(json.dumps(old), encoding="utf-8")
    (folder / "booster.ubj").write_bytes(b"{}")
    assert again(folder).version == read_bundle(folder).manifest.version
    assert not (folder / "booster.ubj").exists()


def test_a_part_that_is_longer_than_listed_is_refused(copy: Path) -> None:
    with (copy / "booster.json").open("ab") as stream:
        stream.truncate(2**30)
    with pytest.raises(BundleChecksumError, match=r"booster\.json"):
        read_bundle(copy)


def test_an_extra_file_is_refused(copy: Path) -> None:
    (copy / "model.pkl").write_bytes(b"\x80")
    with pytest.raises(BundleError, match=r"model\.pkl"):
        read_bundle(copy)


@pytest.mark.parametrize(
    ("change", "word"),
    [
        ({"format": 3}, "bundle format 3"),
        ({"format": None}, "bundle format None"),
        ({"surprise": 1}, "surprise"),
        ({"kind": "oracle"}, "contents of version"),
        ({"version": "toy-000000000000"}, "contents of version toy-000000000000"),
        ({"classes": ["Junk", "Canonical"]}, "classes"),
        ({"parts": {}}, "does not list"),
        ({"parts": {"../../etc/passwd": {"sha256": "0" * 64, "size": 1}}}, "not valid"),
        ({"parts": {"card.md": {"sha256": "x", "size": 1}}}, "sha256"),
        ({"parts": {"card.md": {"sha256": "0" * 64, "size": MAX_PART_BYTES + 1}}}, "size"),
    ],
)
def test_a_changed_manifest_is_refused(copy: Path, change: dict[str, Any], word: str) -> None:
    edit(copy, change)
    with pytest.raises(BundleError, match=word) as found:
        read_bundle(copy)
    assert "\n" not in str(found.value)
    assert "pydantic" not in str(found.value)


@pytest.mark.parametrize("change", ["version", "columns", "name"])
def test_a_bundle_for_other_features_is_refused(
    again: Callable[..., BundleManifest],
    tmp_path: Path,
    change: str,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The bundle is valid where it was written, with other features."""
    here = features.get("mfcc")
    there = SimpleNamespace(name=here.name, version=here.version, columns=here.columns)
    setattr(there, change, here.columns[::-1] if change == "columns" else "99")
    columns = tuple(column.name for column in there.columns)
    record = FeatureSetRecord(name=there.name, version=there.version, columns=columns)
    with monkeypatch.context() as patch:
        patch.setattr(features, "of_records", lambda _: there)
        again(tmp_path / "model", {"feature_sets": [record]})
        assert verify_bundle(tmp_path / "model") == []
    word = {"version": "installed is version", "columns": "other columns", "name": "'99'"}
    with pytest.raises(BundleError, match=word[change]):
        read_bundle(tmp_path / "model")


@pytest.mark.parametrize("text", ["", "[]", "{", "[" * 100_000, "\x00", '{"format": 2}'])
def test_an_invalid_manifest_is_refused(copy: Path, text: str) -> None:
    (copy / "manifest.json").write_text(text, encoding="utf-8")
    with pytest.raises(BundleError, match="manifest"):
        read_bundle(copy)


def test_a_missing_path_is_named(tmp_path: Path) -> None:
    assert verify_bundle(tmp_path / "gone") == [f"There is no model bundle at {tmp_path / 'gone'}."]


def test_the_built_in_bundle_is_a_small_file_of_the_package() -> None:
    path = default_bundle_path()
    assert path.parts[-3:] == ("vocalbaby", "bundle", "default.zip")
    assert path.stat().st_size < 4 * 2**20
    assert verify_bundle(path) == []


def test_the_documented_card_is_the_one_of_the_built_in_bundle() -> None:
    page = Path("docs/default-model-card.md").read_text(encoding="utf-8")
    assert page == read_bundle(default_bundle_path()).card


@pytest.mark.parametrize("count", [100_000, 2_000_001])
def test_a_calibration_with_many_values_is_refused_with_one_problem(count: int) -> None:
    contents = collect(read_archive(default_bundle_path()))
    known = json.loads(contents["calibration.json"]) | {"thresholds": "@"}
    data = json.dumps(known).encode().replace(b'"@"', b"[" + b"0," * count + b"0]")
    manifest = json.loads(contents["manifest.json"])
    manifest["parts"]["calibration.json"] = record(data).model_dump()
    manifest["version"] = version_of(manifest)
    files = {"calibration.json": data, "manifest.json": json.dumps(manifest).encode()}
    with pytest.raises(BundleError, match=r"thresholds\.0: |more than the limit") as refused:
        parse(contents | files, "it")
    assert len(refused.value.message) < 200
