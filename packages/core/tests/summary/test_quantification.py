"""Correction of totals: matrix inversion with constraints, and EM on probabilities."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from vocalbaby.summary.confusion import ConfusionTable
from vocalbaby.summary.errors import ErrorModel, Row, alikeness
from vocalbaby.summary.quantification import invert, reweigh


def errors(rng: np.random.Generator, n: int = 1) -> np.ndarray:
    """Error matrices of a fair classifier that misses some segments."""
    drawn = rng.dirichlet(np.ones(6), size=(n, 5)) * 0.4
    drawn[:, range(5), range(5)] += 0.6
    return np.swapaxes(drawn[:, :, :5], 1, 2)


@given(st.integers(0, 10_000))
def test_true_totals_are_found_where_they_fit(seed: int) -> None:
    rng = np.random.default_rng(seed)
    matrix, true = errors(rng)[0], rng.integers(0, 500, 5).astype(float)
    assert invert(matrix @ true, matrix) == pytest.approx(true, abs=1e-5)


@given(st.integers(0, 10_000))
def test_totals_are_never_negative_and_detected_ones_are_kept(seed: int) -> None:
    rng = np.random.default_rng(seed)
    matrices, given_ = errors(rng, 20), rng.exponential(50, (20, 5)) * rng.integers(0, 2, (20, 5))
    found = invert(given_, matrices)
    assert (found >= 0).all()
    detected = (found * matrices.sum(axis=1)).sum(axis=1)
    assert detected == pytest.approx(given_.sum(axis=1), abs=1e-6)


@given(st.integers(0, 10_000))
def test_no_other_point_of_the_simplex_fits_better(seed: int) -> None:
    rng = np.random.default_rng(seed)
    matrix = errors(rng)[0]
    shares = matrix / matrix.sum(axis=0)
    given_ = rng.dirichlet(np.full(5, 0.2))
    best = invert(given_, shares)
    others = rng.dirichlet(np.full(5, 0.5), 300)
    misfit = ((others @ shares.T - given_) ** 2).sum(axis=1)
    assert ((shares @ best - given_) ** 2).sum() <= misfit.min() + 1e-9


def test_nothing_given_is_nothing_true() -> None:
    assert invert(np.zeros(5), np.eye(5)).tolist() == [0] * 5


def test_em_finds_the_frequencies_of_calibrated_probabilities() -> None:
    rng = np.random.default_rng(1)
    prior, true = np.array([0.5, 0.5]), np.array([0.1, 0.9])
    truth = rng.random(20_000) < true[1]
    score = rng.normal(np.where(truth, 1.0, -1.0), 1.0)
    p = 1 / (1 + np.exp(-2 * score))
    found = reweigh(np.stack([1 - p, p], axis=1), prior, np.ones((1, p.size)))
    assert found[0] == pytest.approx(true, abs=0.01)
    assert p.mean() < 0.86


def test_em_of_nothing_has_no_value() -> None:
    assert np.isnan(reweigh(np.full((3, 2), 0.5), np.ones(2), np.zeros((1, 3)))).all()


def beta_binomial(rho: float, groups: int, size: int, rng: np.random.Generator) -> np.ndarray:
    own = rng.beta(0.8 * (1 - rho) / rho, 0.2 * (1 - rho) / rho, groups)
    right = rng.binomial(size, own)
    return np.stack([right, size - right], axis=1).astype(float)


@pytest.mark.parametrize("rho", [0.02, 0.1, 0.3])
def test_the_correlation_within_groups_is_found(rho: float) -> None:
    counts = beta_binomial(rho, 3000, 20, np.random.default_rng(1))
    assert Row.of(counts, counts).correlation() == pytest.approx(rho, rel=0.15)


def found(counts: np.ndarray) -> np.ndarray:
    """Draws of the share of found segments, of a table with these numbers in each class."""
    cells = np.zeros((counts.shape[0], 6, 6))
    cells[:, range(4), range(4)] = counts[:, :1]
    cells[:, :4, 5], cells[:, 4, 4] = counts[:, 1:], 1.0
    model = ErrorModel.of(ConfusionTable("m", tuple(map(str, range(len(cells)))), cells, cells))
    drawn: np.ndarray = model.draw(5_000, (1,), (2,))[:, :, 0].sum(axis=1)
    return drawn


def test_draws_for_a_new_child_vary_as_children_do() -> None:
    rng = np.random.default_rng(2)
    counts = beta_binomial(0.1, 400, 20, rng)
    drawn = found(counts)
    assert drawn.mean() == pytest.approx(0.8, abs=0.02)
    assert drawn.std() == pytest.approx(np.sqrt(0.1 * 0.8 * 0.2), rel=0.15)


def test_draws_of_children_who_are_alike_vary_as_the_table_s_size_allows() -> None:
    drawn = found(np.tile([[16.0, 4.0]], (50, 1)))
    assert drawn.std() == pytest.approx(np.sqrt(0.8 * 0.2 / 1000), rel=0.1)


def table(rng: np.random.Generator, groups: int = 30, *, alike: bool = True) -> ConfusionTable:
    """Classes of which a group-wise share is missed: the same share in all, or not."""
    rows = []
    for group in range(groups):
        common = rng.beta(4, 4)
        for name in ("Canonical", "Non-canonical", "Crying", "Laughing"):
            found = rng.binomial(60, common if alike else rng.beta(4, 4))
            rows += [(str(group), name, name, float(found), float(found))]
            rows += [(str(group), name, "none", 60.0 - found, 60.0 - found)]
        rows += [(str(group), "none", "Junk", 50.0, 50.0), (str(group), "none", "Crying", 5.0, 5.0)]
    return ConfusionTable.from_rows(rows, "m")


@pytest.mark.parametrize(("alike", "low", "high"), [(True, 0.8, 1.0), (False, 0.0, 0.3)])
def test_whether_children_are_missed_in_all_classes_is_found(
    *, alike: bool, low: float, high: float
) -> None:
    model = ErrorModel.of(table(np.random.default_rng(4), 200, alike=alike))
    assert low <= alikeness([row for row in model.found if row]) <= high
    drawn = model.draw(4000, (5,), (6,))
    correlation = np.corrcoef(drawn[:, 0, 0], drawn[:, 2, 2])[0, 1]
    assert low - 0.05 <= correlation <= high


def test_misses_and_insertions_are_part_of_the_matrix() -> None:
    matrix = ErrorModel.of(table(np.random.default_rng(6), 300)).mean()
    assert matrix[0, 0] == pytest.approx(0.5, abs=0.05)
    assert matrix[:, 4] == pytest.approx([0, 0, 1 / 11, 0, 10 / 11], abs=0.01)
