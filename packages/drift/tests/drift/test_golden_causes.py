"""The causes of made drifts are those that they were, with the same evidence."""

import pytest

from packages.drift.tests.drift.golden_causes import read, rows
from vocalbaby.monitoring.drift.causes import CAUSES


def test_no_evidence_has_changed() -> None:
    golden, found = read(), list(rows())
    assert [title for title, _ in found] == [title for title, _ in golden]
    for (title, before), (_, after) in zip(golden, found, strict=True):
        assert [code for code, _ in after] == [code for code, _ in before], title
        values = [value for _, value in before]
        assert [value for _, value in after] == pytest.approx(values, abs=1e-3), title


def test_every_cause_is_named() -> None:
    named = {code for title, found in read() for code, _ in found if not title.startswith("all")}
    assert named >= CAUSES.keys() - {"silence", "short_clips", "decoder"}
