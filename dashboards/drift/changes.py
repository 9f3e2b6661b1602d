"""The row "What changed" of the Drift dashboard."""

from dashboards.panels import Panel, PanelSpec, Target, bar_gauge, timeseries

__all__ = ["panels"]

_GROUP_SCORES = Target(
    "max by (feature_set, group) (vocalbaby_drift_group_score)",
    "{{group}}",
)


def panels() -> list[Panel]:
    """Build the panels of the row."""
    return [*_distributions(), *_window()]


def _distributions() -> list[Panel]:
    return [
        bar_gauge(
            PanelSpec(
                "Drifted columns by group",
                "Share of the columns in each feature group that drifted in the last run."
                " docs/drift.md explains which groups indicate which cause.",
                "percentunit",
                8,
                ("VocalBabyDrift",),
            ),
            _GROUP_SCORES,
        ),
        timeseries(
            PanelSpec(
                "Groups over time",
                "Share of the columns in each feature group that drifted, run by run. It shows"
                " when the change began.",
                "percentunit",
                8,
                ("VocalBabyDrift",),
            ),
            _GROUP_SCORES,
        ),
        timeseries(
            PanelSpec(
                "Prediction drift",
                "Jensen-Shannon distance between the predicted classes in production and those on"
                " the reference: 0 means equal proportions, 1 means that no class occurs in both."
                " From the threshold on the job reports drift, whatever the drift score is.",
                "short",
                8,
                ("VocalBabyDrift",),
            ),
            Target("max by (feature_set) (vocalbaby_drift_prediction_score)", "{{feature_set}}"),
            Target(
                "max by (feature_set) (vocalbaby_drift_prediction_threshold)",
                "{{feature_set}} threshold",
            ),
        ),
    ]


def _window() -> list[Panel]:
    return [
        timeseries(
            PanelSpec(
                "Missing values",
                "Share of the feature values in the window that could not be measured. A sudden"
                " increase is due to unvoiced or silent clips, or to a fault in decoding.",
                "percentunit",
                12,
                ("VocalBabyDriftNotCompared",),
            ),
            Target("max by (feature_set) (vocalbaby_drift_missing_share)", "{{feature_set}}"),
        ),
        timeseries(
            PanelSpec(
                "Rows in the window",
                "Number of predictions in the window of the last run. With too few rows the job"
                " does not compare.",
                "short",
                12,
                ("VocalBabyDriftNotCompared",),
            ),
            Target("max by (feature_set) (vocalbaby_drift_rows)", "{{feature_set}}"),
        ),
    ]
