"""A comparison on a folder of clips: its plan, its settings, and what runs again."""

from pathlib import Path
from typing import Any

import pytest
import yaml

from packages.core.tests.comparison.conftest import SPLITS, make_table
from vocalbaby.components.feature_table import write_feature_table
from vocalbaby.exception import (
    DataError,
    DataNotFoundError,
    FeatureSetError,
    FileError,
    MissingExtraError,
)
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
    checked: list[int] = []

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
    monkeypatch.setattr(folder_comparison, "require_comparable", lambda *_: checked.append(1))
    monkeypatch.setattr(folder_comparison, "read_manifest", lambda _: None)
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
    assert len(checked) == 2, "what is wrong with the clips is said in each run"
    (clips / "Junk" / "kid" / "b.wav").write_bytes(b"RIFF")
    compare_folder(request, tmp_path / "out")
    assert ran == ["ingestion", "features"] * 2
    ran.clear()
    for _ in range(2):  # the results are no part of the corpus
        compare_folder(request, clips / "out")
    assert ran == ["ingestion", "features"]


def test_files_that_no_comparison_wrote_are_not_replaced(clips: Path, tmp_path: Path) -> None:
    own = tmp_path / "project" / "configs" / "tuning.yaml"
    own.parent.mkdir(parents=True)
    own.write_text("trials: 3\n")
    with pytest.raises(FileError, match="project has configs, and it is not the folder of a"):
        compare_folder(FolderRequest(clips), tmp_path / "project")
    assert own.read_text() == "trials: 3\n"
    with pytest.raises(FileError, match=r"tuning\.yaml is not a folder"):
        compare_folder(FolderRequest(clips), own)
    (tmp_path / "notes").mkdir()
    (tmp_path / "notes" / "mine.txt").touch()
    with pytest.raises(DataError):  # the clips are no sound
        compare_folder(FolderRequest(clips), tmp_path / "notes")
    with pytest.raises(DataError):  # a folder that a comparison began is its own
        compare_folder(FolderRequest(clips), tmp_path / "notes")


def test_a_budget_that_tunes_needs_its_extra_before_anything_runs(
    clips: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def missing(extra: str) -> None:
        raise MissingExtraError(extra)

    monkeypatch.setattr(folder_comparison, "require_extra", missing)
    with pytest.raises(MissingExtraError, match="tune"):
        compare_folder(FolderRequest(clips, budget="medium"), tmp_path / "out")
    assert not (tmp_path / "out").exists()
