from dataclasses import replace

import pytest

from vocalbaby.monitoring.drift.report import render_report
from vocalbaby.monitoring.drift_result import (
    ColumnResult,
    DriftResult,
    PredictionResult,
    WindowTimes,
)

COLUMN = ColumnResult(
    name="f0_<mean>",
    group="prosody",
    method="wasserstein",
    distance=0.5,
    threshold=0.2,
    drifted=True,
    shift=-1.25,
    missing_reference=0.1,
    missing_current=0.2,
    missing_drifted=False,
)
RESULT = DriftResult(
    run="a",
    started=0.0,
    finished=1.0,
    outcome="drift",
    model_version="m-1",
    feature_set="spectral_prosodic",
    rows=7,
    score=0.8,
    threshold=0.6,
    reference_rows=500,
    groups={"prosody": 0.25},
    columns=(COLUMN,),
    predictions=PredictionResult(
        distance=0.3,
        threshold=0.1,
        drifted=True,
        reference={"Junk": 0.75, "Crying": 0.25},
        current={"Junk": 1.0},
    ),
    summary=("Drift: <b>.", "This may be noise."),
)


def test_the_summary_comes_before_the_figures_of_evidently() -> None:
    page = render_report(RESULT, "<html><head></head><body><div id='theirs'></div></body></html>")
    places = [
        page.index(text)
        for text in (
            "<title>Drift: a</title>",
            "<h1>Drift</h1>",
            "Drift: &lt;b&gt;.",
            "<li>This may be noise.</li>",
            "prosody (F0 and voicing)",
            "25%",
            "f0_&lt;mean&gt;",
            "-1.25",
            "id='theirs'",
        )
    ]
    assert places == sorted(places)
    assert "<td>Crying</td>" in page
    assert "f0_<mean>" not in page


def test_a_report_without_evidently_is_a_complete_page() -> None:
    failed = DriftResult(run="b", started=0, finished=1, outcome="failed", summary=("No <log>.",))
    page = render_report(failed)
    assert page.startswith("<!DOCTYPE html>")
    assert "<h1>The job failed</h1><p>No &lt;log&gt;.</p>" in page
    assert "<table>" not in page


def test_a_page_without_body_is_refused() -> None:
    with pytest.raises(ValueError, match="no <body>"):
        render_report(RESULT, "<html></html>")


@pytest.mark.parametrize(
    ("since", "until", "shown"),
    [(0.0, 3600.0, True), (None, 3600.0, False), (0.0, None, False), (None, None, False)],
)
def test_a_window_is_shown_if_both_ends_are_known(
    since: float | None, until: float | None, *, shown: bool
) -> None:
    page = render_report(replace(RESULT, window=WindowTimes(since=since, until=until)))
    assert ("window 1970-01-01" in page) is shown
