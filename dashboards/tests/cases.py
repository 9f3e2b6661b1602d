"""What every alert is tried on: series that just set it off, and series that just do not."""

from collections.abc import Mapping
from typing import NamedTuple

__all__ = ["CASES", "Case"]

AT = 'job="vocalbaby", instance="a:8000"'
ON = {"job": "vocalbaby", "instance": "a:8000"}


class Case(NamedTuple):
    """One experiment.

    Attributes:
        alert: Its name.
        why: What the experiment shows.
        series: Values by series, one every ``interval``, in promtool's notation.
        at: When it is looked at, in minutes; what fires then did not one ``interval`` before.
        expected: Labels and description of what fires then; nothing is the other half.
        interval: Minutes between two values, and between two evaluations.
        begins: False where it has fired for longer.
    """

    alert: str
    why: str
    series: Mapping[str, str]
    at: int
    expected: list[tuple[Mapping[str, str], str]]
    interval: int = 1
    begins: bool = True


def requests(route: str, status: int) -> str:
    return f'vocalbaby_requests_total{{{AT}, method="POST", route="{route}", status="{status}"}}'


def burn(
    why: str, ok: str, failed: str, at: int, *windows: tuple[str, str, str], route: str = "/predict"
) -> Case:
    text = "{} of the requests of the last {} failed, over {} times the 0.01 that may."
    return Case(
        "VocalBabyErrorBudgetBurn",
        why,
        {requests(route, 200): ok, requests(route, 503): failed},
        at,
        [
            ({"window": window}, text.format(share, window, factor))
            for window, factor, share in windows
        ],
    )


def slow(why: str, fast: int, *expected: tuple[Mapping[str, str], str]) -> Case:
    metric = "vocalbaby_request_duration_seconds"
    return Case(
        "VocalBabySlow",
        why,
        {
            f'{metric}_bucket{{{AT}, route="/predict", le="0.5"}}': f"0+{fast}x20",
            f'{metric}_count{{{AT}, route="/predict"}}': "0+1000x20",
        },
        11,
        [*expected],
    )


def saturated(resource: str, metric: str, full: float, share: str, bound: int) -> list[Case]:
    labels = {**ON, "resource": resource}
    text = f"a:8000: {share} of the {resource} it may have ({bound})."
    return [
        Case(
            "VocalBabySaturated",
            f"{resource} over 80 %",
            {f"{metric}{{{AT}}}": f"{full}x8"},
            5,
            [(labels, text)],
        ),
        Case(
            "VocalBabySaturated",
            f"{resource} over 80 % for too short a time",
            {f"{metric}{{{AT}}}": f"0x4 {full}x4"},
            7,
            [],
        ),
        Case(
            "VocalBabySaturated",
            f"{resource} below 80 %",
            {f"{metric}{{{AT}}}": f"{int(full * 0.97)}x8"},
            7,
            [],
        ),
    ]


def fault(alert: str, code: str, at: int, *expected: tuple[Mapping[str, str], str]) -> Case:
    series = {f'vocalbaby_model_fault{{{AT}, code="{code}"}}': "1x7"}
    return Case(alert, code, series, at, [*expected])


def clips(
    why: str, abstained: str, labelled: str, *expected: tuple[Mapping[str, str], str]
) -> Case:
    def series(name: str) -> str:
        return f'vocalbaby_predictions_total{{{AT}, class="{name}", model_version="m"}}'

    return Case(
        "VocalBabyAbstentionsHigh",
        why,
        {series("abstained"): abstained, series("Crying"): labelled},
        16 if expected else 50,
        [*expected],
    )


def drift(
    why: str,
    outcome: str,
    *expected: tuple[Mapping[str, str], str],
    score: float = 0.83,
    distance: float = 0.05,
    limits: bool = True,
) -> Case:
    found = {"score": score, "prediction_score": distance}
    if limits:
        found |= {"threshold": 0.62, "prediction_threshold": 0.1}

    def is_it(name: str) -> str:
        return f"0 {int(name == outcome)}x3"

    return Case(
        "VocalBabyDrift",
        why,
        {
            **{
                f'vocalbaby_drift_{name}{{{job}, feature_set="spectral"}}': f"{value}x3"
                for name, value in found.items()
                for job in (AT, 'job="pushed"')
            },
            f'vocalbaby_drift_outcome{{{AT}, outcome="drift"}}': is_it("drift"),
            f'vocalbaby_drift_outcome{{{AT}, outcome="no_drift"}}': is_it("no_drift"),
        },
        1,
        [*expected],
    )


def not_compared(
    outcome: str, at: int, *expected: tuple[Mapping[str, str], str], values: str = "0 1x200"
) -> Case:
    series = {f'vocalbaby_drift_outcome{{{AT}, outcome="{outcome}"}}': values}
    return Case("VocalBabyDriftNotCompared", outcome, series, at, [*expected])


