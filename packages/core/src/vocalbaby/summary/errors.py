"""What a confusion table says about a child that it does not hold.

The errors of one child are alike: all of a child's cries may be hard. So each child has
probabilities of its own, which vary about the mean of all children by a Dirichlet distribution
(a Dirichlet-multinomial model of the table's groups). Draws for a new child contain how
children differ, and that mean and difference are estimated from few groups.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import combinations
from typing import Any

import numpy as np
from numpy.typing import NDArray

from vocalbaby.entity.labels import CLASSES
from vocalbaby.exception import DataError
from vocalbaby.summary.confusion import GIVEN, NONE, ConfusionTable
from vocalbaby.utils.extras import needs_extra

with needs_extra("summary"):
    from scipy import special

__all__ = ["ErrorModel", "Row", "alikeness"]

Floats = NDArray[np.floating[Any]]
Seed = int | Sequence[int]
_K = len(CLASSES)
_JUNK = CLASSES.index("Junk")
#: Segments that each row is thought to have had before it was measured.
_PRIOR = 0.5


@dataclass(frozen=True, slots=True, eq=False)
class Row:
    """What becomes of one true class, in groups that have any of it.

    Attributes:
        sizes: Number of segments of each group, shape (n,).
        groups: Which groups these are, shape (n,).
        counted: Shares of each outcome by numbers of segments, shape (n, k).
        shares: The shares that are modelled, by numbers or by seconds, shape (n, k).
    """

    sizes: Floats
    groups: NDArray[np.intp]
    counted: Floats
    shares: Floats

    @classmethod
    def of(cls, counts: Floats, cells: Floats) -> "Row":
        """Make a row of numbers of segments and of what is modelled, shape (n_groups, k)."""
        used = (counts.sum(axis=1) > 0) & (cells.sum(axis=1) > 0)
        counts, cells = counts[used], cells[used]
        sizes = counts.sum(axis=1)
        shares = cells / cells.sum(axis=1, keepdims=True)
        return cls(sizes, np.flatnonzero(used), counts / sizes[:, None], shares)

    def mean(self, rho: Floats) -> tuple[Floats, Floats]:
        """Mean shares, and the number of independent segments that they rest on.

        Args:
            rho: Intraclass correlations, shape (m,).

        Returns:
            Arrays of the shapes (m, k) and (m,).
        """
        effective = self.sizes / (1 + (self.sizes - 1) * rho[:, None])
        number = effective.sum(axis=1)
        shares = effective @ self.shares + _PRIOR / self.shares.shape[1]
        mean: Floats = shares / (number + _PRIOR)[:, None]
        return mean, number + _PRIOR

    def correlation(self) -> float:
        """Correlation of the errors within groups, by analysis of variance, 0 to 0.95.

        Ridout, Demetrio and Firth (1999), "Estimating intraclass correlation for binary data",
        Biometrics 55, 137-148, summed over the classes. It is 0 where there is one group.

        Examples:
            >>> alike, unlike = np.array([[[5.0, 5.0], [5.0, 5.0]], [[9.0, 1.0], [1.0, 9.0]]])
            >>> Row.of(alike, alike).correlation(), round(Row.of(unlike, unlike).correlation(), 2)
            (0.0, 0.76)
        """
        n, p = self.sizes, self.counted
        groups, total = n.size, n.sum()
        if groups < 2 or total <= groups:
            return 0.0
        mean = n @ p / total
        within = n @ (p * (1 - p)).sum(axis=1) / (total - groups)
        between = n @ ((p - mean) ** 2).sum(axis=1) / (groups - 1)
        size = (total - n @ n / total) / (groups - 1)
        below = between + (size - 1) * within
        return float(min(max((between - within) / below, 0.0), 0.95)) if below > 0 else 0.0

    def expected(self) -> Floats:
        """Shares of the mean child, shape (k,)."""
        mean: Floats = self.mean(np.array([self.correlation()]))[0][0]
        return mean

    def draw_means(self, number: int, rng: np.random.Generator) -> tuple[Floats, Floats]:
        """Draw mean shares and the correlation, as far as the table tells them.

        The correlation is drawn as a variance between groups is, from a scaled inverse
        chi-squared distribution.

        Returns:
            Means, shape (number, k), and correlations, shape (number,).
        """
        freedom = max(self.sizes.size - 1, 1)
        chi_squared = 2 * special.gammaincinv(freedom / 2, rng.random(number))
        rho = np.minimum(self.correlation() * freedom / np.maximum(chi_squared, 1e-9), 0.95)
        mean, effective = self.mean(rho)
        return _dirichlet(mean * effective[:, None], rng), rho


def _precision(rho: Floats) -> Floats:
    """Sum of the parameters of the Dirichlet distribution of an intraclass correlation."""
    precision: Floats = (1 - rho) / np.maximum(rho, 1e-6)
    return precision


@dataclass(frozen=True, slots=True, eq=False)
class ErrorModel:
    """Draws of a new child's error matrices, as `.quantification.invert` takes them.

    Whether a segment is found and how a found one is classified have correlations of their own,
    and whether segments are found is correlated between the classes.

    Attributes:
        found: Of each true class, whether segments are found; None for junk, whose
            misses nobody counts.
        given: Of each true class, how found segments are classified. Junk holds insertions.

    Raises:
        DataError: The table has no segments of a class.
    """

    found: tuple[Row | None, ...]
    given: tuple[Row, ...]

    @classmethod
    def of(cls, table: ConfusionTable, *, seconds: bool = False) -> "ErrorModel":
        """Make the model of a table's segments, or of its seconds."""
        none = GIVEN.index(NONE)
        counts, cells = table.segments.copy(), (table.seconds if seconds else table.segments).copy()
        for array in (counts, cells):
            array[:, _JUNK] += array[:, none]
        found: list[Row | None] = []
        given = []
        for index, name in enumerate(CLASSES):
            own = [array[:, index] for array in (counts, cells)]
            given.append(Row.of(*(array[:, :_K] for array in own)))
            both = [np.stack([a[:, :_K].sum(axis=1), a[:, none]], axis=1) for a in own]
            found.append(None if index == _JUNK else Row.of(*both))
            if not given[-1].sizes.size:
                raise DataError(f"The confusion table has no segments of the class {name}.")
        return cls(tuple(found), tuple(given))

    def mean(self) -> Floats:
        """Error matrix of the mean child, shape (5, 5), given x true."""
        columns = [
            given.expected() * (found.expected()[0] if found else 1.0)
            for found, given in zip(self.found, self.given, strict=True)
        ]
        return np.stack(columns, axis=1)

    def draw(self, number: int, table_seed: Seed, child_seed: Seed) -> Floats:
        """Draw error matrices of a new child, shape (number, 5, 5).

        All draws are quantiles of uniform numbers. So the matrices of numbers and of seconds,
        drawn with the same seeds, belong together, and so do those of several children.

        Args:
            number: Number of draws.
            table_seed: Seed of what is not known of the mean child. It is the same error for
                all children, and does not shrink in the sum of many.
            child_seed: Seed of how the child differs from the mean child.
        """
        means, rng = (np.random.default_rng(seed) for seed in (table_seed, child_seed))
        columns = []
        for given in self.given:
            mean, rho = given.draw_means(number, means)
            columns.append(_dirichlet(mean * _precision(rho)[:, None], rng))
        like = alikeness([row for row in self.found if row is not None])
        common = rng.standard_normal(number)
        for index, row in enumerate(self.found):
            if row is not None:
                own = np.sqrt(like) * common + np.sqrt(1 - like) * rng.standard_normal(number)
                mean, rho = row.draw_means(number, means)
                alpha = np.maximum(mean * _precision(rho)[:, None], 1e-9)
                # A normal copula between the classes.
                found = special.betaincinv(alpha[:, 0], alpha[:, 1], special.ndtr(own))
                columns[index] *= found[:, None]
        return np.stack(columns, axis=2)


