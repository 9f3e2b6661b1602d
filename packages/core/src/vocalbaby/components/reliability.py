"""Reliability: whether clips with a probability of 0.8 are right in 80 % of the cases."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from vocalbaby.utils.extras import needs_extra

with needs_extra("train"):
    import pandas as pd
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

__all__ = ["plot_reliability", "reliability", "reliability_of"]


def reliability(
    confidence: NDArray[np.float64], right: NDArray[np.bool_], bins: int = 15
) -> pd.DataFrame:
    """Compare confidence and accuracy in bins of equal width.

    DeGroot and Fienberg, "The Comparison and Evaluation of Forecasters" (The Statistician, 1983).

    Args:
        confidence: Highest probability of each clip, float64, shape (n,).
        right: Whether that class is the true one, shape (n,).
        bins: Number of bins.

    Returns:
        Columns ``bin`` (from 0), ``n``, ``confidence`` and ``accuracy`` (their means), one row per
        bin that has clips. Their gaps, weighted by ``n``, are the calibration error.

    Examples:
        >>> found = reliability(np.array([0.9, 0.8, 0.3]), np.array([True, False, False]), bins=2)
        >>> found.accuracy.tolist(), found.n.tolist()
        ([0.0, 0.5], [1, 2])
    """
    place = np.minimum((confidence * bins).astype(int), bins - 1)
    table = pd.DataFrame({"bin": place, "confidence": confidence, "accuracy": right.astype(float)})
    groups = table.groupby("bin", sort=True)
    result = groups.mean().reset_index()
    result.insert(1, "n", groups.size().to_numpy())
    return result


def reliability_of(answers: pd.DataFrame, classes: Sequence[str], bins: int = 15) -> pd.DataFrame:
    """Compute `reliability` of predictions.

    Args:
        answers: Columns ``Answer``, ``predicted`` and ``p_<class>``; clips without a label are
            ignored.
        classes: Names of the classes.
        bins: Number of bins.

    Examples:
        >>> answers = pd.DataFrame(
        ...     {"Answer": ["Junk", ""], "predicted": "Junk", "p_Junk": [0.9, 0.8], "p_Crying": 0.1}
        ... )
        >>> reliability_of(answers, ("Crying", "Junk")).values.tolist()
        [[13.0, 1.0, 0.9, 1.0]]
    """
    known = answers[answers.Answer != ""]
    highest = known[[f"p_{name}" for name in classes]].to_numpy(np.float64).max(axis=1)
    return reliability(highest, (known.Answer == known.predicted).to_numpy(), bins)


def plot_reliability(path: Path, table: pd.DataFrame) -> None:
    """Plot accuracy against confidence, with the number of clips of each bin.

    Args:
        path: Image file to write.
        table: Result of `reliability`.

    Examples:
        >>> table = reliability(np.array([0.9, 0.3]), np.array([True, False]))
        >>> plot_reliability(Path("reliability.png"), table)
        >>> Path("reliability.png").read_bytes()[1:4]
        b'PNG'
    """
    figure = Figure(figsize=(5.6, 5.6), layout="constrained")
    FigureCanvasAgg(figure)
    axes = figure.subplots()
    axes.plot([0, 1], [0, 1], color="grey", linestyle="--", label="Ideal")
    axes.plot(table.confidence, table.accuracy, marker="o", label="Model")
    for row in table.itertuples():
        axes.annotate(
            str(row.n), (row.confidence, row.accuracy), (4, -10), textcoords="offset points"
        )
    axes.set_xlim(0, 1)
    axes.set_ylim(0, 1)
    axes.set_xlabel("Mean probability of the most probable class")
    axes.set_ylabel("Share that is right")
    axes.set_title("Reliability, with numbers of clips")
    axes.legend(loc="upper left")
    figure.savefig(path, dpi=120, metadata={"Software": None})
