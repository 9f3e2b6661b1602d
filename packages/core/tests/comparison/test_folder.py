"""A comparison on a folder of clips: its plan, its settings, and what runs again."""

from pathlib import Path
from typing import Any

import pytest
import yaml

from packages.core.tests.comparison.conftest import SPLITS, make_table
from vocalbaby.components.feature_table import write_feature_table
from vocalbaby.exception import DataNotFoundError, FeatureSetError
from vocalbaby.pipeline import folder_comparison
from vocalbaby.pipeline.folder_comparison import compare_folder, make_plan
from vocalbaby.pipeline.folder_settings import BUDGETS, FolderRequest, settings_of
from vocalbaby.pipeline.workspace import Workspace


@pytest.fixture
def clips(tmp_path: Path) -> Path:
    """A folder with a file in each class."""
    folder = tmp_path / "clips"
    for name in ("Crying", "Junk"):
        (folder / name / "kid").mkdir(parents=True)
        (folder / name / "kid" / "a.wav").write_bytes(b"RIFF")
    return folder


@pytest.mark.parametrize("budget", BUDGETS)
def test_a_plan_writes_nothing_and_grows_with_the_budget(
    clips: Path, budget: Any, tmp_path: Path
) -> None:
    plan = make_plan(FolderRequest(clips, budget=budget))
    assert plan.clips == 2
    sizes = {"small": 6, "medium": 20, "large": 30}
    assert len(plan.experiments) == sizes[budget]
    assert (plan.trials > 0) == (budget != "small")
    assert [path.name for path in tmp_path.iterdir()] == ["clips"]


def test_options_take_precedence_over_the_budget(clips: Path) -> None:
    request = FolderRequest(clips, None, "large", ("egemaps+mfcc",), ("svm",), ("flat",))
    assert make_plan(request).experiments == ("egemaps+mfcc/svm/flat",)
    settings = settings_of(FolderRequest(clips, clips / "Crying" / "kid" / "a.wav"))
    assert settings["data"]["ingestion"]["sources"][0]["adapter"] == "babblecor"
    pattern = settings_of(FolderRequest(clips, child_pattern="^([^_]+)_"))
    assert pattern["data"]["ingestion"]["sources"][0]["child_pattern"] == "^([^_]+)_"


def test_a_folder_that_does_not_exist_is_an_error(tmp_path: Path, clips: Path) -> None:
    with pytest.raises(DataNotFoundError, match=r"There is no .*nothing"):
        make_plan(FolderRequest(tmp_path / "nothing"))
    with pytest.raises(DataNotFoundError, match=r"labels\.csv"):
        make_plan(FolderRequest(clips, tmp_path / "labels.csv"))
    with pytest.raises(DataNotFoundError, match=r"a\.wav is not a folder"):
        make_plan(FolderRequest(clips / "Junk" / "kid" / "a.wav"))
    with pytest.raises(DataNotFoundError, match="clips is not a file"):
        make_plan(FolderRequest(clips, clips))


def test_a_feature_set_that_does_not_exist_is_an_error_of_the_plan(clips: Path) -> None:
    with pytest.raises(FeatureSetError, match="There is no feature set 'mfccc'"):
        make_plan(FolderRequest(clips, feature_sets=("mfcc+mfccc",)))


def test_only_stages_whose_inputs_changed_run_again(
    clips: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    ran: list[str] = []

    def ingest(workspace: Workspace, *_: Any) -> None:
        ran.append("ingestion")
        workspace.ingestion.mkdir(parents=True, exist_ok=True)
        (workspace.ingestion / "manifest.csv").touch()

    def compute_features(workspace: Workspace, *_: Any) -> None:
        ran.append("features")
        sets = yaml.safe_load(workspace.comparison_config.read_text())["feature_sets"]
        for split in SPLITS:
            for name in sets:
                write_feature_table(workspace.feature_table(name, split), make_table(split, 1))

    monkeypatch.setattr(folder_comparison, "run_ingestion", ingest)
    monkeypatch.setattr(folder_comparison, "require_comparable", lambda _: None)
    monkeypatch.setattr(folder_comparison, "run_validation", lambda *_: None)
    monkeypatch.setattr(folder_comparison, "require_valid", lambda _: None)
    monkeypatch.setattr(folder_comparison, "run_features", compute_features)
    request = FolderRequest(
        clips, feature_sets=("mfcc",), families=("logistic_regression",), modes=("flat",)
    )
    stages: list[str] = []
    found = compare_folder(request, tmp_path / "out", report=stages.append)
    assert found.choice.best.name == "mfcc/logistic_regression/flat"
    assert stages == ["ingestion", "validation", "features", "comparison", "aggregation"]
    compare_folder(request, tmp_path / "out")
    assert ran == ["ingestion", "features"]
    (clips / "Junk" / "kid" / "b.wav").write_bytes(b"RIFF")
    compare_folder(request, tmp_path / "out")
    assert ran == ["ingestion", "features"] * 2
    ran.clear()
    for _ in range(2):  # the results are no part of the corpus
        compare_folder(request, clips / "out")
    assert ran == ["ingestion", "features"]
