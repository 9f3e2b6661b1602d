"""The row "Shadow" of the Model dashboard."""

from dashboards.panels import Panel, PanelSpec, Target, timeseries

__all__ = ["panels"]

_ALERTS = ("VocalBabyModelRefused", "VocalBabyStoreFault")


def panels() -> list[Panel]:
    """Build the panels of the row."""
    return [
        timeseries(
            PanelSpec(
                "Shadow clips",
                "Clips given to a shadow model, per second. 'dropped' means that the shadow was"
                " too slow, 'failed' that it raised an error.",
                "suffix: clips/s",
                8,
                _ALERTS,
            ),
            Target(
                "sum by (model_version, outcome) (rate(vocalbaby_shadow_clips_total"
                '{%(instances)s, model_version=~"$version"}[$__rate_interval]))',
                "{{model_version}} {{outcome}}",
            ),
        ),
        timeseries(
            PanelSpec(
                "Shadow disagreement",
                "Share of the clips for which the shadow's label differs from that of the"
                " response.",
                "percentunit",
                8,
                _ALERTS,
            ),
            Target(
                "sum by (model_version) (rate(vocalbaby_shadow_clips_total{%(instances)s,"
                ' model_version=~"$version", outcome="differed"}[$__rate_interval]))'
                " / sum by (model_version) (rate(vocalbaby_shadow_clips_total{%(instances)s,"
                ' model_version=~"$version", outcome=~"agreed|differed"}[$__rate_interval]))',
                "{{model_version}}",
            ),
        ),
        timeseries(
            PanelSpec(
                "Shadow probability difference",
                "Mean absolute difference between the probabilities of the shadow and those of"
                " the response: median and 95th percentile over the clips.",
                "percentunit",
                8,
                _ALERTS,
            ),
            *(
                Target(
                    f"histogram_quantile({share:g}, sum by (le, model_version) (rate("
                    'vocalbaby_shadow_difference_bucket{%(instances)s, model_version=~"$version"}'
                    "[$__rate_interval])))",
                    f"{{{{model_version}}}} {name}",
                )
                for share, name in ((0.5, "median"), (0.95, "p95"))
            ),
        ),
    ]
