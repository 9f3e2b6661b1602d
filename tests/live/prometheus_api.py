"""Queries to the HTTP API of a Prometheus server."""

import json
import urllib.parse
import urllib.request
from collections.abc import Callable, Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from dashboards.tests.queries import Query

__all__ = ["RunQuery", "Series", "query_runner"]

_TIMEOUT_S = 30.0


class Series(NamedTuple):
    """One series of a query result.

    Attributes:
        labels: Labels of the series.
        times: Unix times in seconds; float64, shape (n,).
        values: Values at these times; float64, shape (n,).
    """

    labels: Mapping[str, str]
    times: NDArray[np.float64]
    values: NDArray[np.float64]


#: Runs one query; each series of an instant query has one value.
RunQuery = Callable[[Query], Sequence[Series]]


def query_runner(url: str, *, start: float, end: float, step: float) -> RunQuery:
    """Return a function that runs queries on a Prometheus server.

    Args:
        url: Address of the server, e.g. ``http://127.0.0.1:9090``.
        start: First time of range queries, in Unix seconds.
        end: Last time of range queries, and the time of instant queries.
        step: Resolution of range queries in seconds.

    The returned function raises :exc:`urllib.error.URLError` when no server answers, or when
    the server rejects the query.
    """

    def run(query: Query) -> list[Series]:
        times = {"time": end} if query.instant else {"start": start, "end": end, "step": step}
        form = urllib.parse.urlencode({"query": query.expr, **times}).encode()
        kind = "query" if query.instant else "query_range"
        request = urllib.request.Request(f"{url.rstrip('/')}/api/v1/{kind}", form)
        with urllib.request.urlopen(request, timeout=_TIMEOUT_S) as response:
            return [_series(result) for result in json.load(response)["data"]["result"]]

    return run


def _series(result: Mapping[str, Any]) -> Series:
    pairs = result["values"] if "values" in result else [result["value"]]
    table = np.array([(time, float(value)) for time, value in pairs], dtype=np.float64)
    return Series(result["metric"], table[:, 0], table[:, 1])
