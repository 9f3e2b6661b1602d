"""Results on corpora that a model with the same settings has never heard."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

from vocalbaby.comparison.config import ComparisonConfig
from vocalbaby.comparison.experiments import Experiment, settings_used
from vocalbaby.comparison.findings import Finding
from vocalbaby.comparison.fingerprints import fingerprint
from vocalbaby.comparison.intervals import score
from vocalbaby.comparison.predictions import Tables, fit_and_predict
from vocalbaby.components.confusions import draw_children, interval
from vocalbaby.components.fitting import TrainingSettings
from vocalbaby.components.left_out import leave_out
from vocalbaby.entity.progress import TaskProgressCallback
from vocalbaby.exception import DataError
from vocalbaby.utils.extras import needs_extra

with needs_extra("train"):
    import pandas as pd

__all__ = ["run_unseen_corpora", "unseen_table"]

_FILE = "unseen_corpora.json"

_COLUMNS = ["feature_set", "family", "mode", "corpus", "class", "n_clips", "n_children"]
_COLUMNS += ["recall", "recall_low", "recall_high"]


def run_unseen_corpora(
    folder: Path,
    experiment: Experiment,
    tables: Tables,
    settings: TrainingSettings,
    progress: TaskProgressCallback | None = None,
) -> list[Finding]:
    """Train without each corpus in turn, and predict all its clips.

    Nothing is computed for a single corpus, nor again for the same inputs.

    Args:
        folder: Folder of the comparison.
        experiment: The experiment.
        tables: Train, devel and test.
        settings: Settings of the training.
        progress: Called with (``unseen corpora``, corpora done, corpora in all).

    Returns:
        A finding for each corpus that cannot be left out.

    Examples:
        >>> list(unseen_table(Path("out"), ComparisonConfig()).columns)[3:5]
        ['corpus', 'class']
    """
    names = sorted({name for table in tables for name in set(table.meta.corpus)})
    names = names if len(names) > 1 else []
    key = fingerprint(tables, settings_used(settings) | {"experiment": experiment.name})
    path = folder / _FILE
    content = _read(path)
    if content.get("fingerprint") != key:
        content = {"fingerprint": key, "experiment": experiment.name, "corpora": {}}
    for done, name in enumerate(names):
        if progress is not None:
            progress("unseen corpora", done, len(names))
        if name not in content["corpora"]:
            content["corpora"][name] = _predicted(name, experiment, tables, settings)
            _write(path, content)
    if progress is not None and names:
        progress("unseen corpora", len(names), len(names))
    _write(path, content)
    return [
        Finding("corpus_not_left_out", found["reason"])
        for found in content["corpora"].values()
        if "reason" in found
    ]


def unseen_table(folder: Path, config: ComparisonConfig) -> pd.DataFrame:
    """Compute the recalls on unseen corpora: ``results/unseen_corpora.csv``.

    Args:
        folder: Folder of the comparison.
        config: Resamples of the children, confidence and seed.

    Returns:
        One row per corpus and class that the corpus has.

    Examples:
        >>> len(unseen_table(Path("out"), ComparisonConfig()))
        0
    """
    content = _read(folder / _FILE)
    rows = []
    for corpus, found in content.get("corpora", {}).items():
        if "reason" in found:
            continue
        counts = np.array(found["counts"], np.float64)
        draws = draw_children(len(counts), config.resamples, config.seed)
        drawn = np.einsum("rc,cij->rij", draws, counts)
        for i, label in enumerate(found["classes"]):
            clips = counts[:, i].sum(axis=1)
            if not clips.sum():
                continue
            with np.errstate(invalid="ignore"):
                recalls = drawn[:, i, i] / drawn[:, i].sum(axis=1)
            low, high = interval(recalls[np.isfinite(recalls)], config.confidence)
            value = counts[:, i, i].sum() / clips.sum()
            numbers = int(clips.sum()), int((clips > 0).sum()), value, float(low), float(high)
            rows.append((*content["experiment"].split("/"), corpus, label, *numbers))
    return pd.DataFrame(rows, columns=_COLUMNS)


def _predicted(
    name: str, experiment: Experiment, tables: Tables, settings: TrainingSettings
) -> Mapping[str, object]:
    """Counts of true and predicted classes by child, or the reason that there are none."""
    try:
        known, unseen = leave_out(name, (name,), tables)
    except DataError as error:
        return {"reason": error.message}
    unseen = unseen.where(unseen.meta.Answer != "")
    wanted = set(unseen.meta.Answer)
    for split, table in zip(("train", "devel"), known, strict=True):
        if absent := sorted(wanted - set(table.meta.Answer)):
            return {
                "reason": f"The corpus {name} was not left out, because {split} has clips of "
                f"{' and '.join(absent)} from no other corpus."
            }
    _, answers = fit_and_predict((*known, unseen), settings)
    keys = set(zip(unseen.meta.corpus, unseen.meta.clip_ID, strict=True))
    own = [key in keys for key in zip(answers.corpus, answers.clip_ID, strict=True)]
    found = score(experiment, "test", answers[own], bins=15)
    return {"classes": list(found.classes), "counts": found.counts.astype(int).tolist()}


def _read(path: Path) -> dict[str, Any]:
    try:
        found = json.loads(path.read_text("utf-8"))
    except (OSError, ValueError):
        return {}
    return found if isinstance(found, dict) else {}


def _write(path: Path, content: Mapping[str, object]) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    new = path.with_suffix(".new")
    new.write_text(json.dumps(content) + "\n", encoding="utf-8")
    new.replace(path)
