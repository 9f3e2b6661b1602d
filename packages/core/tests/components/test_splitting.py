from collections import Counter, defaultdict

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import ValidationError

from vocalbaby.components.splitting import SplitConfig, assign_splits
from vocalbaby.entity.labels import CLASSES
from vocalbaby.entity.manifest import SPLITS, ClipRecord


def record(number: int, child: str, label: str = "Junk", split: str = "") -> ClipRecord:
    return ClipRecord(f"{number}", child, label, "x", None, "", "", split, 1.0, f"{number}")


ROWS = st.lists(
    st.tuples(st.integers(0, 12), st.sampled_from(CLASSES), st.sampled_from(("", "", *SPLITS))),
    max_size=60,
)


@settings(max_examples=150, deadline=None)
@given(ROWS, st.integers(0, 2**32))
def test_no_child_is_in_two_splits_and_every_row_is_kept(
    rows: list[tuple[int, str, str]], seed: int
) -> None:
    given_split: dict[int, str] = {}
    for child, _, split in rows:
        given_split.setdefault(child, split)
    records = [record(i, f"c{c}", y, given_split[c]) for i, (c, y, _) in enumerate(rows)]
    after = assign_splits(records, SplitConfig(seed=seed))
    assert [r.clip_ID for r in after] == [r.clip_ID for r in records]
    splits = defaultdict(set)
    for before, now in zip(records, after, strict=True):
        splits[now.child_ID].add(now.split)
        assert now.split in SPLITS
        assert before.split in {"", now.split}
    assert all(len(found) == 1 for found in splits.values())
    assert after == assign_splits(records, SplitConfig(seed=seed))


def test_every_class_is_split_by_the_shares() -> None:
    rows = [(c, y) for c in range(50) for y in range(5) for _ in range(1 + (c * y) % 4)]
    records = [record(i, f"c{c}", CLASSES[y]) for i, (c, y) in enumerate(rows)]
    after = assign_splits(records, SplitConfig(train=0.5, devel=0.3, test=0.2))
    for label in CLASSES:
        counts = Counter(r.split for r in after if r.Answer == label)
        for split, share in (("train", 0.5), ("devel", 0.3), ("test", 0.2)):
            assert counts[split] / counts.total() == pytest.approx(share, abs=0.05)


def test_a_class_of_three_children_reaches_every_split() -> None:
    rows = [(c, "Junk") for c in range(60)] + [(c, "Laughing") for c in (3, 30, 50)]
    records = [record(i, f"c{c}", y) for i, (c, y) in enumerate(rows)]
    after = assign_splits(records, SplitConfig())
    assert {r.split for r in after if r.Answer == "Laughing"} == set(SPLITS)


def test_the_clips_of_a_child_follow_the_split_that_one_of_them_has() -> None:
    records = [record(0, "a"), record(1, "a", split="test"), record(2, "b", split="devel")]
    after = assign_splits(records, SplitConfig())
    assert [r.split for r in after] == ["test", "test", "devel"]


def test_leaves_a_leak_of_the_corpus_for_validation_to_find() -> None:
    records = [record(0, "a", split="train"), record(1, "a", split="test")]
    assert list(assign_splits(records, SplitConfig())) == records


def test_the_seed_decides_between_equal_children() -> None:
    records = [record(i, f"c{i}") for i in range(30)]
    splits = {tuple(r.split for r in assign_splits(records, SplitConfig(seed=s))) for s in range(5)}
    assert len(splits) > 1


def test_shares_must_sum_to_one() -> None:
    with pytest.raises(ValidationError, match="sum to 1"):
        SplitConfig(train=0.6, devel=0.3, test=0.3)