def stale(
    why: str,
    series: Mapping[str, str],
    at: int,
    *expected: tuple[Mapping[str, str], str],
    interval: int = 1,
) -> Case:
    return Case("VocalBabyDriftJobStale", why, series, at, [*expected], interval)


def uar(why: str, production: float, *expected: tuple[Mapping[str, str], str]) -> Case:
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


def logged(
    alert: str,
    why: str,
    what: str,
    counts: Mapping[str, str],
    at: int,
    *expected: tuple[Mapping[str, str], str],
) -> Case:
    series = {
        f'vocalbaby_prediction_log_{what}_total{{{AT}, outcome="{outcome}"}}': values
        for outcome, values in counts.items()
    }
    return Case(alert, why, series, at, [*expected])


UP = {f"up{{{AT}}}": "1x2000"}
LAST = f"vocalbaby_drift_last_success_timestamp_seconds{{{AT}}}"
STATUS = "vocalbaby_drift_status_fault"
IN_FLIGHT, QUEUE = "vocalbaby_requests_in_flight", "vocalbaby_queue_clips"
MEMORY = "process_resident_memory_bytes"
REFUSED, STORE = "VocalBabyModelRefused", "VocalBabyStoreFault"
FAILING, DROPPING = "VocalBabyPredictionLogFailing", "VocalBabyPredictionLogDropping"
HERE = {"instance": "a:8000"}

FEATURES_MOVED = (
    {"feature_set": "spectral", "moved": "features"},
    "The features moved: the score of spectral is 0.83.",
)
CLASSES_MOVED = (
    {"feature_set": "spectral", "moved": "classes"},
    "The predicted classes moved: their distance in spectral is 0.31.",
)

