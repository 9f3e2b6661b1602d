"""Clips of a folder that cannot be compared, and what is missing in those that can."""

import logging
from collections.abc import Sequence
from pathlib import Path

import pytest

from vocalbaby.entity.manifest import SPLITS, ClipRecord, Manifest, Rejection
from vocalbaby.exception import DataError
from vocalbaby.pipeline.folder_checks import require_comparable


def manifest(
    labels: Sequence[str], splits: Sequence[str] = SPLITS, *rejections: Rejection
) -> Manifest:
    """One clip of each class in each split, of one child per split."""
    records = tuple(
        ClipRecord(
            clip_ID=f"{split}{label}",
            child_ID=split,
            Answer=label,
            corpus="Mine",
            age_mo_round=None,
            child_gender="",
            path="a.wav",
            split=split,
            duration_s=0.5,
            sha256=f"{split}{label}",
        )
        for split in splits
        for label in labels
    )
    return Manifest(records, rejections)


def test_one_class_and_an_empty_split_are_errors_before_any_feature() -> None:
    with pytest.raises(DataError, match="All 3 clips are Crying, and a comparison needs two"):
        require_comparable(manifest(["Crying"]))
    with pytest.raises(DataError, match="No clip has a label"):
        require_comparable(manifest([""]))
    with pytest.raises(DataError, match="The split test has no labelled clip: there are 4 clips"):
        require_comparable(manifest(["Crying", "Junk"], SPLITS[:2]))


def test_missing_classes_and_refused_rows_are_logged(caplog: pytest.LogCaptureFixture) -> None:
    refused = Rejection("line 4", "x.wav", "label_missing", "the clip has no label")
    intended = Rejection("a.txt", "", "not_audio", "a.txt is no recording")
    with caplog.at_level(logging.WARNING):
        require_comparable(manifest(["Crying", "Junk"], SPLITS, refused, intended), Path("out"))
    rows, classes = caplog.messages
    assert rows.startswith("6 clips of 3 children are used; 1 row cannot be used, e.g. x.wav: the ")
    assert rows.endswith("out/rejections.csv has the reason of each.")
    assert classes.startswith("No clip is Canonical, Non-canonical, Laughing;")
