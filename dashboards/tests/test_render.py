"""Pictures of dashboards: what was asked is what is drawn."""

import http.server
import json
import threading
import urllib.parse

import numpy as np
import pytest
from matplotlib.colors import to_hex
from matplotlib.figure import Figure
from matplotlib.image import imread

from dashboards import config, drawing, generate, render
from dashboards.prometheus import Series, asking
from dashboards.queries import Query, annotations, panels, queries
from dashboards.units import shown

NOW = 1_000_000.0
TIMES = NOW + np.arange(-600.0, 1.0, 60.0)
BOARDS = {
    name: json.loads(generate.files(config.load())[f"grafana/dashboards/{name}.json"])
    for name in generate.DASHBOARDS
}


def fake(query):
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


def drawn(panel, answers):
    figure = Figure(figsize=(6, 4))
    drawing.draw(figure, (0, 0, 6, 4), panel, answers, drawing.Times(-10.0, [-5.0]))
    return figure


def panel_of(kind):
    return next(p for board in BOARDS.values() for p in panels(board) if p["type"] == kind)


def test_a_picture_has_every_panel_at_its_place(tmp_path):
    board, asked = BOARDS["model"], []  # it has panels of every kind

    def ask(query):
        asked.append(query)
        return fake(query)

    out = tmp_path / "images" / "board.png"
    render.render(board, ask, out, {"__range": "10m"})
    assert len(asked) == len(queries(board)) + len(annotations(board))
    image = imread(out)
    rows = 3 + max(panel["gridPos"]["y"] + panel["gridPos"]["h"] for panel in board["panels"])
    for panel in panels(board):
        place = panel["gridPos"]
        height, width = image.shape[0] / rows, image.shape[1] / 24
        top = int((2 + place["y"]) * height)
        part = image[
            top : int(top + place["h"] * height),
            int(place["x"] * width) : int((place["x"] + place["w"]) * width),
            :3,
        ]
        assert part.std() > 0.02, panel["title"]


def test_lines_have_the_values_names_and_limits_of_the_panel():
    panel = next(p for p in panels(BOARDS["service"]) if p["title"] == "Failing share")
    series = Series({"route": "/predict"}, TIMES, np.linspace(0, 0.2, len(TIMES)))
    (axes,) = drawn(panel, [("{{route}} x", series)]).axes
    line, limit, mark = axes.get_lines()
    assert np.array_equal(line.get_ydata(), series.values)
    assert limit.get_ydata()[0] == 0.01
    assert mark.get_xdata()[0] == -5
    assert axes.get_legend().get_texts()[0].get_text() == "/predict x"
    assert axes.yaxis.get_major_formatter()(0.05, 0) == "5%"


def test_stacked_lines_are_added_up():
    panel = next(p for p in panels(BOARDS["service"]) if p["title"] == "Requests by route")
    late = Series({}, TIMES[5:], np.ones(len(TIMES) - 5))
    (axes,) = drawn(panel, [("a", Series({}, TIMES, np.ones(len(TIMES)))), ("b", late)]).axes
    assert [line.get_ydata()[-1] for line in axes.get_lines()[:2]] == [1, 2]
    assert axes.get_lines()[1].get_ydata()[0] == 1


def test_a_histogram_is_shown_by_what_is_in_each_bucket():
    (axes,) = drawn(
        panel_of("heatmap"),
        [
            ("{{le}}", series)
            for series in fake(Query("", "", frozenset({"le"}), "", instant=False))
        ],
    ).axes
    assert axes.collections[0].get_array()[:, 0].filled(0).tolist() == [1, 2, 0]
    assert [text.get_text() for text in axes.get_yticklabels()][-1] == "inf"


def test_a_number_has_the_colour_of_the_limit_that_it_reached():
    panel = next(p for p in panels(BOARDS["service"]) if p["title"] == "p95 latency")
    for value, color, text in ((0.02, "#56a64b", "20 ms"), (0.7, "#e02f44", "700 ms")):
        (axes,) = drawn(panel, [("p95", Series({}, TIMES[-1:], np.array([value])))]).axes
        assert axes.texts[0].get_text() == text
        assert to_hex(axes.texts[0].get_color()) == color


def test_states_have_the_colours_of_their_words():
    panel = next(p for p in panels(BOARDS["model"]) if p["title"] == "Model faults")
    (axes,) = drawn(
        panel, [("{{code}}", Series({"code": "x"}, TIMES[:2], np.array([0.0, 1.0])))]
    ).axes
    assert [to_hex(bar.get_facecolor()) for bar in axes.patches] == ["#56a64b", "#e02f44"]


def test_an_event_that_is_seen_at_several_steps_is_marked_once():
    assert render._beginnings(np.array([10.0, 15, 20, 50, 55])).tolist() == [10, 50]
    assert render._beginnings(np.array([10.0])).tolist() == [10]


def test_a_panel_without_data_says_so():
    (axes,) = drawn(panel_of("timeseries"), []).axes
    assert axes.texts[0].get_text() == "No data"


def test_a_picture_says_that_it_is_no_screenshot():
    assert "not a screenshot of Grafana" in render._FOOT


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
def test_values_are_shown_with_their_units(value, unit, text):
    assert shown(value, unit) == text


@pytest.fixture
def server():
    """A server that answers as Prometheus does, and keeps what it was asked."""
    asked = []

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_POST(self):
            form = self.rfile.read(int(self.headers["content-length"])).decode()
            asked.append((self.path, dict(urllib.parse.parse_qsl(form))))
            values = (
                {"values": [[1, "2"], [3, "NaN"]]} if "range" in self.path else {"value": [3, "4"]}
            )
            answer = {"status": "success", "data": {"result": [{"metric": {"a": "b"}, **values}]}}
            self.send_response(200)
            self.end_headers()
            self.wfile.write(json.dumps(answer).encode())

        def log_message(self, *_):
            pass

    with http.server.HTTPServer(("127.0.0.1", 0), Handler) as running:
        thread = threading.Thread(target=running.serve_forever)
        thread.start()
        yield f"http://127.0.0.1:{running.server_port}", asked
        running.shutdown()
        thread.join()


def test_prometheus_is_asked_for_a_range_or_for_now(server):
    url, asked = server
    ask = asking(url, start=100.0, end=200.0, step=5.0)
    (found,) = ask(Query("", 'a{b="c"}', frozenset(), "", instant=False))
    assert found.labels == {"a": "b"}
    assert found.times.tolist() == [1, 3]
    assert np.array_equal(found.values, [2, np.nan], equal_nan=True)
    (found,) = ask(Query("", "a", frozenset(), "", instant=True))
    assert found.values.tolist() == [4]
    assert asked == [
        (
            "/api/v1/query_range",
            {"query": 'a{b="c"}', "start": "100.0", "end": "200.0", "step": "5.0"},
        ),
        ("/api/v1/query", {"query": "a", "time": "200.0"}),
    ]
