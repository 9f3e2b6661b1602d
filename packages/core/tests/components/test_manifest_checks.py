from collections.abc import Callable
from dataclasses import replace
from hashlib import sha256
from pathlib import Path

import numpy as np
import pytest
import soundfile

from vocalbaby.components.manifest_checks import ValidationConfig, check_manifest, require_valid
from vocalbaby.entity.labels import CLASSES
from vocalbaby.entity.manifest import SPLITS, ClipRecord
from vocalbaby.exception import DataError, SplitLeakError

CONFIG = ValidationConfig(min_clips=1, min_children=1)


@pytest.fixture
def records(tmp_path: Path) -> list[ClipRecord]:
    """One valid clip of each class in each split."""
    rows = []
    for i, (split, label) in enumerate((s, c) for s in SPLITS for c in CLASSES):
        path = tmp_path / f"{i}.wav"
        soundfile.write(path, np.random.default_rng(i).uniform(-0.3, 0.3, 4000), 16000)
        digest = sha256(path.read_bytes()).hexdigest()
        rows.append(
            ClipRecord(f"{i}", f"kid_{split}", label, "x", None, "", str(path), split, 0.25, digest)
        )
    return rows


def codes(rows: list[ClipRecord], config: ValidationConfig = CONFIG) -> dict[str, str]:
    return {f.code: f.severity for f in check_manifest(rows, config).findings}


def test_valid_manifest_has_no_findings(records: list[ClipRecord]) -> None:
    calls: list[tuple[int, int]] = []
    report = check_manifest(records, CONFIG, progress=lambda *call: calls.append(call))
    assert report.findings == ()
    assert report.clips["devel"] == dict.fromkeys(CLASSES, 1)
    assert report.children == {"train": 1, "devel": 1, "test": 1}
    assert report.duration_s == {"train": 1.25, "devel": 1.25, "test": 1.25}
    assert calls[-1] == (15, 15)
    require_valid(report)


Fault = Callable[[ClipRecord, ClipRecord], ClipRecord]


@pytest.mark.parametrize(
    ("fault", "code"),
    [
        (lambda r, other: replace(r, Answer="Babble"), "label_unknown"),
        (lambda r, other: replace(r, split="dev"), "split_unknown"),
        (lambda r, other: replace(r, child_ID=""), "child_missing"),
        (lambda r, other: replace(r, clip_ID=other.clip_ID), "duplicate_clip_id"),
        (lambda r, other: replace(r, path=other.path, sha256=other.sha256), "duplicate_audio"),
        (lambda r, other: replace(r, child_ID=other.child_ID), "split_leak"),
        (lambda r, other: replace(r, path=r.path + ".gone"), "file_missing"),
        (lambda r, other: replace(r, sha256="0" * 64), "audio_changed"),
        (lambda r, other: replace(r, duration_s=0.5), "duration_wrong"),
        (lambda r, other: replace(r, duration_s=float("nan")), "duration_wrong"),
        (lambda r, other: replace(r, Answer="Junk"), "class_missing"),
    ],
)
def test_finds_a_planted_fault(records: list[ClipRecord], fault: Fault, code: str) -> None:
    records[0] = fault(records[0], records[7])
    found = codes(records)
    assert found.get(code) == "error", found
    error = SplitLeakError if code == "split_leak" else DataError
    with pytest.raises(error):
        require_valid(check_manifest(records, CONFIG))


def test_audio_that_no_longer_decodes_is_an_error(records: list[ClipRecord]) -> None:
    Path(records[3].path).write_bytes(b"garbage that is no recording")
    report = check_manifest(records, CONFIG)
    (finding,) = report.errors
    assert (finding.code, finding.count, finding.examples) == ("audio_unreadable", 1, ("3",))


def test_reports_the_child_and_the_splits_of_a_leak(records: list[ClipRecord]) -> None:
    records[0] = replace(records[0], child_ID="kid_test")
    with pytest.raises(SplitLeakError, match=r"kid_test \(test, train\)"):
        require_valid(check_manifest(records, CONFIG))


def test_an_empty_manifest_is_an_error() -> None:
    assert codes([])["empty"] == "error"


def test_thresholds_cause_warnings_only(records: list[ClipRecord]) -> None:
    strict = ValidationConfig(missing_class="warning", min_clips=2, min_children=2, max_imbalance=1)
    rows = [replace(records[0], Answer="Junk"), *records[1:]]
    report = check_manifest(rows, strict)
    assert {f.code: f.severity for f in report.findings} == dict.fromkeys(
        ("class_missing", "few_clips", "few_children", "imbalance"), "warning"
    )
    require_valid(report)
    messages = {f.code: (f.message, f.examples) for f in report.findings}
    assert messages["class_missing"] == (
        "1 class is missing from a split.",
        ("train/Canonical (only 2 of the 3 children that it takes have it, in devel, test)",),
    )
    assert messages["imbalance"][1] == ("train (2:1)",)


def test_warnings_of_the_decoder_become_warnings(tmp_path: Path, records: list[ClipRecord]) -> None:
    path = tmp_path / "short.wav"
    soundfile.write(path, np.random.default_rng(99).uniform(-0.3, 0.3, 800), 16000)
    digest = sha256(path.read_bytes()).hexdigest()
    rows = [*records, replace(records[0], clip_ID="s", path=str(path), duration_s=0.05)]
    rows[-1] = replace(rows[-1], sha256=digest)
    assert codes(rows) == {"audio_short": "warning"}


def test_the_same_audio_within_a_split_is_a_warning(records: list[ClipRecord]) -> None:
    duplicate = replace(records[0], clip_ID="duplicate")
    assert codes([*records, duplicate]) == {"repeated_audio": "warning"}
