"""Children of two corpora with the same ID are two children in every step of training."""

from io import BytesIO

import pandas as pd
import pytest

from vocalbaby.components.feature_table import FeatureTable, children, concat
from vocalbaby.components.metrics import EvaluationConfig, evaluate
from vocalbaby.components.packaging import reference_sample
from vocalbaby.components.split_leaks import require_disjoint
from vocalbaby.components.weights import clip_weights
from vocalbaby.exception import DataError, SplitLeakError


def of_corpus(table: FeatureTable, corpus: str) -> FeatureTable:
    """The same rows, with the same IDs, in another corpus."""
    return FeatureTable(
        table.feature_set,
        table.feature_set_version,
        table.meta.assign(corpus=corpus),
        table.values,
    )


def test_numbers_are_in_the_order_of_the_ids() -> None:
    meta = pd.DataFrame(
        {"child_ID": ["b", "a", "ab", "a", "b"], "corpus": ["x", "y", "x", "x", "x"]}
    )
    assert children(meta).tolist() == [3, 1, 2, 0, 3]


def test_weights_are_balanced_within_the_corpus() -> None:
    meta = pd.DataFrame({"child_ID": ["k", "k", "k"], "Answer": "Junk", "corpus": ["A", "A", "B"]})
    weights = clip_weights(meta, classes=0.0, children=1.0)
    assert weights == pytest.approx([0.75, 0.75, 1.5])


def test_a_feature_table_may_have_the_same_clip_ids_in_two_corpora(devel: FeatureTable) -> None:
    both = concat([of_corpus(devel, "A"), of_corpus(devel, "B")])
    assert len(both) == 2 * len(devel)
    with pytest.raises(DataError, match="duplicate clip_IDs"):
        concat([devel, devel])


def test_the_reference_sample_does_not_depend_on_the_order_of_equal_ids(
    devel: FeatureTable,
) -> None:
    one, other = of_corpus(devel, "A"), of_corpus(devel, "B")
    rows = len(devel) + 1
    first, second = (reference_sample(concat(t), rows) for t in ([one, other], [other, one]))
    tables = [pd.read_parquet(BytesIO(data)) for data in (first, second)]
    keys = [set(zip(t.corpus, t.clip_ID, strict=True)) for t in tables]
    assert keys[0] == keys[1]


def test_metrics_count_and_resample_pairs() -> None:
    rows = [
        {"clip_ID": str(n), "child_ID": "k", "corpus": corpus, "Answer": "Junk", "label": guess}
        for corpus, guess in (("A", "Junk"), ("B", "Crying"))
        for n in range(5)
    ]
    answers = pd.DataFrame(rows).assign(split="test", why="", p_Junk=0.5, p_Crying=0.5)
    answers["predicted"] = answers.label
    figures = evaluate(answers, EvaluationConfig(resamples=200))
    assert figures.n_children == 2
    assert (figures.uar_low, figures.uar_high) == (0.0, 1.0)


def test_only_a_child_of_the_same_corpus_is_in_two_splits(devel: FeatureTable) -> None:
    require_disjoint([of_corpus(devel, "A"), of_corpus(devel, "B")])
    padded = devel.meta.assign(child_ID="001", corpus="A")
    other = devel.meta.assign(child_ID="1.0", corpus="A")
    tables = [
        FeatureTable(devel.feature_set, devel.feature_set_version, meta, devel.values)
        for meta in (padded, other)
    ]
    with pytest.raises(SplitLeakError, match=r"1 child .* 1 of a"):
        require_disjoint(tables)
