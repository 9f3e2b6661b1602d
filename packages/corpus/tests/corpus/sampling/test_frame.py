"""The population from which stretches are drawn."""

import numpy as np
import pytest

from packages.corpus.tests.corpus.sampling.helpers_archives import day, small_frame
from vocalbaby.corpus.sampling.frame import build_frame, without
from vocalbaby.corpus.sampling.predictions import class_probabilities
from vocalbaby.entity.timeline import Child, Segment, Timeline
from vocalbaby.exception import DataError


def test_stretches_divide_each_recording_without_gap() -> None:
    frame = small_frame()
    for i, info in enumerate(frame.recordings):
        own = frame.recording == i
        onsets, offsets = frame.onset_s[own], frame.offset_s[own]
        assert onsets[0] == 0
        assert offsets[-1] == info.duration_s
        assert (onsets[1:] == offsets[:-1]).all()
        assert ((offsets - onsets) >= 30).all()
        assert ((offsets - onsets) < 90).all()


def test_what_is_left_is_a_stretch_from_half_the_length_on() -> None:
    lengths = {
        seconds: build_frame([Timeline("x", duration_s=seconds)]).durations_s.tolist()
        for seconds in (20.0, 89.0, 90.0, 125.0)
    }
    assert lengths == {20.0: [20.0], 89.0: [89.0], 90.0: [60.0, 30.0], 125.0: [60.0, 65.0]}


def test_a_segment_belongs_to_the_stretch_in_which_it_begins() -> None:
    segments = (
        Segment(59.9, 70.0, "Crying"),
        Segment(60.0, 61.0, "Canonical"),
        Segment(179.0, 181.0, "Canonical"),
        Segment(500.0, 501.0, "Laughing"),  # after the end by the header
        Segment(60.0, 61.0, "Junk"),
        Segment(60.0, 61.0, "hello"),
    )
    frame = build_frame([Timeline("x", segments, duration_s=180.0)])
    assert frame.values["segments"].tolist() == [1, 1, 2]
    assert frame.values["seconds"].tolist() == pytest.approx([10.1, 1, 3])


def test_expected_numbers_are_sums_of_probabilities() -> None:
    p = {"Canonical": 0.5, "Non-canonical": 0.25, "Junk": 0.25}
    q = {"Canonical": 0.1, "Non-canonical": 0.8, "Crying": 0.1}
    segments = (Segment(1, 2, "Canonical", p), Segment(5, 6, "Non-canonical", q))
    values = build_frame([Timeline("x", segments, duration_s=60.0)]).values
    found = [float(values[name][0]) for name in ("canonical", "speech", "cc", "cm", "mm")]
    assert found == pytest.approx([0.6, 1.65, 0.26, 0.465, 1.3725])
    entropy = -sum(v * np.log(v) for v in (*p.values(), *q.values()))
    assert float(values["entropy"][0]) == pytest.approx(entropy)


def test_the_order_of_the_recordings_does_not_matter() -> None:
    days = [day("a", 1, 12.2, "c1"), day("b", 2, 20.0, "c2"), day("c", 3, 9.7, "c2")]
    one, other = build_frame(days), build_frame(days[::-1])
    assert one.recordings == other.recordings
    assert (one.onset_s == other.onset_s).all()
    assert all((one.values[k] == other.values[k]).all() for k in one.values if k != "probability")


def test_clips_are_the_segments_with_a_class() -> None:
    p = {"Crying": 0.75, "Junk": 0.25}
    segments = (
        Segment(70, 71, "Crying", p),
        Segment(5, 6, "Junk"),
        Segment(8, 9, "hello"),
        Segment(3, 3, "Crying"),
        Segment(20, 21, "KCHI", speaker="KCHI"),
    )
    frame = build_frame([Timeline("x", segments)], unit="clips")
    assert frame.onset_s.tolist() == [5, 20, 70]
    assert frame.values["label"].tolist() == [4, -1, 2]
    assert frame.values["probability"][[0, 2]].tolist() == pytest.approx([0.8, 0.75])
    assert np.isnan(frame.values["probability"][1])


def test_a_child_is_the_pair_of_corpus_and_name() -> None:
    def recording(name: str, corpus: str) -> Timeline:
        return Timeline(name, duration_s=60.0, child=Child("1", corpus))

    frame = build_frame(
        [recording("a", "x"), recording("b", "y"), recording("c", "x"), Timeline("d", (), 60.0)]
    )
    assert frame.children == (("", "recording d"), ("x", "1"), ("y", "1"))
    assert np.bincount(frame.child_indices()).tolist() == [1, 2, 1]


def test_what_was_assumed_is_noted() -> None:
    days = [
        Timeline("open", (Segment(1, 100, "Crying"),)),
        Timeline("empty", (), duration_s=0.0),
        day("old", 1, 5.0),
        Timeline("new", duration_s=60.0, attributes={"model_version": "m-2"}),
    ]
    notes = build_frame(days).notes
    assert any("duration of 1 recording (open)" in note for note in notes)
    assert any("Nothing can be drawn from 1 recording (empty)" in note for note in notes)
    assert any("m-1, m-2" in note for note in notes)


def test_a_recording_twice_is_refused() -> None:
    with pytest.raises(DataError, match="Two timelines"):
        build_frame([day("a", 1, 5.0), day("a", 2, 5.0)])


def test_annotated_stretches_and_all_that_overlap_them_are_left_out() -> None:
    frame = small_frame()
    left = without(frame, [("a", 60.0, 120.0), ("b", 90.0, 130.0), ("other", 0.0, 1e6)])
    gone = {
        (frame.recordings[r].recording_id, onset)
        for r, onset in zip(frame.recording, frame.onset_s, strict=True)
    } - {
        (left.recordings[r].recording_id, onset)
        for r, onset in zip(left.recording, left.onset_s, strict=True)
    }
    assert gone == {("a", 60.0), ("b", 60.0), ("b", 120.0)}


def test_a_segment_without_probabilities_has_some() -> None:
    assert class_probabilities(Segment(0, 1, "FEM", speaker="FEM")) is None
    for segment in (Segment(0, 1, "Canonical"), Segment(0, 1, speaker="CHN")):
        p = class_probabilities(segment)
        assert p is not None
        assert sum(p) == pytest.approx(1.0)
    assert class_probabilities(Segment(0, 1, "Crying", {"Crying": 0.6, "Junk": 0.2})) == (
        pytest.approx((0, 0, 0.75, 0, 0.25))
    )
