"""Answers of a Prometheus server over a time."""

import json
import urllib.parse
import urllib.request
from collections.abc import Callable, Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from dashboards.queries import Query

__all__ = ["Ask", "Series", "asking"]

_TIMEOUT_S = 30.0


class Series(NamedTuple):
    """One answer to a query: labels, and float64 values at Unix times in seconds."""

    labels: Mapping[str, str]
    times: NDArray[np.float64]
    values: NDArray[np.float64]


#: Asks one query; an instant one gets series of one value.
Ask = Callable[[Query], Sequence[Series]]


def asking(url: str, *, start: float, end: float, step: float) -> Ask:
    """Ask a Prometheus server.

    Args:
        url: Its address, e.g. ``http://127.0.0.1:9090``.
        start: First time, in Unix seconds.
        end: Last time; an instant query is asked for this one.
        step: Seconds between two values.

    Raises:
        urllib.error.URLError: When asked: there is no server, or it refuses the query.
    """

    def ask(query: Query) -> list[Series]:
        times = {"time": end} if query.instant else {"start": start, "end": end, "step": step}
        form = urllib.parse.urlencode({"query": query.expr, **times}).encode()
        kind = "query" if query.instant else "query_range"
        request = urllib.request.Request(f"{url.rstrip('/')}/api/v1/{kind}", form)  # noqa: S310
        with urllib.request.urlopen(request, timeout=_TIMEOUT_S) as answer:  # noqa: S310
            return [_series(found) for found in json.load(answer)["data"]["result"]]

    return ask


def _series(found: Mapping[str, Any]) -> Series:
    pairs = found["values"] if "values" in found else [found["value"]]
    table = np.array([(time, float(value)) for time, value in pairs], dtype=np.float64)
    return Series(found["metric"], table[:, 0], table[:, 1])
