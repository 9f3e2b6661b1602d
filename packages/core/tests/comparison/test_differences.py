import numpy as np
import pandas as pd
import pytest

from vocalbaby.comparison.choice import choose
from vocalbaby.comparison.config import ComparisonConfig
from vocalbaby.comparison.differences import difference, differences_table, holm, p_value, swaps
from vocalbaby.comparison.experiments import Experiment
from vocalbaby.comparison.intervals import Scores, score
from vocalbaby.comparison.metrics_table import corpus_table, results_table

CONFIG = ComparisonConfig(resamples=200)
CLASSES = ("Canonical", "Crying", "Junk")


def scores(
    family: str, right: float, seed: int = 0, split: str = "devel", children: int = 12
) -> Scores:
    """Predictions that are right for a share of the clips of each child, always the same ones."""
    rng = np.random.default_rng(9)  # the clips are the same for every family
    n = 20 * children
    truth = rng.integers(0, 3, n)
    wrong = (truth + rng.integers(1, 3, n)) % 3
    hit = np.random.default_rng([seed, 4]).random(n) < right
    probabilities = np.full((n, 3), 0.2)
    probabilities[np.arange(n), np.where(hit, truth, wrong)] = 0.6
    table = pd.DataFrame(probabilities, columns=[f"p_{name}" for name in CLASSES])
    table["Answer"] = [CLASSES[i] for i in truth]
    table["child_ID"] = [str(i % children) for i in range(n)]
    table["corpus"] = ["B" if i % children < 3 else "A" for i in range(n)]
    return score(Experiment("mfcc", family, "flat"), split, table, 15)  # type: ignore[arg-type]


def test_a_difference_is_paired() -> None:
    one, same, other = scores("svm", 0.8), scores("mlp", 0.8), scores("mlp", 0.8, seed=1)
    found = difference(one, same, "uar", CONFIG)
    assert (found.value, found.low, found.high) == (0, 0, 0)
    assert p_value(one, same, "uar", CONFIG) == 1
    found = difference(one, other, "uar", CONFIG)
    assert found.low <= found.value <= found.high
    assert found.low < 0 < found.high


def test_a_large_difference_is_significant() -> None:
    pair = [scores("svm", 0.95), scores("mlp", 0.5, 1)]
    found = differences_table(pair, CONFIG, pair[0].experiment)
    row = found[found.metric == "uar"].iloc[0]
    assert (row["first"], row["second"]) == ("mfcc/svm/flat", "mfcc/mlp/flat")
    assert row.low > 0.2
    assert row.p_value < 0.01


def test_p_values_hold_their_level_without_a_difference() -> None:
    values = [
        p_value(
            scores("svm", 0.6, 2 * i, children=8),
            scores("mlp", 0.6, 2 * i + 1, children=8),
            "uar",
            CONFIG,
        )
        for i in range(60)
    ]
    assert np.mean(np.array(values) <= 0.2) == pytest.approx(0.2, abs=0.16)


def test_few_children_have_few_exchanges() -> None:
    exact = swaps(4, 2000, seed=0)
    assert len(exact) == len(np.unique(exact, axis=0)) == 8
    assert not exact[0].any()
    assert (
        p_value(scores("svm", 1.0, children=4), scores("mlp", 0.0, 1, children=4), "uar", CONFIG)
        == 1 / 8
    )


def test_correction_of_p_values_is_monotonic() -> None:
    found = holm(np.array([0.01, 0.04, 0.03, 0.005]))
    assert found.round(6).tolist() == [0.03, 0.06, 0.06, 0.02]
    assert holm(np.array([0.6, 0.7])).tolist() == [1, 1]


def test_only_pairs_with_the_best_are_corrected() -> None:
    families = {"svm": 0.7, "mlp": 0.6, "boosted_trees": 0.65, "logistic_regression": 0.6}
    found = differences_table(
        [scores(family, right, i) for i, (family, right) in enumerate(families.items())],
        CONFIG,
        Experiment("mfcc", "mlp", "flat"),
    )
    for _, rows in found.groupby("metric"):
        of_best = (rows[["first", "second"]] == "mfcc/mlp/flat").any(axis=1)
        assert of_best.tolist() == [True, False, False, True, True, False]
        expected = holm(rows.p_value[of_best].to_numpy())
        assert rows.p_value_holm[of_best].tolist() == expected.tolist()
        assert rows.p_value_holm[~of_best].isna().all()


def test_devel_chooses_and_test_does_not() -> None:
    devel = [scores("svm", 0.6), scores("mlp", 0.9, 1)]
    for right in (0.1, 1.0):
        test = [scores("svm", right, split="test"), scores("mlp", 0.5, 1, split="test")]
        choice = choose([*devel, *test], CONFIG)
        assert choice.best.family == "mlp"
        assert choice.runner_up is not None
        assert choice.runner_up.family == "svm"
        assert not choice.indistinguishable


def test_of_equal_experiments_the_simplest_is_chosen() -> None:
    choice = choose([scores("boosted_trees", 0.8), scores("svm", 0.8), scores("mlp", 0.8)], CONFIG)
    assert choice.best.family == "svm"
    assert {each.family for each in choice.indistinguishable} == {"boosted_trees", "mlp"}
    better = choose([scores("boosted_trees", 0.81, 3), scores("svm", 0.8)], CONFIG)
    assert better.simplest.family == "svm"


def test_intervals_are_those_of_children() -> None:
    few, many = (results_table([scores("svm", 0.7, children=n)], CONFIG) for n in (5, 80))
    widths = [float(table.uar_high[0] - table.uar_low[0]) for table in (few, many)]
    assert widths[0] > widths[1] > 0
    assert few.n_children[0] == 5


def test_each_of_several_corpora_has_a_row() -> None:
    found = corpus_table([scores("svm", 0.7)], CONFIG)
    assert dict(zip(found.corpus, found.n_children, strict=True)) == {"A": 9, "B": 3}
