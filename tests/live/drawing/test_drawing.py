"""Images of dashboards show the results of the panels' queries."""

import json

import numpy as np
import pytest
from matplotlib.colors import to_hex
from matplotlib.figure import Figure
from matplotlib.image import imread

from dashboards import config, generate
from dashboards.tests.queries import Query, annotations, panels, queries
from tests.live.drawing import dashboard as drawing
from tests.live.drawing.panel import TimeAxis, draw_panel
from tests.live.drawing.units import format_value
from tests.live.prometheus_api import Series

NOW = 1_000_000.0
TIMES = NOW + np.arange(-600.0, 1.0, 60.0)
DASHBOARDS = {
    name: json.loads(generate.files(config.load())[f"grafana/dashboards/{name}.json"])
    for name in generate.DASHBOARDS
}


def fake_results(query):
    """Two series for every query, with the labels that its legend names."""
    values = np.linspace(0, 1, len(TIMES)) > 0.5
    if "le" in query.labels:
        return [
            Series({"le": le}, TIMES, np.full(len(TIMES), count))
            for le, count in (("0.1", 1.0), ("0.5", 3.0), ("+Inf", 3.0))
        ]
    times = TIMES[-1:] if query.instant else TIMES
    return [
        Series(dict.fromkeys(query.labels, name), times, values[-len(times) :].astype(float))
        for name in ("one", "two")
    ]


def draw(panel, results):
    figure = Figure(figsize=(6, 4))
    draw_panel(figure, (0, 0, 6, 4), panel, results, TimeAxis(-10.0, [-5.0]))
    return figure


def panel_of(kind):
    return next(
        p for dashboard in DASHBOARDS.values() for p in panels(dashboard) if p["type"] == kind
    )


def test_an_image_has_every_panel_at_its_grid_position(tmp_path):
    dashboard, asked = DASHBOARDS["model"], []  # this dashboard has panels of every kind

    def run_query(query):
        asked.append(query)
        return fake_results(query)

    out = tmp_path / "images" / "dashboard.png"
    drawing.draw_dashboard(dashboard, run_query, out, {"__range": "10m"})
    assert len(asked) == len(queries(dashboard)) + len(annotations(dashboard))
    image = imread(out)
    rows = 3 + max(panel["gridPos"]["y"] + panel["gridPos"]["h"] for panel in dashboard["panels"])
    for panel in panels(dashboard):
        place = panel["gridPos"]
        height, width = image.shape[0] / rows, image.shape[1] / 24
        top = int((2 + place["y"]) * height)
        part = image[
            top : int(top + place["h"] * height),
            int(place["x"] * width) : int((place["x"] + place["w"]) * width),
            :3,
        ]
        assert part.std() > 0.02, panel["title"]


def test_a_time_series_has_the_values_legends_and_thresholds_of_the_panel():
    panel = next(p for p in panels(DASHBOARDS["service"]) if p["title"] == "Error ratio")
    series = Series({"route": "/predict"}, TIMES, np.linspace(0, 0.2, len(TIMES)))
    (axes,) = draw(panel, [("{{route}} x", series)]).axes
    line, threshold, event = axes.get_lines()
    assert np.array_equal(line.get_ydata(), series.values)
    assert threshold.get_ydata()[0] == 0.01
    assert event.get_xdata()[0] == -5
    assert axes.get_legend().get_texts()[0].get_text() == "/predict x"
    assert axes.yaxis.get_major_formatter()(0.05, 0) == "5%"


def test_stacked_time_series_are_added_up():
    panel = next(p for p in panels(DASHBOARDS["service"]) if p["title"] == "Requests by route")
    late = Series({}, TIMES[5:], np.ones(len(TIMES) - 5))
    (axes,) = draw(panel, [("a", Series({}, TIMES, np.ones(len(TIMES)))), ("b", late)]).axes
    assert [line.get_ydata()[-1] for line in axes.get_lines()[:2]] == [1, 2]
    assert axes.get_lines()[1].get_ydata()[0] == 1


def test_a_heatmap_shows_the_count_of_each_bucket():
    (axes,) = draw(
        panel_of("heatmap"),
        [
            ("{{le}}", series)
            for series in fake_results(Query("", "", frozenset({"le"}), "", instant=False))
        ],
    ).axes
    assert axes.collections[0].get_array()[:, 0].filled(0).tolist() == [1, 2, 0]
    assert [text.get_text() for text in axes.get_yticklabels()][-1] == "inf"


def test_a_stat_has_the_colour_of_the_threshold_that_it_reached():
    panel = next(p for p in panels(DASHBOARDS["service"]) if p["title"] == "p95 latency")
    for value, color, text in ((0.02, "#56a64b", "20 ms"), (0.7, "#e02f44", "700 ms")):
        (axes,) = draw(panel, [("p95", Series({}, TIMES[-1:], np.array([value])))]).axes
        assert axes.texts[0].get_text() == text
        assert to_hex(axes.texts[0].get_color()) == color


def test_a_state_timeline_has_the_colours_of_the_states():
    panel = next(p for p in panels(DASHBOARDS["model"]) if p["title"] == "Model faults")
    (axes,) = draw(
        panel, [("{{code}}", Series({"code": "x"}, TIMES[:2], np.array([0.0, 1.0])))]
    ).axes
    assert [to_hex(bar.get_facecolor()) for bar in axes.patches] == ["#56a64b", "#e02f44"]


def test_an_event_that_spans_several_steps_is_drawn_once():
    assert drawing._run_starts(np.array([10.0, 15, 20, 50, 55])).tolist() == [10, 50]
    assert drawing._run_starts(np.array([10.0])).tolist() == [10]


def test_a_panel_without_data_says_so():
    (axes,) = draw(panel_of("timeseries"), []).axes
    assert axes.texts[0].get_text() == "No data"


def test_an_image_says_that_it_is_not_a_screenshot():
    assert "not a screenshot of Grafana" in drawing._FOOTER


@pytest.mark.parametrize(
    ("value", "unit", "text"),
    [
        (0.0005, "s", "500 µs"),
        (0.012, "s", "12 ms"),
        (90_000, "s", "1.04 days"),
        (-300, "s", "-5 min"),
        (0.0123, "percentunit", "1.23%"),
        (3 * 2**20, "bytes", "3 MiB"),
        (12_345, "short", "12.3 K"),
        (0.25, "short", "0.25"),
        (0, "short", "0"),
        (2.5, "reqps", "2.5 req/s"),
        (2.5, "suffix: clips/s", "2.5 clips/s"),
        (float("nan"), "s", "NaN"),
    ],
)
def test_values_are_formatted_with_their_units(value, unit, text):
    assert format_value(value, unit) == text
