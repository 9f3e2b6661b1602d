"""The synthetic corpus has the layout of BabbleCor, and the adapter reads it."""

import csv
from collections import Counter
from pathlib import Path

import numpy as np
import pytest

from vocalbaby.commands.labelled_clips import write_babblecor
from vocalbaby.corpora.babblecor import babblecor
from vocalbaby.corpora.synthetic import BabbleCorLayout, generate_babblecor, n_clips
from vocalbaby.entity.labels import CLASSES

SMALL = BabbleCorLayout(seed=1, scale=0.005)


def test_the_full_corpus_has_the_sizes_of_the_challenge() -> None:
    assert n_clips(BabbleCorLayout()) == 3996 + 3617 + 3691 == 11304


def test_no_child_is_in_two_splits_and_each_split_has_all_classes() -> None:
    clips = list(generate_babblecor(SMALL))
    children = {(split, clip.child_ID) for split, clip in clips}
    assert len(children) == len({child for _, child in children})
    assert {(split, clip.Answer) for split, clip in clips} == {
        (split, label) for split in SMALL.splits for label in CLASSES
    }
    assert len({clip.clip_ID for _, clip in clips}) == len(clips) == n_clips(SMALL)
    lengths = np.array([len(clip.samples) for _, clip in clips]) / 16_000
    assert 0.1 <= lengths.min() < lengths.max() <= 4
    assert 0.5 < lengths.mean() < 0.7


def test_a_clip_does_not_change_with_the_seed_of_another_corpus() -> None:
    first, second, other = (
        next(generate_babblecor(BabbleCorLayout(seed=seed, scale=0.002)))[1].samples
        for seed in (1, 1, 2)
    )
    assert np.array_equal(first, second)
    assert not np.array_equal(first, other)


@pytest.mark.parametrize("withheld", [False, True])
def test_the_adapter_reads_the_files(tmp_path: Path, withheld: bool) -> None:  # noqa: FBT001
    done = write_babblecor(SMALL, tmp_path, withheld=withheld)
    with (tmp_path / "private_metadata.csv").open(newline="") as stream:
        rows = list(csv.DictReader(stream))
    column = "official_split" if withheld else "split"
    assert len(rows) == done == n_clips(SMALL)
    test = [row for row in rows if row[column] == "test"]
    assert {row["Answer"] for row in test} == ({"?"} if withheld else {*CLASSES})
    where = {"Answer": CLASSES} if withheld else None
    manifest = babblecor(tmp_path / "private_metadata.csv", tmp_path / "clips_corpus", where=where)
    excluded = Counter(each.code for each in manifest.rejections)
    assert excluded == (Counter(excluded=len(test)) if withheld else Counter())
    splits = Counter(record.split for record in manifest.records)
    assert splits == (
        Counter({"": len(rows) - len(test)}) if withheld else Counter(row[column] for row in rows)
    )
