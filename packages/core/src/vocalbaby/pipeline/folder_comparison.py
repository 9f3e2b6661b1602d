"""A comparison on a folder of clips: all stages one after the other."""

import hashlib
import json
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from vocalbaby.audio import listing
from vocalbaby.comparison.config import ComparisonConfig
from vocalbaby.comparison.experiments import plan
from vocalbaby.components.manifest_checks import require_valid
from vocalbaby.components.manifests import read_manifest
from vocalbaby.entity.manifest import SPLITS
from vocalbaby.entity.progress import TaskProgressCallback
from vocalbaby.pipeline.aggregation import Aggregation, run_aggregation
from vocalbaby.pipeline.comparison import planned, run_comparison
from vocalbaby.pipeline.features import run_features
from vocalbaby.pipeline.folder_checks import STAGES_FILE, require_comparable, require_own_folder
from vocalbaby.pipeline.folder_settings import FolderRequest, settings_of, write_settings
from vocalbaby.pipeline.ingestion import run_ingestion
from vocalbaby.pipeline.tuning import run_tuning
from vocalbaby.pipeline.validation import run_validation
from vocalbaby.pipeline.workspace import Workspace, write_json
from vocalbaby.utils.extras import require_extra

__all__ = ["Plan", "compare_folder", "data_fingerprint", "make_plan"]

#: Seconds per experiment and thousand clips of train (with copies), by family. Measured on one
#: core of a virtual machine with the 155 columns of the largest set; they say the order only.
_SECONDS: Final = {
    "logistic_regression": 4.0,
    "svm": 6.0,
    "mlp": 8.0,
    "boosted_trees": 10.0,
    "soft_vote": 20.0,
}

#: Seconds per clip and feature set, and for one clip at ingestion and validation.
_FEATURE_SECONDS, _READ_SECONDS = 0.03, 0.01


@dataclass(frozen=True, slots=True)
class Plan:
    """What a comparison will do.

    Attributes:
        clips: Number of recordings in the folder.
        experiments: Names of the experiments.
        trials: Number of trials of the tuning.
        minutes: Rough estimate of the time.

    Examples:
        >>> Plan(100, ("mfcc/svm/flat",), 0, 1.0).clips
        100
    """

    clips: int
    experiments: tuple[str, ...]
    trials: int
    minutes: float


def make_plan(request: FolderRequest) -> Plan:
    """Plan a comparison without running or writing anything.

    Args:
        request: What to compare.

    Raises:
        DataNotFoundError: The folder or the metadata does not exist.

    Examples:
        >>> Path("clips").mkdir()
        >>> make_plan(FolderRequest(Path("clips"), families=("svm",), feature_sets=("mfcc",)))
        Plan(clips=0, experiments=('mfcc/svm/flat',), trials=0, minutes=0.0)
    """
    settings = settings_of(request)
    config = ComparisonConfig.model_validate(settings["comparison"])
    experiments = plan(config, "")
    clips = sum(not file.reason for file in listing.list_folder(str(request.data)))
    thousands = clips * 0.6 * 2 / 1000
    sets = {part for each in experiments for part in each.feature_set.split("+")}
    seconds = clips * (_READ_SECONDS + 1.6 * _FEATURE_SECONDS * len(sets))
    modes = {"flat": 1.0, "hierarchical": 1.5}
    seconds += sum(_SECONDS[e.family] * modes[e.mode] * thousands for e in experiments)
    trials = 0
    if "tuning" in settings:
        each = settings["tuning"]
        trials = each["trials"] * len(each["families"]) * len(each["feature_sets"])
        costs = sum(_SECONDS[family] for family in each["families"]) * len(each["feature_sets"])
        seconds += costs * each["trials"] * thousands / 2
    curve = config.learning_curve
    seconds += len(curve.children) * curve.repeats * thousands * _SECONDS["boosted_trees"] / 2
    return Plan(clips, tuple(e.name for e in experiments), trials, round(seconds / 60, 1))


