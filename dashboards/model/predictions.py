"""The row "Predictions" of the Model dashboard."""

from dashboards.panels import CRITICAL, Panel, PanelSpec, Target, heatmap, timeseries

__all__ = ["panels"]


def panels(max_abstentions: float) -> list[Panel]:
    """Build the panels of the row.

    Args:
        max_abstentions: Share of abstentions above which the alert fires.
    """
    return [
        timeseries(
            PanelSpec(
                "Clips by class",
                "Clips classified per second, by label; 'abstained' stands for clips without a"
                " label.",
                "suffix: clips/s",
                8,
                ("VocalBabyAbstentionsHigh",),
            ),
            Target(
                "sum by (class) (rate(vocalbaby_predictions_total"
                '{%(instances)s, model_version=~"$version"}[$__rate_interval]))',
                "{{class}}",
            ),
            stacked=True,
        ),
        timeseries(
            PanelSpec(
                "Abstentions by version",
                "Share of each model version's clips that got no label. It rises when the"
                " recordings change: see the Drift dashboard. The line is the threshold of the"
                " alert.",
                "percentunit",
                8,
                ("VocalBabyAbstentionsHigh", "VocalBabyDrift"),
                ((max_abstentions, CRITICAL),),
            ),
            Target(
                "sum by (model_version) (rate(vocalbaby_predictions_total"
                '{%(instances)s, model_version=~"$version", class="abstained"}[$__rate_interval]))'
                " / sum by (model_version) (rate(vocalbaby_predictions_total"
                '{%(instances)s, model_version=~"$version"}[$__rate_interval]))',
                "{{model_version}}",
            ),
        ),
        heatmap(
            PanelSpec(
                "Clip durations",
                "Clips per second by duration. A new band means that clients segment their"
                " recordings differently.",
                "s",
                8,
                ("VocalBabyDrift",),
            ),
            "sum by (le) (rate(vocalbaby_clip_duration_seconds_bucket"
            "{%(instances)s}[$__rate_interval]))",
        ),
    ]