def alikeness(rows: Sequence[Row]) -> float:
    """Correlation between classes of how many segments of a child are found, 0 to 1.

    A child who is far from the microphone is missed in all classes.

    Args:
        rows: For each class, the shares of found and of missed segments.
    """
    above = below = 0.0
    parts = []
    for row in rows:
        rho, mean = row.correlation(), row.expected()[0]
        deviation = dict(zip(row.groups.tolist(), row.counted[:, 0] - mean, strict=True))
        parts.append((deviation, math.sqrt(rho * mean * (1 - mean))))
    for (one, own), (other, its) in combinations(parts, 2):
        shared = one.keys() & other.keys()
        above += sum(one[group] * other[group] for group in shared)
        below += len(shared) * own * its
    return min(max(above / below, 0.0), 1.0) if below > 0 else 0.0


def _dirichlet(alpha: Floats, rng: np.random.Generator) -> Floats:
    drawn = special.gammaincinv(np.maximum(alpha, 1e-12), rng.random(alpha.shape))
    total = drawn.sum(axis=1, keepdims=True)
    # Where all underflow, one class has all, which is the limit of the distribution.
    lost = total[:, 0] < 1e-280
    drawn[lost] = np.eye(alpha.shape[1])[alpha[lost].argmax(axis=1)]
    shares: Floats = drawn / np.where(lost[:, None], 1.0, total)
    return shares