def compare_folder(
    request: FolderRequest,
    out: Path,
    progress: TaskProgressCallback | None = None,
    report: Callable[[str], None] | None = None,
) -> Aggregation:
    """Run all stages on a folder of clips, from the first whose inputs have changed.

    Args:
        request: What to compare.
        out: Folder of the settings and results.
        progress: Called with (task, steps done, steps in all).
        report: Called with the name of each stage when it begins.

    Returns:
        The choice and the figures.

    Raises:
        DataError: The clips cannot be used.
        FileError: The folder has files that a comparison would replace and has not written.
        MissingExtraError: The budget tunes the models, and the extra ``tune`` is not installed.
        SplitLeakError: A child or a sound is in more than one split.

    Examples:
        >>> compare_folder(FolderRequest(Path("nothing")), Path("out"))
        Traceback (most recent call last):
        vocalbaby.exception.DataNotFoundError: There is no nothing in ...
    """
    workspace = Workspace(out / "configs", out)
    require_own_folder(out)
    if "tuning" in settings_of(request):
        require_extra("tune")
    out.mkdir(parents=True, exist_ok=True)
    stages = _Stages(out / STAGES_FILE)
    stages.write()
    write_settings(request, workspace)
    begin = report or (lambda _: None)
    clips = data_fingerprint(request, workspace)
    manifest = workspace.ingestion / "manifest.csv"
    if stages.is_done("ingestion", clips) and manifest.exists():
        require_comparable(read_manifest(workspace.ingestion), workspace.ingestion)  # warns again
    else:
        begin("ingestion")
        require_comparable(run_ingestion(workspace, progress), workspace.ingestion)
        begin("validation")
        require_valid(run_validation(workspace, progress))
        stages.done("ingestion", clips)
    _, experiments = planned(workspace)
    sets = sorted({part for each in experiments for part in each.feature_set.split("+")})
    inputs = [clips, workspace.features_config.read_text("utf-8"), sets]
    tables = [workspace.feature_table(name, split) for name in sets for split in SPLITS]
    if not (stages.is_done("features", inputs) and all(path.exists() for path in tables)):
        begin("features")
        run_features(workspace, progress)
        stages.done("features", inputs)
    if workspace.tuning_config.exists():
        begin("tuning")
        run_tuning(workspace, progress)
    begin("comparison")
    run_comparison(workspace, progress)
    begin("aggregation")
    return run_aggregation(workspace)


def data_fingerprint(request: FolderRequest, workspace: Workspace) -> str:
    """Hash the names, sizes and times of the files of a corpus, and the settings of ingestion.

    Args:
        request: What to compare.
        workspace: Folders of settings and results; the settings are written.

    Returns:
        64 hexadecimal digits.

    Examples:
        >>> Path("clips").mkdir()
        >>> workspace = Workspace(Path("out/configs"), Path("out"))
        >>> write_settings(FolderRequest(Path("clips")), workspace)
        >>> len(data_fingerprint(FolderRequest(Path("clips")), workspace))
        64
    """
    digest = hashlib.sha256(workspace.data_config.read_bytes())
    if request.metadata is not None:
        digest.update(request.metadata.read_bytes())
    for path in sorted(request.data.rglob("*")):
        state = path.stat()
        if path.is_relative_to(workspace.out):  # a folder of results within the corpus
            continue
        digest.update(f"{path}\0{state.st_size}\0{state.st_mtime_ns}\n".encode())
    return digest.hexdigest()


class _Stages:
    """The stages that are complete, with the inputs that they had."""

    def __init__(self, path: Path) -> None:
        self._path = path
        try:
            self._done = dict(json.loads(path.read_text("utf-8")))
        except (OSError, ValueError, TypeError):
            self._done = {}

    def is_done(self, stage: str, inputs: object) -> bool:
        return bool(self._done.get(stage) == inputs)

    def done(self, stage: str, inputs: object) -> None:
        self._done[stage] = inputs
        self.write()

    def write(self) -> None:
        write_json(self._path, self._done)
