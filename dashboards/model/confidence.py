"""The row "Confidence and warnings" of the Model dashboard."""

from dashboards.panels import Panel, PanelSpec, Target, heatmap, timeseries

__all__ = ["panels"]

_ALERTS = ("VocalBabyAbstentionsHigh", "VocalBabyDrift")


def panels() -> list[Panel]:
    """Build the panels of the row."""
    return [
        heatmap(
            PanelSpec(
                "Confidence distribution",
                "Clips per second by the probability of their most probable class. A shift"
                " towards lower values means that the model is less certain.",
                "percentunit",
                12,
                _ALERTS,
            ),
            "sum by (le) (rate(vocalbaby_confidence_bucket"
            '{%(instances)s, model_version=~"$version"}[$__rate_interval]))',
        ),
        timeseries(
            PanelSpec(
                "Warnings",
                "Warnings in responses per second. 'unlike_training' means that a clip is unlike"
                " the training data, 'not_confident' that no class is probable enough.",
                "ops",
                12,
                _ALERTS,
            ),
            Target(
                "sum by (code) (rate(vocalbaby_clip_warnings_total"
                "{%(instances)s}[$__rate_interval])) > 0",
                "{{code}}",
            ),
        ),
    ]
