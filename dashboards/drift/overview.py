"""The top row of the Drift dashboard: results of the last run.

Every server exports the same results of the drift job, hence the ``max`` in each query.
"""

from dashboards.panels import CRITICAL, WARNING, Panel, PanelSpec, Target, stat

__all__ = ["panels"]


def panels(max_drop: float, max_age_s: float) -> list[Panel]:
    """Build the panels of the row.

    Args:
        max_drop: Loss of estimated UAR above which the alert fires.
        max_age_s: Age of the last comparison, in seconds, above which the alert fires.
    """
    return [*_drift(), _last_comparison(max_age_s), _uar_loss(max_drop)]


def _drift() -> list[Panel]:
    return [
        stat(
            PanelSpec(
                "Last outcome",
                "Outcome of the last run. Any outcome except drift and no_drift means that the"
                " run could not compare, which must not be read as 'no drift'.",
                "short",
                6,
                ("VocalBabyDrift", "VocalBabyDriftNotCompared"),
                ((2, CRITICAL),),
            ),
            Target(
                'max by (outcome) (vocalbaby_drift_outcome{outcome="no_drift"}) == 1'
                ' or 2 * (max by (outcome) (vocalbaby_drift_outcome{outcome!="no_drift"}) == 1)',
                "{{outcome}}",
            ),
            show_names=True,
        ),
        stat(
            PanelSpec(
                "Score relative to threshold",
                "The drift score minus 0.5 (chance), as a share of the threshold minus 0.5. From"
                " 100 % on, the features have drifted. Below 100 % the job reports drift only if"
                " the predicted classes changed: see 'Prediction drift'.",
                "percentunit",
                6,
                ("VocalBabyDrift",),
                ((0.8, WARNING), (1, CRITICAL)),
            ),
            Target(
                "(max by (feature_set) (vocalbaby_drift_score) - 0.5)"
                " / (max by (feature_set) (vocalbaby_drift_threshold) - 0.5)",
                "{{feature_set}}",
            ),
        ),
    ]


def _last_comparison(max_age_s: float) -> Panel:
    return stat(
        PanelSpec(
            "Last comparison",
            "Time since the last run that could compare. Red means that the job no longer runs,"
            " or that its runs cannot compare.",
            "s",
            6,
            ("VocalBabyDriftJobStale",),
            ((max_age_s, CRITICAL),),
        ),
        Target("time() - max(vocalbaby_drift_last_success_timestamp_seconds)", "age"),
    )


def _uar_loss(max_drop: float) -> Panel:
    return stat(
        PanelSpec(
            "Estimated UAR loss",
            "Estimated UAR on the reference minus that in production. A negative value means that"
            " production is better.",
            "percentunit",
            6,
            ("VocalBabyEstimatedUarDrop",),
            ((max_drop, CRITICAL),),
        ),
        Target(
            "max by (model_version)"
            ' (vocalbaby_estimated_uar_reference{model_version=~"$version"})'
            ' - max by (model_version) (vocalbaby_estimated_uar{model_version=~"$version"})',
            "{{model_version}}",
        ),
    )
