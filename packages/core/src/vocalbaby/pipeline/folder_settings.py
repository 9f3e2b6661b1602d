"""Settings of a comparison on a folder of clips, by the budget of time."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, Literal, TypeAlias

import yaml

from vocalbaby import features
from vocalbaby.comparison.config import FAMILIES, MODES, Mode
from vocalbaby.exception import DataNotFoundError
from vocalbaby.pipeline.workspace import Workspace
from vocalbaby.tuning.families import Family

__all__ = ["BUDGETS", "Budget", "FolderRequest", "settings_of", "write_settings"]

#: Names of the budgets: a few minutes, an hour, a night.
Budget: TypeAlias = Literal["small", "medium", "large"]

#: Feature sets, families, modes, numbers of children of the learning curve, its repeats, the
#: trials of the tuning, and the rounds of boosting, by budget.
BUDGETS: Final[dict[Budget, dict[str, Any]]] = {
    "small": {
        "feature_sets": ["mfcc", "spectral_prosodic"],
        "families": ["logistic_regression", "svm", "boosted_trees"],
        "modes": ["flat"],
        "children": [],
        "repeats": 1,
        "trials": 0,
        "rounds": 200,
    },
    "medium": {
        "feature_sets": ["mfcc", "spectral_prosodic"],
        "families": list(FAMILIES),
        "modes": list(MODES),
        "children": [5, 10, 20],
        "repeats": 2,
        "trials": 10,
        "rounds": 400,
    },
    "large": {
        "feature_sets": ["mfcc", "spectral_prosodic", "mfcc+spectral_prosodic"],
        "families": list(FAMILIES),
        "modes": list(MODES),
        "children": [5, 10, 20, 40, 80],
        "repeats": 5,
        "trials": 50,
        "rounds": 600,
    },
}


@dataclass(frozen=True, slots=True)
class FolderRequest:
    """What to compare.

    Attributes:
        data: Folder of the clips, in subfolders named after the classes if there is no metadata.
        metadata: Table in the layout of BabbleCor; None if there is none.
        budget: How much to compute.
        feature_sets: Feature sets in place of those of the budget.
        families: Families in place of those of the budget.
        modes: Modes in place of those of the budget.
        child_pattern: Regular expression with one group that matches the child in a file name.

    Examples:
        >>> FolderRequest(Path("clips")).budget
        'small'
    """

    data: Path
    metadata: Path | None = None
    budget: Budget = "small"
    feature_sets: tuple[str, ...] = ()
    families: tuple[Family, ...] = ()
    modes: tuple[Mode, ...] = ()
    child_pattern: str = ""


def settings_of(request: FolderRequest) -> dict[str, dict[str, Any]]:
    """Return the settings of all stages, by the stem of their file.

    Args:
        request: What to compare.

    Raises:
        DataNotFoundError: The folder or the metadata does not exist.
        FeatureSetError: There is no feature set of a name.

    Examples:
        >>> Path("clips").mkdir()
        >>> settings_of(FolderRequest(Path("clips"), modes=("flat",)))["comparison"]["modes"]
        ['flat']
    """
    hint = "Name a folder of clips with --data, and its table with --metadata."
    for path, kind in ((request.data, "folder"), (request.metadata, "file")):
        if path is not None and not path.exists():
            raise DataNotFoundError(f"There is no {path} in {Path.cwd()}.", hint=hint)
        if path is not None and path.is_dir() != (kind == "folder"):
            raise DataNotFoundError(f"{path} is not a {kind}.", hint=hint)
    budget = BUDGETS[request.budget]
    sets = list(request.feature_sets) or budget["feature_sets"]
    for name in sets:
        features.get(name)
    families = list(request.families) or budget["families"]
    settings: dict[str, dict[str, Any]] = {
        "data": {
            "ingestion": {
                "sources": [_source(request)],
                "split": {"seed": 7, "same_sound_together": True},
            },
            "validation": {"missing_class": "warning"},
        },
        "features": {"feature_set": sets[0]},
        "training": {
            "model": {"name": "comparison", "description": f"The best model on {request.data}."},
            "training": {"rounds": budget["rounds"], "early_stopping_rounds": 30},
            "calibration": {},
        },
        "evaluation": {"resamples": 1000},
        "comparison": {
            "feature_sets": sets,
            "families": families,
            "modes": list(request.modes) or budget["modes"],
            "learning_curve": {"children": budget["children"], "repeats": budget["repeats"]},
        },
    }
    if budget["trials"]:
        settings["tuning"] = {
            "feature_sets": sets,
            "families": [name for name in families if name != "soft_vote"],
            "trials": budget["trials"],
        }
    return settings


def write_settings(request: FolderRequest, workspace: Workspace) -> None:
    """Write the settings of all stages into the folder of settings.

    Args:
        request: What to compare.
        workspace: Folders of settings and results.

    Raises:
        DataNotFoundError: The folder or the metadata does not exist.

    Examples:
        >>> Path("clips").mkdir()
        >>> workspace = Workspace(Path("out/configs"), Path("out"))
        >>> write_settings(FolderRequest(Path("clips")), workspace)
        >>> sorted(path.name for path in Path("out/configs").iterdir())[:2]
        ['comparison.yaml', 'data.yaml']
    """
    settings = settings_of(request)
    workspace.configs.mkdir(parents=True, exist_ok=True)
    for name, content in settings.items():
        text = yaml.safe_dump(content, sort_keys=False)
        (workspace.configs / f"{name}.yaml").write_text(text, encoding="utf-8")
    if "tuning" not in settings:
        (workspace.configs / "tuning.yaml").unlink(missing_ok=True)


def _source(request: FolderRequest) -> dict[str, Any]:
    if request.metadata is not None:
        return {
            "adapter": "babblecor",
            "csv": str(request.metadata.resolve()),
            "wav_folder": str(request.data.resolve()),
            "corpus": request.data.resolve().name,
        }
    source = {"adapter": "folder", "root": str(request.data.resolve())}
    return source | ({"child_pattern": request.child_pattern} if request.child_pattern else {})
