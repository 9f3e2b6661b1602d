"""The row "Score" of the Drift dashboard."""

from dashboards.panels import Panel, PanelSpec, Target, state_timeline, timeseries

__all__ = ["panels"]


def panels() -> list[Panel]:
    """Build the panels of the row."""
    return [
        timeseries(
            PanelSpec(
                "Drift score",
                "How well a classifier distinguishes production from the reference: 0.5 means not"
                " at all, 1 means always. From the threshold on, the features have drifted, and"
                " the job reports drift.",
                "short",
                12,
                ("VocalBabyDrift",),
            ),
            Target("max by (feature_set) (vocalbaby_drift_score)", "{{feature_set}}"),
            Target("max by (feature_set) (vocalbaby_drift_threshold)", "{{feature_set}} threshold"),
        ),
        state_timeline(
            PanelSpec(
                "Outcomes",
                "Outcome of the last run over time.",
                "short",
                12,
                ("VocalBabyDrift", "VocalBabyDriftNotCompared"),
            ),
            Target("max by (outcome) (vocalbaby_drift_outcome)", "{{outcome}}"),
            states={"1": ("last outcome", "blue"), "0": ("other", "transparent")},
        ),
    ]
