"""What a confusion table says about a child that it does not hold.

The errors of one child are alike: all of a child's cries may be hard. So each child has
probabilities of its own, which vary about the mean of all children by a Dirichlet distribution
(a Dirichlet-multinomial model of the table's groups). Draws for a new child contain how
children differ, and that mean and difference are estimated from few groups.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from vocalbaby.entity.labels import CLASSES
from vocalbaby.exception import DataError
from vocalbaby.summary.confusion import GIVEN, NONE, ConfusionTable

__all__ = ["ErrorModel", "Row", "intraclass_correlation"]

Floats = NDArray[np.floating[Any]]
_K = len(CLASSES)
_JUNK = CLASSES.index("Junk")
#: Segments that each row is thought to have had before it was measured.
_PRIOR = 0.5


@dataclass(frozen=True, slots=True, eq=False)
class Row:
    """What becomes of one true class.

    Attributes:
        sizes: Number of segments of each group that has any, shape (n,).
        shares: Share of each given class, shape (n, k).
    """

    sizes: Floats
    shares: Floats

    def mean(self, rho: Floats) -> tuple[Floats, Floats]:
        """Mean shares, and the number of independent segments that they rest on.

        Args:
            rho: Intraclass correlations, shape (m,).

        Returns:
            Arrays of the shapes (m, k) and (m,).
        """
        effective = self.sizes / (1 + (self.sizes - 1) * rho[:, None])
        number = effective.sum(axis=1)
        k = self.shares.shape[1]
        shares = effective @ self.shares
        return (shares + _PRIOR / k) / (number + _PRIOR)[:, None], number + _PRIOR


def intraclass_correlation(row: Row, weights: Floats) -> Floats:
    """Correlation of the errors within groups, by analysis of variance.

    Ridout, Demetrio and Firth (1999), "Estimating intraclass correlation for binary data",
    Biometrics 55, 137-148, summed over the classes.

    Args:
        row: The groups of a class.
        weights: Weights of the groups, shape (m, n).

    Returns:
        Correlations, 0 to 0.95, shape (m,); 0 where there are too few groups.

    Example:
        >>> alike = Row(np.array([10.0, 10.0]), np.array([[0.5, 0.5], [0.5, 0.5]]))
        >>> intraclass_correlation(alike, np.ones((1, 2))).tolist()
        [0.0]
        >>> unlike = Row(np.array([10.0, 10.0]), np.array([[0.9, 0.1], [0.1, 0.9]]))
        >>> intraclass_correlation(unlike, np.ones((1, 2))).round(2).tolist()
        [0.76]
    """
    n, p = row.sizes, row.shares
    groups = weights.sum(axis=1)
    total = weights @ n
    mean = (weights * n) @ p / total[:, None]
    within = weights @ (n * (p * (1 - p)).sum(axis=1)) / np.maximum(total - groups, 1e-9)
    spread = ((p[None] - mean[:, None]) ** 2).sum(axis=2)
    between = (weights * n * spread).sum(axis=1) / np.maximum(groups - 1, 1e-9)
    size = (total - weights @ n**2 / total) / np.maximum(groups - 1, 1e-9)
    below = between + (size - 1) * within
    with np.errstate(invalid="ignore", divide="ignore"):
        rho = np.where((groups > 1) & (below > 0), (between - within) / below, 0.0)
    return np.nan_to_num(rho).clip(0.0, 0.95)


@dataclass(frozen=True, slots=True, eq=False)
class ErrorModel:
    """Draws of a new child's error matrices, as :func:`.quantification.invert` takes them.

    Attributes:
        rows: For each true class the shares of the given classes and of misses. That of junk
            holds insertions as well, and no misses, since nobody counts them.

    Raises:
        DataError: The table has no segments of a class.
    """

    rows: tuple[Row, ...]

    @classmethod
    def of(cls, table: ConfusionTable, *, seconds: bool = False) -> "ErrorModel":
        """Make the model of a table's segments, or of its seconds."""
        counts, cells = table.segments.copy(), (table.seconds if seconds else table.segments).copy()
        none = GIVEN.index(NONE)
        for array in (counts, cells):
            array[:, _JUNK] += array[:, none]
            array[:, _JUNK, none] = 0.0
        rows = []
        for index, name in enumerate(CLASSES):
            sums = cells[:, index].sum(axis=1)
            used = (counts[:, index].sum(axis=1) > 0) & (sums > 0)
            if not used.any():
                raise DataError(f"The confusion table has no segments of the class {name}.")
            shares = cells[used, index] / sums[used, None]
            keep = _K if index == _JUNK else _K + 1
            rows.append(Row(counts[used, index].sum(axis=1), shares[:, :keep]))
        return cls(tuple(rows))

    def mean(self) -> Floats:
        """Error matrix of the mean child, shape (5, 5), given x true."""
        matrix = np.zeros((_K, _K))
        for index, row in enumerate(self.rows):
            rho = intraclass_correlation(row, np.ones((1, row.sizes.size)))
            matrix[:, index] = row.mean(rho)[0][0, :_K]
        return matrix

    def draw(self, number: int, rng: np.random.Generator) -> Floats:
        """Draw error matrices of new children, shape (number, 5, 5).

        The correlation's own uncertainty is drawn by the Bayesian bootstrap over groups (Rubin
        1981, Annals of Statistics 9, 130-134).
        """
        matrices = np.zeros((number, _K, _K))
        for index, row in enumerate(self.rows):
            weights = rng.standard_exponential((number, row.sizes.size))
            weights *= row.sizes.size / weights.sum(axis=1, keepdims=True)
            rho = intraclass_correlation(row, weights)
            mean, effective = row.mean(rho)
            mean = _dirichlet(mean * effective[:, None], rng)
            child = _dirichlet(mean * ((1 - rho) / np.maximum(rho, 1e-6))[:, None], rng)
            matrices[:, :, index] = child[:, :_K]
        return matrices


def _dirichlet(alpha: Floats, rng: np.random.Generator) -> Floats:
    drawn = rng.standard_gamma(np.maximum(alpha, 1e-12))
    total = drawn.sum(axis=1, keepdims=True)
    # Where all underflow, one class has all, which is the limit of the distribution.
    lost = total[:, 0] < 1e-280
    drawn[lost] = np.eye(alpha.shape[1])[alpha[lost].argmax(axis=1)]
    return drawn / np.where(lost[:, None], 1.0, total)
