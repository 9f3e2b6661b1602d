"""Images of dashboards with live data, drawn with Matplotlib.

No Grafana server is available where the tests run. The images show the results of the panels'
queries, with the layout, titles, units, thresholds and annotations of the dashboard. They are
not screenshots of Grafana, and each image says so in its footer.
"""

from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

import numpy as np
from matplotlib.figure import Figure
from numpy.typing import NDArray

from dashboards.tests.queries import annotations, panels, queries
from tests.live.drawing.panel import TimeAxis, draw_panel
from tests.live.prometheus_api import RunQuery

__all__ = ["draw_dashboard"]

_COLUMNS: Final = 24
_WIDTH_IN: Final = 18.0
_ROW_IN: Final = 0.42
_HEADER_ROWS: Final = 2
_FOOTER: Final = (
    "Drawn with Matplotlib from the results of the panels' queries in Prometheus;"
    " not a screenshot of Grafana."
)


def draw_dashboard(
    dashboard: Mapping[str, Any],
    run_query: RunQuery,
    out: Path,
    values: Mapping[str, str] | None = None,
) -> None:
    """Draw every panel of a dashboard into one PNG file.

    Args:
        dashboard: The dashboard's JSON, parsed.
        run_query: Runs a query on Prometheus. A panel without data says so in the image.
        out: The PNG file.
        values: Values of variables, see :func:`dashboards.tests.queries.queries`.
    """
    results = [
        (query, series) for query in queries(dashboard, values) for series in run_query(query)
    ]
    ends = [series.times[[0, -1]] for _, series in results] or [np.zeros(2)]
    first, now = np.min(ends), np.max(ends)
    events = [
        (time - now) / 60
        for query in annotations(dashboard, values)
        for series in run_query(query)
        for time in _run_starts(series.times)
    ]
    time_axis = TimeAxis((first - now) / 60, events)

    rows = (
        _HEADER_ROWS + 1 + max(p["gridPos"]["y"] + p["gridPos"]["h"] for p in dashboard["panels"])
    )
    figure = _page(dashboard, rows)
    for panel in panels(dashboard):
        grid = panel["gridPos"]
        column = _WIDTH_IN / _COLUMNS
        below = rows - _HEADER_ROWS - grid["y"] - grid["h"]
        box = (grid["x"] * column, below * _ROW_IN, grid["w"] * column, grid["h"] * _ROW_IN)
        panel_results = [
            (query.legend, series._replace(times=(series.times - now) / 60))
            for query, series in results
            if query.panel == panel["title"]
        ]
        draw_panel(figure, box, panel, panel_results, time_axis)
    out.parent.mkdir(parents=True, exist_ok=True)
    figure.savefig(out, metadata={"Software": ""})


def _page(dashboard: Mapping[str, Any], rows: int) -> Figure:
    """An empty page with the title, the headings of the rows and the footer."""
    figure = Figure(figsize=(_WIDTH_IN, rows * _ROW_IN), dpi=80, facecolor="#f4f5f5")
    figure.text(0.01, 1 - 1.2 / rows, dashboard["title"], size=16, weight="bold")
    figure.text(0.01, 0.3 / rows, _FOOTER, size=9, color="#555555")
    for panel in dashboard["panels"]:
        if panel["type"] == "row":
            top = 1 - (_HEADER_ROWS + panel["gridPos"]["y"] + 0.75) / rows
            figure.text(0.01, top, panel["title"], size=12, weight="bold")
    return figure


def _run_starts(times: NDArray[np.float64]) -> NDArray[np.float64]:
    """The first time of each run of consecutive steps: one event spans several steps."""
    gaps = np.diff(times, prepend=-np.inf)
    step = gaps[1:].min(initial=np.inf)
    return times[gaps > 1.5 * step] if len(times) > 1 else times
