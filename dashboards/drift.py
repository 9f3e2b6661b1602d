"""Dashboard: do the recordings still resemble the training data, and does the job look."""

from typing import Final

from grafana_foundation_sdk.models.dashboard import Dashboard

from dashboards.board import INSTANCE, VERSION, Section, board
from dashboards.config import MonitoringConfig
from dashboards.panels import BAD, WARN, About, Panel, Target, bars, lines, number, states
from dashboards.promql import select

__all__ = ["build"]

_DRIFT: Final = ("VocalBabyDrift",)
_STALE: Final = ("VocalBabyDriftJobStale",)
_NOT_COMPARED: Final = ("VocalBabyDriftNotCompared",)
_LOG: Final = ("VocalBabyPredictionLogFailing", "VocalBabyPredictionLogDropping")
_OUTCOMES: Final = {"1": ("last outcome", "blue"), "0": ("not", "transparent")}
_FAULTS: Final = {"1": ("unreadable", BAD), "0": ("readable", "green")}
_BY_SET: Final = "max by (feature_set) ({})"


def build(config: MonitoringConfig) -> Dashboard:
    """The dashboard."""
    return board(
        config,
        "Drift",
        "Whether what the service is sent still resembles what its model was trained on, what"
        " changed, and whether the drift job runs.",
        [
            Section("", _now(config)),
            Section("Score", _score()),
            Section("What changed", _changes()),
            Section("Estimated quality, without labels", _estimate(config)),
            Section("The drift job", _job(config)),
            Section("Prediction log", _log(config)),
        ],
        variables=["instance", "version"],
    )


def _of_set(name: str) -> str:
    """The job's figure by feature set; every server tells the same, hence ``max``."""
    return _BY_SET.format(select(name))


def _age(what: str) -> str:
    return f"time() - max({select(f'drift_last_{what}_timestamp_seconds')})"


def _now(config: MonitoringConfig) -> list[Panel]:
    drop = config.alerts.estimated_uar_drop.drop
    fine = select("drift_outcome", 'outcome="no_drift"')
    other = select("drift_outcome", 'outcome!="no_drift"')
    uar, reference = select("estimated_uar", VERSION), select("estimated_uar_reference", VERSION)
    return [
        number(
            About(
                "Last outcome",
                "What the last run found. Anything but drift and no_drift: it could not"
                " compare, which is never 'no drift'.",
                "short",
                6,
                _DRIFT + _NOT_COMPARED,
                ((2, BAD),),
            ),
            Target(
                f"max by (outcome) ({fine}) == 1 or 2 * (max by (outcome) ({other}) == 1)",
                "{{outcome}}",
            ),
            named=True,
        ),
        number(
            About(
                "Score over threshold",
                "The drift score above chance, as a share of the threshold's. From 1 on the"
                " features drifted. Below it the job says drift only if the predicted classes"
                " moved: see 'Prediction drift'.",
                "percentunit",
                6,
                _DRIFT,
                ((0.8, WARN), (1, BAD)),
            ),
            Target(
                f"({_of_set('drift_score')} - 0.5) / ({_of_set('drift_threshold')} - 0.5)",
                "{{feature_set}}",
            ),
        ),
        number(
            About(
                "Last comparison",
                "Age of the last run that could compare. Red: the job is dead, or always finds"
                " a fault in the data.",
                "s",
                6,
                _STALE,
                ((config.alerts.drift_job_stale.hours * 3600, BAD),),
            ),
            Target(_age("success"), "age"),
        ),
        number(
            About(
                "Estimated UAR lost",
                "Estimated UAR of the reference less that of production. Negative: better.",
                "percentunit",
                6,
                ("VocalBabyEstimatedUarDrop",),
                ((drop, BAD),),
            ),
            Target(
                f"max by (model_version) ({reference}) - max by (model_version) ({uar})",
                "{{model_version}}",
            ),
        ),
    ]


def _score() -> list[Panel]:
    return [
        lines(
            About(
                "Drift score",
                "How well a classifier tells production from the reference: 0.5 is not at all,"
                " 1 is always. From the threshold on the features drifted, and the job says so.",
                "short",
                12,
                _DRIFT,
            ),
            Target(_of_set("drift_score"), "{{feature_set}}"),
            Target(_of_set("drift_threshold"), "{{feature_set}} threshold"),
        ),
        states(
            About(
                "Outcomes",
                "Which outcome the last run had, over time.",
                "short",
                12,
                _DRIFT + _NOT_COMPARED,
            ),
            Target(f"max by (outcome) ({select('drift_outcome')})", "{{outcome}}"),
            words=_OUTCOMES,
        ),
    ]


