"""Test cases for the alerts on the service."""

from dashboards.tests.cases.case import AT, INSTANCE, UP, Case, Firing

__all__ = ["CASES"]

IN_FLIGHT, QUEUE = "vocalbaby_requests_in_flight", "vocalbaby_queue_clips"
MEMORY = "process_resident_memory_bytes"


def requests(route: str, status: int) -> str:
    return f'vocalbaby_requests_total{{{AT}, method="POST", route="{route}", status="{status}"}}'


def burn(
    why: str, ok: str, failed: str, at: int, *windows: tuple[str, str, str], route: str = "/predict"
) -> Case:
    text = "{} of the requests of the last {} failed, more than {} times the allowed share of 0.01."
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


def slow(why: str, fast: int, *expected: Firing) -> Case:
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
    labels = {**INSTANCE, "resource": resource}
    text = f"a:8000: {share} of the limit of {resource} ({bound}) is in use."
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


CASES = [
    Case(
        "VocalBabyDown",
        "down for a minute",
        {f"up{{{AT}}}": "0x3"},
        1,
        [(INSTANCE, "a:8000 could not be scraped.")],
    ),
    Case("VocalBabyDown", "down for less than a minute", {f"up{{{AT}}}": "1x2 0x1"}, 3, []),
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
        "no failures for 40 minutes: no critical alert for what the long windows still contain",
        "0+500x60 30500+1000x40",
        "0+500x60 30000x40",
        100,
        ("1d", "3", "30.15%"),
    )._replace(begins=False),
    burn(
        "no failures for 6 hours: only the longest windows still fire",
        "0+500x60 30500+1000x340",
        "0+500x60 30000x340",
        400,
        ("3d", "1", "7.509%"),
    )._replace(begins=False),
    burn(
        "no failures for 7 hours: the longest windows are silent as well",
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
        [
            (
                {**INSTANCE, "resource": "memory"},
                "a:8000: 81.25% of the limit of memory (1073741824) is in use.",
            )
        ],
    ),
    Case(
        "VocalBabyNoTraffic",
        "no more requests",
        {**UP, requests("/predict", 200): "0+60x5 300x30"},
        30,
        [({}, "0 requests per second.")],
        begins=False,  # Prometheus versions differ by one sample at the edge of a window.
    ),
    Case(
        "VocalBabyNoTraffic",
        "no requests except probes, ever",
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
    Case("VocalBabyNoTraffic", "down, which has its own alert", {f"up{{{AT}}}": "0x30"}, 30, []),
    Case(
        "VocalBabyWorkerRestarts",
        "three restarts of workers",
        {f"vocalbaby_worker_starts_total{{{AT}}}": "2x10 3 4 5x9"},
        13,
        [(INSTANCE, "a:8000: 3 restarts within 15m.")],
    ),
    Case(
        "VocalBabyWorkerRestarts",
        "three restarts of the only process",
        {f"process_start_time_seconds{{{AT}}}": "100x10 720 780 840x9"},
        13,
        [(INSTANCE, "a:8000: 3 restarts within 15m.")],
    ),
    Case(
        "VocalBabyWorkerRestarts",
        "two restarts",
        {f"vocalbaby_worker_starts_total{{{AT}}}": "2x10 3 4x10"},
        20,
        [],
    ),
    Case(
        "VocalBabyKeysFault",
        "a file of keys that cannot be read for some minutes",
        {f"vocalbaby_keys_fault{{{AT}}}": "0x3 1x10"},
        6,
        [(INSTANCE, "a:8000 cannot read its file of API keys.")],
    ),
    Case(
        "VocalBabyKeysFault",
        "a file of keys that is being replaced",
        {f"vocalbaby_keys_fault{{{AT}}}": "0x3 1 0x10"},
        6,
        [],
    ),
]
