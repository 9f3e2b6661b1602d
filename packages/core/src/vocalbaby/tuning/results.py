"""The tables of a search: its trials, and the importance of its settings."""

import csv
import io
import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from vocalbaby.tuning.best import Best
from vocalbaby.tuning.study_file import ERROR, SETTINGS
from vocalbaby.utils.extras import needs_extra

with needs_extra("tune"):
    from optuna.trial import FrozenTrial, TrialState

__all__ = ["trial_rows", "write_results"]


def write_results(
    folder: Path,
    best: Best,
    trials: Sequence[FrozenTrial],
    names: Sequence[str] | Mapping[str, object],
    importances: Mapping[str, float],
) -> None:
    """Write ``best.json``, ``trials.csv`` and ``importances.csv``, each as a whole.

    None of them has a time or a duration, so the same search writes the same bytes.

    Args:
        folder: Folder of the files.
        best: The best settings.
        trials: All trials.
        names: Dotted names of the settings that were tuned.
        importances: Share of the variance of the objective by name.

    Examples:
        >>> def keep(folder: Path, best: Best) -> None:
        ...     write_results(folder, best, [], ["max_depth"], {"max_depth": 1.0})
    """
    rows = trial_rows(trials, list(names))
    _write(folder / "trials.csv", _csv(rows))
    shares = [{"setting": name, "importance": share} for name, share in importances.items()]
    _write(folder / "importances.csv", _csv(shares or [{"setting": None, "importance": None}]))
    _write(folder / "best.json", best.model_dump_json(indent=2) + "\n")


def trial_rows(trials: Sequence[FrozenTrial], names: Sequence[str]) -> list[dict[str, Any]]:
    """Return one row per trial.

    Args:
        trials: All trials.
        names: Dotted names of the settings that were tuned.

    Returns:
        Rows with ``trial``, ``state`` (complete, pruned or failed), ``value``, ``best`` (the
        highest value so far), ``fold_1`` and so on for several folds, the settings, and ``error``.

    Examples:
        >>> from optuna.trial import create_trial
        >>> trial = create_trial(value=0.5, user_attrs={"settings": '{"max_depth": 3}'})
        >>> trial_rows([trial], ["max_depth"])
        [{'trial': 0, 'state': 'complete', 'value': 0.5, 'best': 0.5, 'max_depth': 3, 'error': ''}]
    """
    folds = max((len(trial.intermediate_values) for trial in trials), default=0)
    best: float | None = None
    rows = []
    for number, trial in enumerate(trials):
        value = trial.value if trial.state is TrialState.COMPLETE else None
        if value is not None:
            best = value if best is None else max(best, value)
        settings = json.loads(trial.user_attrs[SETTINGS])
        rows.append(
            {
                "trial": number,
                "state": "failed" if trial.state is TrialState.FAIL else trial.state.name.lower(),
                "value": value,
                "best": best,
                **{
                    f"fold_{fold + 1}": trial.intermediate_values.get(fold)
                    for fold in range(folds if folds > 1 else 0)
                },
                **{name: settings[name] for name in names},
                "error": trial.user_attrs.get(ERROR, ""),
            }
        )
    return rows


def _csv(rows: Sequence[Mapping[str, Any]]) -> str:
    text = io.StringIO()
    writer = csv.DictWriter(text, list(rows[0]), lineterminator="\n")
    writer.writeheader()
    writer.writerows(row for row in rows if any(value is not None for value in row.values()))
    return text.getvalue()


def _write(path: Path, text: str) -> None:
    partial = path.with_name(f"{path.name}.new")
    partial.write_text(text, "utf-8")
    partial.replace(path)
