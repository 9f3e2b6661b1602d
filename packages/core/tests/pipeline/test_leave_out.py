"""Leaving a corpus out of training."""

import numpy as np
import pandas as pd
import pytest

from vocalbaby.components.feature_table import META_COLUMNS, FeatureTable
from vocalbaby.exception import DataError
from vocalbaby.pipeline.training import leave_out


def table(split: str, *clips: tuple[str, str]) -> FeatureTable:
    meta = [(clip, "c", "Junk", corpus, split) for clip, corpus in clips]
    values = pd.DataFrame({"x": np.zeros(len(clips), np.float32)})
    return FeatureTable("f", "1", pd.DataFrame(meta, columns=list(META_COLUMNS)), values)


TABLES = (
    table("train", ("a1", "A"), ("a1#1", "A"), ("b1", "B"), ("b1#1", "B")),
    table("devel", ("a2", "A"), ("b2", "B")),
    table("test", ("a3", "A"), ("b3", "B")),
)


def test_nothing_of_the_corpus_is_learnt_from_and_all_of_it_is_asked_once() -> None:
    (train, devel), unseen = leave_out("A", TABLES)
    assert list(train.meta.clip_ID) == ["b1", "b1#1"]
    assert list(devel.meta.clip_ID) == ["b2"]
    assert list(unseen.meta.clip_ID) == ["a1", "a2", "a3"]


def test_a_corpus_that_is_not_there_is_an_error() -> None:
    with pytest.raises(DataError, match="'C' cannot be left out"):
        leave_out("C", TABLES)


def test_the_only_corpus_cannot_be_left_out() -> None:
    train, devel, test = (t.where(t.meta.corpus == "A") for t in TABLES)
    with pytest.raises(DataError, match="the others 0"):
        leave_out("A", (train, devel, test))
