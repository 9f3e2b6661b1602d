"""Leaving corpora out of training."""

import numpy as np
import pandas as pd
import pytest
from pydantic import TypeAdapter, ValidationError

from vocalbaby.components.feature_table import META_COLUMNS, FeatureTable
from vocalbaby.components.left_out import CorpusGroups, leave_out, require_corpora
from vocalbaby.exception import DataError


def table(split: str, *clips: tuple[str, str]) -> FeatureTable:
    meta = [(clip, "c", "Junk", corpus, split) for clip, corpus in clips]
    values = pd.DataFrame({"x": np.zeros(len(clips), np.float32)})
    return FeatureTable("f", "1", pd.DataFrame(meta, columns=list(META_COLUMNS)), values)


TABLES = (
    table("train", ("a1", "A"), ("a1#1", "A"), ("b1", "B"), ("b1#1", "B")),
    table("devel", ("a2", "A"), ("b2", "B")),
    table("test", ("a3", "A"), ("b3", "B")),
)


def test_excludes_the_corpus_from_training_and_returns_its_original_clips() -> None:
    (train, devel), unseen = leave_out("group", ["A"], TABLES)
    assert list(train.meta.clip_ID) == ["b1", "b1#1"]
    assert list(devel.meta.clip_ID) == ["b2"]
    assert list(unseen.meta.clip_ID) == ["a1", "a2", "a3"]


def test_rejects_a_corpus_without_clips() -> None:
    with pytest.raises(DataError, match="'C' cannot be left out"):
        leave_out("C", ["C"], TABLES)


def test_rejects_leaving_out_the_only_corpus() -> None:
    train, devel, test = (t.where(t.meta.corpus == "A") for t in TABLES)
    with pytest.raises(DataError, match="the others 0"):
        leave_out("A", ["A"], (train, devel, test))


def test_rejects_leaving_out_all_corpora_as_one_group() -> None:
    with pytest.raises(DataError, match="'both' cannot be left out: it has 6 clips"):
        leave_out("both", ["A", "B"], TABLES)


def test_settings_name_groups_or_list_single_corpora() -> None:
    read = TypeAdapter(CorpusGroups).validate_python
    assert read(["A", "B"]) == {"A": ("A",), "B": ("B",)}
    assert read({"hard": ["A", "B"]}) == {"hard": ("A", "B")}
    with pytest.raises(ValidationError):
        read("A")


def test_rejects_groups_of_corpora_that_have_no_clips() -> None:
    require_corpora({"both": ("A", "B")}, TABLES, "the setting")
    with pytest.raises(DataError, match=r"The corpora \['C'\] have no clips") as caught:
        require_corpora({"both": ("A", "C")}, TABLES, "the setting")
    assert "Correct the setting" in str(caught.value.hint)
