"""Risk against coverage: the error rate of the clips that remain if doubtful ones are set aside.

El-Yaniv & Wiener, "On the foundations of noise-free selective classification" (JMLR 2010); the
area under the curve as in Geifman, Uziel & El-Yaniv, "Bias-reduced uncertainty estimation for deep
neural classifiers" (ICLR 2019).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from vocalbaby.utils.extras import needs_extra

with needs_extra("train"):
    import pandas as pd

__all__ = ["COVERAGES", "RiskCurve", "risk_curve"]

#: Coverages at which tables show the risk.
COVERAGES: Final = (1.0, 0.95, 0.9, 0.8)


@dataclass(frozen=True, slots=True, eq=False)
class RiskCurve:
    """Error rate of the clips that keep their label.

    Attributes:
        coverage: Share of clips that keep their label, ascending to 1, shape (n,).
        risk: Share of these that are wrong, shape (n,).
    """

    coverage: NDArray[np.float64]
    risk: NDArray[np.float64]

    @property
    def area(self) -> float:
        """Mean risk over all coverages (AURC)."""
        return float(self.risk.mean())

    def at(self, coverages: Sequence[float] = COVERAGES) -> dict[float, float]:
        """Return the risk at each coverage, rounded up to a whole number of clips."""
        n = len(self.risk)
        places = [max(int(np.ceil(c * n - 1e-9)), 1) - 1 for c in coverages]
        return {c: float(self.risk[i]) for c, i in zip(coverages, places, strict=True)}


def risk_curve(answers: pd.DataFrame) -> RiskCurve:
    """Order clips as the model doubts them, and compute the risk of the first 1 to n.

    The last clips are those that the model finds unlike its training data; otherwise, a higher
    probability comes first. Of clips with the same probability, the wrong ones come first.

    Args:
        answers: Columns ``Answer``, ``predicted``, ``why`` and ``p_<class>``, at least one row;
            see `components.metrics.tabulate`.

    Examples:
        >>> import pandas as pd
        >>> answers = pd.DataFrame({
        ...     "Answer": ["Junk", "Junk", "Crying", "Crying"],
        ...     "predicted": ["Junk", "Crying", "Crying", "Crying"],
        ...     "why": ["", "", "", "unlike_training"],
        ...     "p_Crying": [0.1, 0.6, 0.8, 0.95],
        ...     "p_Junk": [0.9, 0.4, 0.2, 0.05],
        ... })
        >>> risk_curve(answers).at((1.0, 0.75, 0.5))
        {1.0: 0.25, 0.75: 0.3333333333333333, 0.5: 0.0}
    """
    columns = [name for name in answers.columns if name.startswith("p_")]
    confidence = answers[columns].to_numpy(float).max(axis=1)
    unlike = answers.why.str.contains("unlike_training").to_numpy(bool)
    wrong = (answers.predicted != answers.Answer).to_numpy(bool)
    order = np.lexsort((~wrong, -confidence, unlike))
    count = np.arange(1, len(order) + 1)
    return RiskCurve(count / len(order), wrong[order].cumsum() / count)
