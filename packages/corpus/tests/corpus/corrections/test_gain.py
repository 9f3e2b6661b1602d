"""The gain of an adaptation: figures by hand, and intervals where there are enough clusters."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any, cast

import pytest

from vocalbaby import inference
from vocalbaby.corpus.corrections.gain import Gain, measure_gain
from vocalbaby.entity.timeline import Child, Segment, Timeline

TRUTH = ("Canonical", "Non-canonical", "Non-canonical", "Crying")
BEFORE = ("Canonical", "Canonical", "Canonical", "Crying")


def measured(monkeypatch: pytest.MonkeyPatch, days: int, children: int) -> dict[str, Gain]:
    """Gains of a model that labels as BEFORE, and of one that is always right."""

    def segment(_: Path, *, model: Sequence[str], given: Sequence[Segment]) -> Timeline:
        found = [Segment(s.onset_s, s.offset_s, c) for s, c in zip(given, model, strict=True)]
        return Timeline("day", tuple(found))

    monkeypatch.setattr(inference, "segment", segment)
    segments = tuple(Segment(i, i + 0.5, label) for i, label in enumerate(TRUTH))
    labelled = [
        Timeline(f"d{i}", segments, child=Child(f"c{i % children}", "lab")) for i in range(days)
    ]
    sounds = {each.recording_id: Path(f"{each.recording_id}.wav") for each in labelled}
    before, after = cast("Any", BEFORE), cast("Any", TRUTH)
    return measure_gain(labelled, sounds, before, after, draws=200)


def test_figures_are_those_by_hand(monkeypatch: pytest.MonkeyPatch) -> None:
    found = measured(monkeypatch, days=6, children=6)
    assert [found["uar"].before, found["uar"].after] == pytest.approx([2 / 3, 1.0])
    assert (found["accuracy"].before, found["accuracy"].after) == (0.5, 1.0)
    error = found["canonical_proportion_error"]
    assert [error.before, error.after] == pytest.approx([2 / 3, 0.0])
    assert [error.low, error.high] == pytest.approx([-2 / 3, -2 / 3])


@pytest.mark.parametrize(
    ("days", "children", "is_known"), [(5, 5, True), (5, 1, True), (4, 4, False), (1, 1, False)]
)
def test_few_children_and_recordings_have_no_interval(
    monkeypatch: pytest.MonkeyPatch, days: int, children: int, *, is_known: bool
) -> None:
    found = measured(monkeypatch, days, children)
    assert {each.low is not None for each in found.values()} == {is_known}
    assert {each.high is not None for each in found.values()} == {is_known}