CASES = [
    Case(
        "VocalBabyDown",
        "down for a minute",
        {f"up{{{AT}}}": "0x3"},
        1,
        [(ON, "a:8000 could not be scraped.")],
    ),
    Case("VocalBabyDown", "just gone", {f"up{{{AT}}}": "1x2 0x1"}, 3, []),
    Case("VocalBabyDown", "another job is down", {'up{job="other", instance="b"}': "0x3"}, 2, []),
    Case(
        "VocalBabyAbsent",
        "no target",
        {'up{job="other", instance="b"}': "1x9"},
        5,
        [({"job": "vocalbaby"}, "The job vocalbaby has no target.")],
    ),
    Case("VocalBabyAbsent", "a target that is down", {f"up{{{AT}}}": "0x9"}, 6, []),
    burn("over 14.4", "0+850x10", "0+150x10", 3, ("1h", "14.4", "15%")),
    burn("below 14.4", "0+860x10", "0+140x10", 10),
    burn("over 6", "0+935x30", "0+65x30", 16, ("6h", "6", "6.5%")),
    burn("below 6", "0+945x30", "0+55x30", 30),
    burn("over 3", "0+967x120", "0+33x120", 61, ("1d", "3", "3.3%")),
    burn("below 3", "0+973x120", "0+27x120", 120),
    burn("over 1", "0+9890x300", "0+110x300", 181, ("3d", "1", "1.1%")),
    burn("below 1", "0+9910x300", "0+90x300", 300),
    burn(
        "over for 40 minutes: nobody is woken for what the long windows still hold",
        "0+500x60 30500+1000x40",
        "0+500x60 30000x40",
        100,
        ("1d", "3", "30.15%"),
    )._replace(begins=False),
    burn(
        "over for 6 hours: the longest remembers",
        "0+500x60 30500+1000x340",
        "0+500x60 30000x340",
        400,
        ("3d", "1", "7.509%"),
    )._replace(begins=False),
    burn(
        "over for 7 hours: the longest is silent as well",
        "0+500x60 30500+1000x420",
        "0+500x60 30000x420",
        480,
    ),
    burn(
        "the V2 protocol counts",
        "0+850x10",
        "0+150x10",
        3,
        ("1h", "14.4", "15%"),
        route="/v2/models/{name}/versions/{version}/infer",
    ),
    burn("probes do not count", "0+0x10", "0+1000x10", 10, route="/ready"),
    slow("over 5 %", 945, ({}, "5.5% of the requests took longer than 0.5 s.")),
    slow("below 5 %", 955),
    *saturated("requests in flight", IN_FLIGHT, 52, "81.25%", 64),
    *saturated("waiting clips", QUEUE, 832, "81.25%", 1024),
    *saturated("connections", "process_open_fds", 416, "81.25%", 512),
    *saturated("memory", MEMORY, 872415232, "81.25%", 1073741824),
    Case(
        "VocalBabySaturated",
        "memory of two workers together",
        {f'{MEMORY}{{{AT}, worker="{worker}"}}': "436207616x8" for worker in (0, 1)},
        5,
        [({**ON, "resource": "memory"}, "a:8000: 81.25% of the memory it may have (1073741824).")],
    ),
    Case(
        "VocalBabyNoTraffic",
        "nobody asks any more",
        {**UP, requests("/predict", 200): "0+60x5 300x30"},
        30,
        [({}, "0 requests per second.")],
        begins=False,  # versions of Prometheus differ by a sample at the edge of a window
    ),
    Case(
        "VocalBabyNoTraffic",
        "nobody has ever asked, but for probes",
        {**UP, requests("/ready", 200): "0+60x30"},
        15,
        [({}, "0 requests per second.")],
    ),
    Case(
        "VocalBabyNoTraffic",
        "a request each minute",
        {**UP, requests("/predict", 200): "0+1x30"},
        30,
        [],
    ),
    Case("VocalBabyNoTraffic", "down, which is another alert", {f"up{{{AT}}}": "0x30"}, 30, []),
    Case(
        "VocalBabyWorkerRestarts",
        "three restarts of workers",
        {f"vocalbaby_worker_starts_total{{{AT}}}": "2x10 3 4 5x9"},
        13,
        [(ON, "a:8000: 3 restarts within 15m.")],
    ),
    Case(
        "VocalBabyWorkerRestarts",
        "three restarts of the only process",
        {f"process_start_time_seconds{{{AT}}}": "100x10 720 780 840x9"},
        13,
        [(ON, "a:8000: 3 restarts within 15m.")],
    ),
    Case(
        "VocalBabyWorkerRestarts",
        "two restarts",
        {f"vocalbaby_worker_starts_total{{{AT}}}": "2x10 3 4x10"},
        20,
        [],
    ),
    fault(
        REFUSED,
        "bundle_checksum",
        2,
        ({**ON, "code": "bundle_checksum"}, "a:8000 refuses a model: bundle_checksum."),
    ),
    fault(
        REFUSED,
        "feature_set_invalid",
        2,
        ({**ON, "code": "feature_set_invalid"}, "a:8000 refuses a model: feature_set_invalid."),
    ),
    fault(REFUSED, "storage_unavailable", 6),
    fault(
        STORE,
        "storage_unavailable",
        5,
        (
            {**ON, "code": "storage_unavailable"},
            "a:8000 cannot follow the store: storage_unavailable.",
        ),
    ),
    fault(STORE, "bundle_invalid", 6),
    clips(
        "over 25 %", "0+27x50", "0+73x50", ({}, "27% of the clips of the last 30m got no label.")
    ),
    clips("below 25 %", "0+23x50", "0+77x50"),
    clips("too few clips to tell", "0+1x50", "0x50"),
    drift("the features moved", "drift", FEATURES_MOVED),
    drift("the classes alone moved", "drift", CLASSES_MOVED, score=0.53, distance=0.31),
    drift("both moved", "drift", FEATURES_MOVED, CLASSES_MOVED, distance=0.31),
    drift("a server that tells no limits", "drift", FEATURES_MOVED, limits=False),
    drift("the job says no drift", "no_drift", score=0.53),
    drift("the job could not compare since", "too_few_rows", distance=0.31),
    not_compared(
        "missing_values",
        1,
        (
            {"outcome": "missing_values", "lack": "other"},
            "The outcome of its last run is missing_values.",
        ),
    ),
    not_compared(
        "too_few_rows",
        121,
        (
            {"outcome": "too_few_rows", "lack": "rows"},
            "The outcome of its last run is too_few_rows.",
        ),
    ),
    not_compared("too_few_rows", 200, values="1x110 0x90"),  # rows came, and a run that compared
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
    stale("never", UP, 10, ({"reason": "never"}, "No run has ever compared anything.")),
    stale(
        "never, as a gauge that was not set tells it",
        {LAST: "0x15", **UP},
        10,
        ({"reason": "never"}, "No run has ever compared anything."),
    ),
    stale(
        "never, for want of rows: that has an alert of its own",
        {f'vocalbaby_drift_outcome{{{AT}, outcome="too_few_rows"}}': "1x200", **UP},
        150,
    ),
    stale("nothing is known while the service is down", {f"up{{{AT}}}": "0x15"}, 15),
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
        "missing while the last one is known",
        {LAST: "60x15", f'{STATUS}{{{AT}, code="missing"}}': "1x15", **UP},
        15,
    ),
    uar(
        "0.06 lost",
        0.84,
        ({"model_version": "m"}, "The estimated UAR of m is 0.06 below the reference's."),
    ),
    uar("0.04 lost", 0.86),
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
    logged(FAILING, "none failed lately", "rows", {"failed": "7x20", "written": "0+100x20"}, 20),
    logged(
        DROPPING,
        "over 1 in 1000",
        "rows",
        {"dropped": "0+11x20", "written": "0+9989x20"},
        6,
        (HERE, "a:8000: 0.11% of the rows dropped within 10m."),
    ),
    logged(DROPPING, "below 1 in 1000", "rows", {"dropped": "0+9x20", "written": "0+9991x20"}, 20),
]
