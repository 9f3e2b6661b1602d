"""The stage features computes the sets that any settings name, each once, and joins them."""

from pathlib import Path

import numpy as np
import pytest
import soundfile

from vocalbaby.components.feature_extraction import FeaturesConfig, extract_features
from vocalbaby.components.feature_table import read_feature_table, write_feature_table
from vocalbaby.components.manifests import read_manifest, write_manifest
from vocalbaby.entity.manifest import ClipRecord, Manifest
from vocalbaby.exception import ConfigError, DataError, DataNotFoundError, FeatureSetError
from vocalbaby.features import mfcc
from vocalbaby.pipeline.features import run_features, single_sets
from vocalbaby.pipeline.workspace import Workspace


@pytest.fixture
def workspace(tmp_path: Path) -> Workspace:
    found = Workspace(tmp_path / "configs", tmp_path / "out")
    found.configs.mkdir()
    found.ingestion.mkdir(parents=True)
    rows = []
    for i, split in enumerate(("train", "train", "devel", "test")):
        path = found.ingestion / f"{i}.wav"
        soundfile.write(path, np.random.default_rng(i).uniform(-0.3, 0.3, 3000), 16000)
        kind = ("Crying", "x", None, "")
        rows.append(ClipRecord(f"{i}", f"k{i}", *kind, str(path), split, 0.2, "0" * 64))
    write_manifest(Manifest(tuple(rows), ()), found.ingestion)
    found.features_config.write_text("feature_set: mfcc\n")
    return found


def test_sets_of_all_settings_are_computed_once_each(workspace: Workspace) -> None:
    (workspace.configs / "comparison.yaml").write_text(
        "feature_sets: [mfcc, spectral_prosodic+mfcc]\nresamples: 10\n"
    )
    (workspace.configs / "tuning.yaml").write_text("feature_sets: [spectral_prosodic]\n")
    calls: list[tuple[str, int, int]] = []
    tables = run_features(workspace, lambda *call: calls.append(call))
    assert {name: list(splits) for name, splits in tables.items()} == {
        "mfcc": ["train", "devel", "test"],
        "spectral_prosodic": ["train", "devel", "test"],
    }
    assert calls[:2] == [("train, mfcc", 4, 4), ("train, spectral_prosodic", 4, 4)]
    assert not (workspace.out / "features" / "spectral_prosodic+mfcc").exists()
    joined = read_feature_table(workspace.feature_table("spectral_prosodic+mfcc", "train"))
    config = FeaturesConfig(feature_set="spectral_prosodic+mfcc")
    records = [r for r in read_manifest(workspace.ingestion).records if r.split == "train"]
    wanted = extract_features(records, config, copies=1)
    assert joined.array.tobytes() == wanted.array.tobytes()
    assert joined.meta.equals(wanted.meta)
    assert (joined.feature_set, joined.feature_set_version, joined.columns) == (
        *(wanted.feature_set, wanted.feature_set_version, wanted.columns),
    )


def test_the_next_run_computes_nothing(
    workspace: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    run_features(workspace)
    written = workspace.feature_table("mfcc", "train").read_bytes()
    monkeypatch.setattr(mfcc.Mfcc, "extract", None)
    run_features(workspace)
    assert workspace.feature_table("mfcc", "train").read_bytes() == written


def test_a_joined_table_of_an_earlier_version_is_not_read(workspace: Workspace) -> None:
    workspace.features_config.write_text("feature_set: mfcc+spectral_prosodic\n")
    stale = workspace.feature_table("mfcc+spectral_prosodic", "test")
    stale.parent.mkdir(parents=True)
    stale.write_bytes(b"old")
    run_features(workspace)
    assert len(read_feature_table(stale).columns) == 145


def test_parts_of_different_clips_are_not_joined(workspace: Workspace) -> None:
    workspace.features_config.write_text("feature_set: mfcc+spectral_prosodic\n")
    tables = run_features(workspace)
    path = workspace.feature_table("mfcc", "train")
    write_feature_table(path, tables["mfcc"]["train"].originals)
    with pytest.raises(DataError, match="mfcc and spectral_prosodic have different clips"):
        read_feature_table(workspace.feature_table("mfcc+spectral_prosodic", "train"))
    path.unlink()
    with pytest.raises(DataNotFoundError, match="no feature table"):
        read_feature_table(workspace.feature_table("mfcc+spectral_prosodic", "train"))


def test_wrong_settings_are_errors_before_any_work(workspace: Workspace) -> None:
    (workspace.configs / "tuning.yaml").write_text("feature_sets: 3\n")
    with pytest.raises(ConfigError, match="feature_sets"):
        single_sets(workspace, FeaturesConfig())
    (workspace.configs / "tuning.yaml").write_text("feature_sets: [egemaps]\n")
    with pytest.raises(FeatureSetError, match="private, research and educational use"):
        run_features(workspace)
    assert not (workspace.out / "features").exists()
    workspace.features_config.write_text("feature_set: mfcc+mfcc\n")
    with pytest.raises(FeatureSetError, match="twice"):
        run_features(workspace)
