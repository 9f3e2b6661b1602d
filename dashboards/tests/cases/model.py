"""Test cases for the alerts on the model."""

from dashboards.tests.cases.case import AT, INSTANCE, Case, Firing

__all__ = ["CASES"]

REFUSED, STORE = "VocalBabyModelRefused", "VocalBabyStoreFault"


def fault(alert: str, code: str, at: int, *expected: Firing) -> Case:
    series = {f'vocalbaby_model_fault{{{AT}, code="{code}"}}': "1x7"}
    return Case(alert, code, series, at, [*expected])


def clips(why: str, abstained: str, labelled: str, *expected: Firing) -> Case:
    def series(name: str) -> str:
        return f'vocalbaby_predictions_total{{{AT}, class="{name}", model_version="m"}}'

    return Case(
        "VocalBabyAbstentionsHigh",
        why,
        {series("abstained"): abstained, series("Crying"): labelled},
        16 if expected else 50,
        [*expected],
    )


CASES = [
    fault(
        REFUSED,
        "bundle_checksum",
        2,
        ({**INSTANCE, "code": "bundle_checksum"}, "a:8000 refuses a model: bundle_checksum."),
    ),
    fault(
        REFUSED,
        "feature_set_invalid",
        2,
        (
            {**INSTANCE, "code": "feature_set_invalid"},
            "a:8000 refuses a model: feature_set_invalid.",
        ),
    ),
    fault(REFUSED, "storage_unavailable", 6),
    fault(
        STORE,
        "storage_unavailable",
        5,
        (
            {**INSTANCE, "code": "storage_unavailable"},
            "a:8000 cannot read the model store: storage_unavailable.",
        ),
    ),
    fault(STORE, "bundle_invalid", 6),
    clips(
        "over 25 %", "0+27x50", "0+73x50", ({}, "27% of the clips of the last 30m got no label.")
    ),
    clips("below 25 %", "0+23x50", "0+77x50"),
    clips("too few clips", "0+1x50", "0x50"),
]
