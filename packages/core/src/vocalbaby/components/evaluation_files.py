"""Files of an evaluation: JSON, CSV and a plot of the confusion matrix."""

import json
from dataclasses import asdict
from pathlib import Path

import numpy as np

from vocalbaby.components.metrics import Evaluation
from vocalbaby.components.reliability import plot_reliability, reliability_of
from vocalbaby.utils.extras import needs_extra
from vocalbaby.utils.wording import counted

with needs_extra("train"):
    import pandas as pd
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

__all__ = ["plot_confusion", "write_evaluation"]


def write_evaluation(
    folder: str | Path, evaluation: Evaluation, answers: pd.DataFrame, bins: int = 15
) -> list[Path]:
    """Write an evaluation. The same evaluation gives the same bytes.

    Args:
        folder: Folder for ``metrics.json`` (flat, for ``dvc metrics``),
            ``evaluation.json`` (all metrics), ``confusion.json``, ``confusion.png``,
            ``classes.csv`` and ``predictions.csv`` (for ``dvc plots``), ``reliability.csv`` and
            ``reliability.png``.
        evaluation: The metrics.
        answers: Result of `vocalbaby.components.metrics.tabulate`.
        bins: Number of bins of the reliability.

    Returns:
        The paths of the files.
    """
    folder = Path(folder)
    folder.mkdir(parents=True, exist_ok=True)
    names = list(evaluation.classes)
    confusion = {"classes": names, "truth_by_answer": evaluation.confusion}
    table = pd.DataFrame([asdict(c) for c in evaluation.classes.values()], index=names)
    for name, content in (
        ("metrics.json", evaluation.metrics()),
        ("evaluation.json", asdict(evaluation)),
        ("confusion.json", confusion),
    ):
        (folder / name).write_text(json.dumps(content, indent=2) + "\n", encoding="utf-8")
    table.to_csv(folder / "classes.csv", index_label="class", float_format="%.6f")
    answers.to_csv(folder / "predictions.csv", index=False, float_format="%.6f")
    plot_confusion(folder / "confusion.png", evaluation)
    curve = reliability_of(answers, names, bins)
    curve.to_csv(folder / "reliability.csv", index=False, float_format="%.6f")
    plot_reliability(folder / "reliability.png", curve)
    return sorted(folder.iterdir())


def plot_confusion(path: Path, evaluation: Evaluation) -> None:
    """Plot the confusion matrix: shares of each true class, and counts."""
    names = list(evaluation.classes)
    counts = np.array(evaluation.confusion)
    shares = counts / np.maximum(counts.sum(axis=1, keepdims=True), 1)
    figure = Figure(figsize=(6.4, 5.6), layout="constrained")
    FigureCanvasAgg(figure)
    axes = figure.subplots()
    image = axes.imshow(shares, cmap="Blues", vmin=0, vmax=1)
    for (row, column), share in np.ndenumerate(shares):
        axes.text(
            column,
            row,
            f"{share:.0%}\n{counts[row, column]}",
            ha="center",
            va="center",
            fontsize=9,
            color="white" if share > 0.5 else "black",
        )
    axes.set_xticks(range(len(names)), names, rotation=30, ha="right")
    axes.set_yticks(range(len(names)), names)
    axes.set_xlabel("Answer")
    axes.set_ylabel("Truth")
    axes.set_title(
        f"UAR {evaluation.uar:.1%}, {counted(evaluation.n_clips, 'clip')}, "
        f"{counted(evaluation.n_children, 'child')}"
    )
    figure.colorbar(image, ax=axes, label="Share of the true class")
    figure.savefig(path, dpi=120, metadata={"Software": None})
