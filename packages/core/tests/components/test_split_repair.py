"""The splitter reaches every (class, split) cell that can be reached, as brute force does."""

import time
from collections import defaultdict
from itertools import product

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from vocalbaby.components.split_repair import Move, class_bits, repair
from vocalbaby.components.splitting import SplitConfig, assign_splits
from vocalbaby.entity.labels import CLASSES
from vocalbaby.entity.manifest import SPLITS, ClipRecord

Cells = set[tuple[str, str]]
Row = tuple[str, int, str, str]  # corpus, child, class, split


def records(rows: list[Row]) -> list[ClipRecord]:
    return [
        ClipRecord(f"{i}", f"kid{child}", label, corpus, None, "", "", split, 1.0, f"{i}")
        for i, (corpus, child, label, split) in enumerate(rows)
    ]


def cells(rows: tuple[ClipRecord, ...] | list[ClipRecord]) -> Cells:
    return {(r.Answer, r.split) for r in rows if r.Answer}


def best(rows: list[ClipRecord]) -> int:
    """Most cells of any assignment of children to splits."""
    fixed: dict[tuple[str, str], str] = {}
    labels: dict[tuple[str, str], set[str]] = defaultdict(set)
    for row in rows:
        labels[row.child] |= {row.Answer} - {""}
        if row.split:
            fixed.setdefault(row.child, row.split)
    own: Cells = {(r.Answer, r.split) for r in rows if r.split and r.Answer}
    options = [[fixed[c]] if c in fixed else list(SPLITS) for c in labels]
    found = 0
    for chosen in product(*options):
        reached = set(own)
        for (child, names), split in zip(labels.items(), chosen, strict=True):
            loose = {r.Answer for r in rows if r.child == child and not r.split} - {""}
            reached |= {(name, split) for name in (loose if child in fixed else names)}
        found = max(found, len(reached))
    return found


ROWS = st.lists(
    st.tuples(
        st.sampled_from(("LabA", "LabB")),
        st.integers(0, 2),
        st.sampled_from((*CLASSES, "")),
        st.sampled_from(("", "", "", *SPLITS)),
    ),
    min_size=1,
    max_size=24,
)


@settings(max_examples=100, deadline=None)
@given(ROWS, st.integers(0, 99))
def test_reaches_as_many_cells_as_brute_force(rows: list[Row], seed: int) -> None:
    before = records(rows)
    after = assign_splits(before, SplitConfig(seed=seed))
    assert len(cells(after)) == best(before)
    assert after == assign_splits(before, SplitConfig(seed=seed))


@settings(max_examples=40, deadline=None)
@given(st.lists(st.sets(st.sampled_from(CLASSES), min_size=1), min_size=3, max_size=6))
def test_reaches_as_many_cells_of_children_of_one_corpus(children: list[set[str]]) -> None:
    rows = [("x", n, label, "") for n, labels in enumerate(children) for label in sorted(labels)]
    before = records(rows)
    assert len(cells(assign_splits(before, SplitConfig()))) == best(before)


#: Each class has exactly three children (shared/cases/corpora/three).
THREE = {
    "Canonical": (0, 1, 2),
    "Crying": (0, 1, 4),
    "Junk": (0, 1, 2),
    "Laughing": (1, 2, 3),
    "Non-canonical": (0, 1, 2),
}


def test_classes_of_three_children_reach_all_fifteen_cells() -> None:
    rows: list[Row] = [("x", kid, label, "") for label, kids in THREE.items() for kid in kids]
    after = assign_splits(records(rows), SplitConfig(seed=7, train=0.6, devel=0.2, test=0.2))
    assert len(cells(after)) == 15
    assert len({r.split for r in after if r.child_ID == "kid3"}) == 1


def test_same_ids_of_two_corpora_are_two_children() -> None:
    rows: list[Row] = [(lab, 0, label, "") for lab in ("A", "B", "C") for label in CLASSES]
    assert len(cells(assign_splits(records(rows), SplitConfig()))) == 15


def test_moves_nobody_if_no_cell_is_gained() -> None:
    junk = class_bits("Junk")
    assert repair([Move(0, junk, 2, (-1.0, -1.0, 0.0))], 0) == {}


def test_moves_the_cheapest_child() -> None:
    junk = class_bits("Junk")
    children = [Move(n, junk, 0, (0.0, cost, 9.0)) for n, cost in enumerate((3.0, 1.0, 2.0))]
    assert repair(children, class_bits("Junk", 2)) == {1: 1}


def test_splits_ten_thousand_children_in_seconds() -> None:
    many: list[Row] = [("x", n, CLASSES[n % 4], "") for n in range(10_000)]
    rare: list[Row] = [("x", 0, "Junk", ""), ("y", 1, "Junk", "")]
    begin = time.process_time()
    after = assign_splits(records([*many, *rare]), SplitConfig())
    assert time.process_time() - begin < 5
    assert len({r.split for r in after if r.Answer == "Junk"}) == 2


@pytest.mark.parametrize("seed", range(3))
def test_many_kinds_of_children_are_repaired_in_a_second(seed: int) -> None:
    rows: list[Row] = [
        ("x", 32 * copy + mask, label, "")
        for copy in range(4)
        for mask in range(1, 32)
        for bit, label in enumerate(CLASSES[:4])
        if mask >> bit & 1
    ]
    begin = time.process_time()
    assign_splits(records(rows), SplitConfig(seed=seed))
    assert time.process_time() - begin < 5
