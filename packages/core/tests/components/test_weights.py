import numpy as np
import pandas as pd
import pytest

from vocalbaby.components.weights import clip_weights, group_weights


@pytest.fixture
def meta() -> pd.DataFrame:
    rows = (
        [("a", "Junk", "x")] * 6
        + [("b", "Junk", "x")] * 2
        + [("c", "Junk", "y")] * 1
        + [("a", "Crying", "x")] * 3
    )
    return pd.DataFrame(rows, columns=["child_ID", "Answer", "corpus"])


def total(meta: pd.DataFrame, weights: np.ndarray, **where: str) -> float:
    mask = np.ones(len(meta), bool)
    for column, value in where.items():
        mask &= (meta[column] == value).to_numpy()
    return float(weights[mask].sum())


def test_weights_are_one_without_balancing(meta: pd.DataFrame) -> None:
    assert clip_weights(meta, classes=0).tolist() == pytest.approx([1] * 12)


def test_classes_weigh_the_same(meta: pd.DataFrame) -> None:
    weights = clip_weights(meta)
    assert weights.mean() == pytest.approx(1)
    assert total(meta, weights, Answer="Junk") == pytest.approx(6)
    assert total(meta, weights, Answer="Crying") == pytest.approx(6)


def test_children_of_a_class_weigh_the_same(meta: pd.DataFrame) -> None:
    weights = clip_weights(meta, children=1)
    for child in "abc":
        assert total(meta, weights, Answer="Junk", child_ID=child) == pytest.approx(2)


def test_partial_balancing_lies_in_between(meta: pd.DataFrame) -> None:
    weights = clip_weights(meta, children=0.5)
    a, b = (total(meta, weights, Answer="Junk", child_ID=child) for child in "ab")
    assert a / b == pytest.approx(np.sqrt(3))


def test_corpora_of_a_class_weigh_the_same(meta: pd.DataFrame) -> None:
    weights = clip_weights(meta, corpora=1)
    assert total(meta, weights, Answer="Junk", corpus="x") == pytest.approx(3)
    assert total(meta, weights, Answer="Junk", corpus="y") == pytest.approx(3)
    assert total(meta, weights, Answer="Crying") == pytest.approx(6)


def test_a_class_weighs_as_much_more_as_it_is_more_frequent(meta: pd.DataFrame) -> None:
    weights = clip_weights(meta, prior={"Junk": 3.0})
    assert weights.mean() == pytest.approx(1)
    assert total(meta, weights, Answer="Junk") == pytest.approx(9)
    assert total(meta, weights, Answer="Crying") == pytest.approx(3)


def test_corpora_weigh_the_same_and_so_do_their_classes(meta: pd.DataFrame) -> None:
    weights = group_weights(meta)
    assert weights.mean() == pytest.approx(1)
    for corpus, part in ((str(name), part) for name, part in meta.groupby("corpus")):
        assert total(meta, weights, corpus=corpus) == pytest.approx(6)
        for label in set(part.Answer):
            share = 6 / part.Answer.nunique()
            assert total(meta, weights, corpus=corpus, Answer=label) == pytest.approx(share)
