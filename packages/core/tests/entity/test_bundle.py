from typing import Any

import pytest
from pydantic import ValidationError

from vocalbaby.entity.bundle import (
    MAX_PART_BYTES,
    MAX_PARTS,
    BundleManifest,
    Calibration,
    FeatureSetRecord,
    ModelFile,
)

PLAIN: dict[str, Any] = {
    "temperature": 2.0,
    "bias": (0.0, 1.0, 0.0),
    "abstain_below": 0.3,
    "novelty_center": (1.0, -1.0, 0.0),
    "novelty_scale": (2.0, 1.0, 0.5),
    "novelty_components": ((0.6, 0.8, 0.0),),
    "novelty_variances": (4.0, 2.0),
    "novelty_threshold": 3.0,
    "missing_limit": 0.5,
}

RECORD: dict[str, Any] = {"sha256": "0" * 64, "size": 1}
MANIFEST: dict[str, Any] = {
    "format": 2,
    "name": "toy",
    "version": "toy-0",
    "kind": "boosted_trees",
    "classes": ("Crying", "Junk"),
    "feature_sets": [
        {"name": "a", "version": "1", "columns": ("x", "y")},
        {"name": "b", "version": "7", "columns": ("z",)},
    ],
    "parts": {"booster.json": RECORD},
    "provenance": {"training_data_sha256": "1" * 64, "code_version": "0", "created": ""},
    "metrics": {},
}


@pytest.mark.parametrize(
    "change",
    [
        {"temperature": 0.0},
        {"temperature": float("nan")},
        {"novelty_scale": (1.0, 1.0)},
        {"novelty_scale": (1.0, 1.0, 0.0)},
        {"novelty_components": ((1.0,),)},
        {"novelty_variances": (1.0,)},
        {"abstain_below": 1.5},
        {"missing_limit": -0.1},
    ],
)
def test_rejects_impossible_calibrations(change: dict[str, object]) -> None:
    with pytest.raises(ValidationError):
        Calibration.model_validate(PLAIN | change)


def test_several_feature_sets_stand_side_by_side() -> None:
    manifest = BundleManifest.model_validate(MANIFEST)
    assert manifest.columns == ("x", "y", "z")
    assert (manifest.feature_set, manifest.feature_set_version) == ("a+b", "1+7")


@pytest.mark.parametrize(
    "name",
    [
        "",
        "..",
        "../x",
        "a/b",
        "a\\b",
        "/etc/passwd",
        ".hidden",
        "a..b",
        "a.",
        "C:x",
        "UPPER",
        "a\nb",
        "a\n",
        "x" * 129,
    ],
)
def test_rejects_part_names_that_are_not_plain(name: str) -> None:
    with pytest.raises(ValidationError):
        BundleManifest.model_validate(MANIFEST | {"parts": {name: RECORD}})


@pytest.mark.parametrize(
    "change",
    [
        {"feature_sets": []},
        {"feature_sets": [{"name": "a", "version": "1", "columns": ("x", "x")}]},
        {"parts": {f"part{i}": RECORD for i in range(MAX_PARTS + 1)}},
        {"parts": {"a": RECORD | {"size": MAX_PART_BYTES + 1}}},
        {"parts": {"a": RECORD | {"size": -1}}},
        {"parts": {f"part{i}": RECORD | {"size": MAX_PART_BYTES} for i in range(5)}},
        {"parts": {"a": RECORD | {"sha256": "x"}}},
        {"kind": None},
        {"surprise": 1},
    ],
)
def test_rejects_manifests_without_bounds_or_with_unknown_keys(change: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        BundleManifest.model_validate(MANIFEST | change)


FILE: dict[str, Any] = {"sha256": "a" * 64, "runtime": "onnx", "output": "bands"}


def test_a_feature_set_may_need_a_file() -> None:
    record = FeatureSetRecord(name="a", version="1", columns=("x",), file=ModelFile(**FILE))
    assert FeatureSetRecord.model_validate_json(record.model_dump_json()) == record
    assert record.model_dump()["file"] == FILE


def test_a_set_without_a_file_is_written_as_before() -> None:
    record = FeatureSetRecord(name="a", version="1", columns=("x",))
    assert record.model_dump_json() == '{"name":"a","version":"1","columns":["x"]}'


@pytest.mark.parametrize(
    "change", [{"sha256": "x"}, {"runtime": "torch"}, {"output": ""}, {"x": 1}]
)
def test_rejects_files_that_are_not_identified(change: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        ModelFile.model_validate(FILE | change)