def _changes() -> list[Panel]:
    groups = f"max by (feature_set, group) ({select('drift_group_score')})"
    return [
        bars(
            About(
                "Drifted columns by group",
                "Share of a group's columns that drifted in the last run. Which groups are high"
                " hints at the cause: docs/drift.md.",
                "percentunit",
                8,
                _DRIFT,
            ),
            Target(groups, "{{group}}"),
        ),
        lines(
            About(
                "Groups over time",
                "The same, run by run, which tells when it began.",
                "percentunit",
                8,
                _DRIFT,
            ),
            Target(groups, "{{group}}"),
        ),
        lines(
            About(
                "Prediction drift",
                "Jensen-Shannon distance of the predicted classes to those of the reference: 0"
                " is the same mixture, 1 a wholly different one. From the threshold on the job says"
                " drift, whatever the score is.",
                "short",
                8,
                _DRIFT,
            ),
            Target(_of_set("drift_prediction_score"), "{{feature_set}}"),
            Target(_of_set("drift_prediction_threshold"), "{{feature_set}} threshold"),
        ),
        lines(
            About(
                "Missing values",
                "Share of the window's values that could not be measured. A step up: unvoiced"
                " or silent clips, or a fault in decoding.",
                "percentunit",
                12,
                _NOT_COMPARED,
            ),
            Target(_of_set("drift_missing_share"), "{{feature_set}}"),
        ),
        lines(
            About(
                "Rows of the window",
                "Predictions that the last run compared. With too few it does not compare.",
                "short",
                12,
                _NOT_COMPARED,
            ),
            Target(_of_set("drift_rows"), "{{feature_set}}"),
        ),
    ]


def _estimate(config: MonitoringConfig) -> list[Panel]:
    def of(name: str) -> str:
        return f"max by (model_version) ({select(name, VERSION)})"

    limit = ((config.alerts.estimated_uar_drop.drop, BAD),)
    alerts = ("VocalBabyEstimatedUarDrop",)
    return [
        lines(
            About(
                "Estimated UAR",
                "Unweighted average recall, estimated from the calibrated probabilities: good"
                " as long as they stay calibrated, which drift can spoil.",
                "percentunit",
                12,
                alerts,
            ),
            Target(of("estimated_uar"), "{{model_version}}"),
            Target(of("estimated_uar_reference"), "{{model_version}} on the reference"),
        ),
        lines(
            About(
                "Estimated UAR lost over time",
                "Reference less production, where production is worse. The line is the alert's.",
                "percentunit",
                12,
                alerts,
                limit,
            ),
            Target(
                f"clamp_min({of('estimated_uar_reference')} - {of('estimated_uar')}, 0)",
                "{{model_version}}",
            ),
        ),
    ]


def _job(config: MonitoringConfig) -> list[Panel]:
    limit = ((config.alerts.drift_job_stale.hours * 3600, BAD),)
    return [
        lines(
            About(
                "Age of the last run",
                "It rises steadily and falls at every run. 'compared' without falling: the job"
                " runs but cannot compare. Neither falls: it is dead. The line is the alert's.",
                "s",
                12,
                _STALE,
                limit,
            ),
            Target(_age("run"), "run"),
            Target(_age("success"), "compared"),
        ),
        states(
            About(
                "Status of the job",
                "Whether the servers can read the job's latest.json, and if not, why.",
                "short",
                12,
                _STALE,
            ),
            Target(f"max by (code) ({select('drift_status_fault')})", "{{code}}"),
            words=_FAULTS,
        ),
    ]


def _log(config: MonitoringConfig) -> list[Panel]:
    match = (f'job="{config.job}"', INSTANCE)

    def rate(what: str) -> str:
        series = select(f"prediction_log_{what}_total", *match)
        return f"sum by (outcome) (rate({series}[$__rate_interval]))"

    return [
        lines(
            About(
                "Logged rows",
                "Rows per second. 'dropped': the queue was full; 'failed': the disk refused."
                " Both are missing from drift and audits.",
                "ops",
                8,
                _LOG,
            ),
            Target(rate("rows"), "{{outcome}}"),
        ),
        lines(
            About(
                "Rows waiting",
                "Rows not yet written, by instance; a killed process loses them.",
                "short",
                8,
                _LOG,
            ),
            Target(select("prediction_log_waiting_rows", *match), "{{instance}}"),
        ),
        lines(
            About(
                "Log files",
                "Finished files per second, brought to their destination or failed; a failed"
                " one is tried again.",
                "ops",
                8,
                _LOG,
            ),
            Target(rate("files"), "{{outcome}}"),
        ),
    ]
