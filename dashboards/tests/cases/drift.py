"""Test cases for the alerts on drift and on the drift job."""

from collections.abc import Mapping

from dashboards.tests.cases.case import AT, UP, Case, Firing

__all__ = ["CASES"]

LAST = f"vocalbaby_drift_last_success_timestamp_seconds{{{AT}}}"
STATUS = "vocalbaby_drift_status_fault"


def drift(
    why: str,
    outcome: str,
    *expected: Firing,
    score: float = 0.83,
    distance: float = 0.05,
    thresholds: bool = True,
) -> Case:
    figures = {"score": score, "prediction_score": distance}
    if thresholds:
        figures |= {"threshold": 0.62, "prediction_threshold": 0.1}

    def values(name: str) -> str:
        return f"0 {int(name == outcome)}x3"

    return Case(
        "VocalBabyDrift",
        why,
        {
            **{
                f'vocalbaby_drift_{name}{{{job}, feature_set="spectral"}}': f"{value}x3"
                for name, value in figures.items()
                for job in (AT, 'job="pushed"')
            },
            f'vocalbaby_drift_outcome{{{AT}, outcome="drift"}}': values("drift"),
            f'vocalbaby_drift_outcome{{{AT}, outcome="no_drift"}}': values("no_drift"),
        },
        1,
        [*expected],
    )


def not_compared(outcome: str, at: int, *expected: Firing, values: str = "0 1x200") -> Case:
    series = {f'vocalbaby_drift_outcome{{{AT}, outcome="{outcome}"}}': values}
    return Case("VocalBabyDriftNotCompared", outcome, series, at, [*expected])


def stale(
    why: str,
    series: Mapping[str, str],
    at: int,
    *expected: Firing,
    interval: int = 1,
) -> Case:
    return Case("VocalBabyDriftJobStale", why, series, at, [*expected], interval)


def uar(why: str, production: float, *expected: Firing) -> Case:
    return Case(
        "VocalBabyEstimatedUarDrop",
        why,
        {
            f'vocalbaby_estimated_uar{{{AT}, model_version="m"}}': f"0.9 {production}x3",
            f'vocalbaby_estimated_uar_reference{{{AT}, model_version="m"}}': "0.9x3",
        },
        1,
        [*expected],
    )


FEATURES_DRIFTED = (
    {"feature_set": "spectral", "moved": "features"},
    "The features drifted: the score of spectral is 0.83.",
)
CLASSES_DRIFTED = (
    {"feature_set": "spectral", "moved": "classes"},
    "The predicted classes drifted: their distance for spectral is 0.31.",
)

CASES = [
    drift("the features drifted", "drift", FEATURES_DRIFTED),
    drift("only the classes drifted", "drift", CLASSES_DRIFTED, score=0.53, distance=0.31),
    drift(
        "features and classes drifted", "drift", FEATURES_DRIFTED, CLASSES_DRIFTED, distance=0.31
    ),
    drift(
        "a server that does not export the thresholds", "drift", FEATURES_DRIFTED, thresholds=False
    ),
    drift("the job reports no drift", "no_drift", score=0.53),
    drift("later runs of the job could not compare", "too_few_rows", distance=0.31),
    not_compared(
        "missing_values",
        1,
        (
            {"outcome": "missing_values", "lack": "other"},
            "The outcome of the last run is missing_values.",
        ),
    ),
    not_compared(
        "too_few_rows",
        121,
        (
            {"outcome": "too_few_rows", "lack": "rows"},
            "The outcome of the last run is too_few_rows.",
        ),
    ),
    not_compared("too_few_rows", 200, values="1x110 0x90"),  # then a run that compared
    not_compared("drift", 130),
    not_compared("no_drift", 130),
    stale(
        "over 26 hours old",
        {LAST: "3600x200", **UP},
        1640,
        (
            {"reason": "old"},
            "The last comparison is 1d 2h 20m 0s old; 26 hours are allowed.",
        ),
        interval=10,
    ),
    stale("26 hours old", {LAST: "3600x200", **UP}, 1620, interval=10),
    stale("never", UP, 10, ({"reason": "never"}, "No run has ever made a comparison.")),
    stale(
        "never, with the initial value of the gauge",
        {LAST: "0x15", **UP},
        10,
        ({"reason": "never"}, "No run has ever made a comparison."),
    ),
    stale(
        "never, because of too few rows, which has its own alert",
        {f'vocalbaby_drift_outcome{{{AT}, outcome="too_few_rows"}}': "1x200", **UP},
        150,
    ),
    stale("no result while the service is down", {f"up{{{AT}}}": "0x15"}, 15),
    stale(
        "unreadable",
        {LAST: "60x15", f'{STATUS}{{{AT}, code="torn"}}': "1x15", **UP},
        10,
        (
            {"reason": "unreadable", "code": "torn"},
            "The result of the last run cannot be read: torn.",
        ),
    ),
    stale(
        "missing, while the time of the last comparison is known",
        {LAST: "60x15", f'{STATUS}{{{AT}, code="missing"}}': "1x15", **UP},
        15,
    ),
    uar(
        "0.06 lost",
        0.84,
        ({"model_version": "m"}, "The estimated UAR of m is 0.06 below that of the reference."),
    ),
    uar("0.04 lost", 0.86),
]
