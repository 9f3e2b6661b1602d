"""Test cases for the alerts on the prediction log."""

from collections.abc import Mapping

from dashboards.tests.cases.case import AT, Case, Firing

__all__ = ["CASES"]

FAILING, DROPPING = "VocalBabyPredictionLogFailing", "VocalBabyPredictionLogDropping"
HERE = {"instance": "a:8000"}


def logged(
    alert: str,
    why: str,
    what: str,
    counts: Mapping[str, str],
    at: int,
    *expected: Firing,
) -> Case:
    series = {
        f'vocalbaby_prediction_log_{what}_total{{{AT}, outcome="{outcome}"}}': values
        for outcome, values in counts.items()
    }
    return Case(alert, why, series, at, [*expected])


CASES = [
    logged(
        FAILING,
        "rows failed",
        "rows",
        {"failed": "0x12 7x9", "written": "0+100x20"},
        13,
        ({**HERE, "what": "rows"}, "a:8000: 7 rows failed within 10m."),
    ),
    logged(
        FAILING,
        "files failed",
        "files",
        {"failed": "0x12 1x9", "shipped": "0+1x20"},
        13,
        ({**HERE, "what": "files"}, "a:8000: 1 files failed within 10m."),
    ),
    logged(FAILING, "no recent failures", "rows", {"failed": "7x20", "written": "0+100x20"}, 20),
    logged(
        DROPPING,
        "over 1 in 1000",
        "rows",
        {"dropped": "0+11x20", "written": "0+9989x20"},
        6,
        (HERE, "a:8000: 0.11% of the rows were dropped within 10m."),
    ),
    logged(DROPPING, "below 1 in 1000", "rows", {"dropped": "0+9x20", "written": "0+9991x20"}, 20),
]
