"""Figures of an archive and its children, from annotated stretches and the model's segments."""

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from vocalbaby import annotations
from vocalbaby.commands.main import main
from vocalbaby.corpus.estimation import estimate
from vocalbaby.corpus.estimation.config import MEASURES
from vocalbaby.corpus.estimation.values import measures_of
from vocalbaby.corpus.sampling.drawing import draw
from vocalbaby.corpus.sampling.frame import build_frame
from vocalbaby.corpus.sampling.manifest import write_sample
from vocalbaby.entity.timeline import Child, Segment, Timeline
from vocalbaby.exception import DataError


def archive(seed: int = 2) -> tuple[list[Timeline], list[Timeline]]:
    """What annotators would label in four recordings of two children, and what the model found."""
    rng = np.random.default_rng(seed)
    truth: list[Timeline] = []
    model: list[Timeline] = []
    for day in range(4):
        times = np.sort(rng.uniform(0, 3598, 400))
        labels = rng.choice(["Canonical", "Non-canonical", "Crying"], 400, p=[0.3, 0.5, 0.2])
        own = tuple(Segment(t, t + 0.5, n) for t, n in zip(times.tolist(), labels, strict=True))
        wrong = rng.uniform(size=400) < 0.3
        given = tuple(
            replace(s, label="Canonical") if w and s.label == "Non-canonical" else s
            for s, w in zip(own, wrong, strict=True)
        )
        child = Child(f"c{day // 2}", "lab", age_months=9.0 + day // 2)
        for made, segments in ((truth, own), (model, given)):
            made.append(Timeline(f"day{day}", segments, duration_s=3600.0, child=child))
    return truth, model


def canonical_proportion(truth: list[Timeline]) -> float:
    labels = [s.label for t in truth for s in t.segments if s.label != "Crying"]
    return labels.count("Canonical") / len(labels)


def rows(found, **wanted):
    return [r for r in found.rows if all(getattr(r, key) == value for key, value in wanted.items())]


def test_the_truth_is_in_the_intervals_where_the_model_is_not():
    truth, model = archive()
    sample = draw(build_frame(model), "pps", n=120, seed=5).stretches
    found = estimate(sample, truth, model, by=("archive", "child"))
    (whole,) = rows(found, by="archive", figure="cp_n")
    right = canonical_proportion(truth)
    assert whole.assisted.low < right < whole.assisted.high
    assert not whole.assisted.low < whole.uncorrected < whole.assisted.high
    assert whole.assisted.standard_error < whole.weighted.standard_error * 1.05
    children = rows(found, by="child", figure="n_Canonical")
    assert [row.group for row in children] == ["lab/c0", "lab/c1"]
    for row, days in zip(children, (truth[:2], truth[2:]), strict=True):
        babble = sum(s.label == "Canonical" for t in days for s in t.segments)
        assert row.is_estimable
        assert row.assisted.low < babble < row.assisted.high
    (time,) = rows(found, by="archive", figure="vocalizations_ph")
    assert time.uncorrected == pytest.approx(400.0)
    assert [text for text in found.warnings if "Laughing" not in text] == []  # there is none


def test_a_sample_of_everything_gives_the_truth():
    truth, model = archive()
    frame = build_frame(model)
    found = estimate(draw(frame, "random", n=len(frame), seed=1).stretches, truth, model)
    for row in rows(found, by="archive"):
        assert row.assisted.low == pytest.approx(row.assisted.high)
    (crying,) = rows(found, by="archive", figure="minutes_Crying")
    minutes = sum(s.duration_s for t in truth for s in t.segments if s.label == "Crying") / 60
    assert crying.assisted.value == pytest.approx(minutes)


def test_clips_that_annotators_labelled_correct_labels_but_not_misses():
    truth, model = archive()
    sample = draw(build_frame(model, unit="clips"), "random", n=300, seed=3).stretches
    found = estimate(sample, truth, model)
    (whole,) = rows(found, by="archive", figure="cp_n")
    assert whole.assisted.low < canonical_proportion(truth) < whole.assisted.high
    assert not rows(found, figure="vocalizations_ph")
    assert "vocalizations that it missed" in found.warnings[0]


def test_a_sample_without_probabilities_is_refused():
    truth, model = archive()
    sample = draw(build_frame(model), "high-volubility", n=10, seed=5).stretches
    with pytest.raises(DataError, match="high-volubility draws no probability sample"):
        estimate(sample, truth, model)


def test_stretches_without_annotations_are_refused_or_reported():
    truth, model = archive()
    sample = draw(build_frame(model), "random", n=120, seed=5).stretches
    with pytest.raises(DataError, match="sampled stretches have no annotations"):
        estimate(sample, truth[:3], model)
    found = estimate(sample, truth[:3], model, allow_missing=True)
    assert "missing at random" in found.warnings[0]
    (crying,) = rows(found, by="archive", figure="n_Crying")
    assert 200 < crying.assisted.value < 450  # not three quarters of it


def test_stretches_that_were_not_annotated_are_not_silent():
    truth, model = archive()
    sample = draw(build_frame(model), "random", n=120, seed=5).stretches
    spans: dict[str, list[tuple[float, float]]] = {}
    for each in sample[::2]:
        spans.setdefault(each.recording_id, []).append((each.onset_s, each.offset_s))

    def is_done(name: str, segment: Segment) -> bool:
        return any(a <= segment.onset_s < b for a, b in spans[name])

    done = [
        replace(t, segments=tuple(s for s in t.segments if is_done(t.recording_id, s)))
        for t in truth
    ]
    with pytest.raises(DataError, match="60 of 120 sampled stretches have no annotations"):
        estimate(sample, done, model, annotated=spans)
    found = estimate(sample, done, model, annotated=spans, allow_missing=True)
    (babble,) = rows(found, by="archive", figure="n_Canonical")
    right = sum(s.label == "Canonical" for t in truth for s in t.segments)
    assert babble.assisted.low < right < babble.assisted.high
    assert "count as silent" in estimate(sample, done, model).warnings[0]


def test_recordings_that_the_model_lacks_are_named():
    truth, model = archive()
    sample = draw(build_frame(model), "random", n=120, seed=5).stretches
    with pytest.raises(DataError, match="no segments of 1 recordings of the sample: day3"):
        estimate(sample, truth, model[:3])


def test_children_with_few_stretches_get_no_estimate():
    truth, model = archive()
    sample = draw(build_frame(model), "random", n=9, seed=5).stretches
    found = estimate(sample, truth, model, minimum=6)
    assert [r.is_estimable for r in rows(found, by="child", figure="n_Crying")].count(False) >= 1
    assert any("Too few sampled stretches" in text for text in found.warnings)


def test_a_vocalization_counts_where_it_begins():
    segments = [Segment(58, 62, "Crying"), Segment(60, 61, "Junk"), Segment(70, 71)]
    values = measures_of(segments, [(0, 60), (60, 120)])
    assert values[:, MEASURES.index("n_Crying")].tolist() == [1, 0]
    assert values[:, MEASURES.index("s_Crying")].tolist() == [2, 2]
    assert values[:, :-1].sum() == 5


def test_the_command_writes_table_page_and_paragraph(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    truth, model = archive()
    for name, made in (("human", truth), ("model", model)):
        (tmp_path / name).mkdir()
        for timeline in made:
            annotations.write(timeline, tmp_path / name / f"{timeline.recording_id}.parquet")
    write_sample(draw(build_frame(model), "pps", n=100, seed=5).stretches, tmp_path / "s.csv")
    words = ["corpus", "estimate", str(tmp_path / "model"), "-a", str(tmp_path / "human")]
    words += ["-s", str(tmp_path / "s.csv"), "-o", str(tmp_path / "figures.csv")]
    with pytest.raises(SystemExit) as end:
        main([*words, "--html", str(tmp_path / "page.html"), "--json"])
    assert end.value.code in (0, None)
    found = json.loads(capsys.readouterr().out)
    assert found["n_stretches"] == 100
    assert "The canonical proportion was" in found["paragraph"]
    table = (tmp_path / "figures.csv").read_text("utf-8").splitlines()
    assert table[0].startswith("by,group,figure,unit,uncorrected,corrected,corrected_low")
    assert len(table) == len(found["rows"]) + 1
    page = (tmp_path / "page.html").read_text("utf-8")
    assert "<svg" in page
    assert "lab/c1" in page
