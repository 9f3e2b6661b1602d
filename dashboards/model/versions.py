"""The row of the Model dashboard that compares model versions: canary against current."""

from dashboards.panels import Panel, PanelSpec, Target, bar_gauge, state_timeline, timeseries

__all__ = ["panels"]

_ALERTS = ("VocalBabyModelRefused", "VocalBabyStoreFault")


def panels() -> list[Panel]:
    """Build the panels of the row."""
    return [*_traffic(), *_comparison()]


def _traffic() -> list[Panel]:
    return [
        timeseries(
            PanelSpec(
                "Configured traffic share",
                "Share of the traffic that the channel assigns to each version. A canary has a"
                " small share, a shadow has none.",
                "percentunit",
                8,
                _ALERTS,
            ),
            Target(
                'max by (version) (vocalbaby_model_share{%(instances)s, version=~"$version"})',
                "{{version}}",
            ),
        ),
        timeseries(
            PanelSpec(
                "Actual traffic share",
                "Share of the clips that each version classified. It only approximates the"
                " configured share, because all requests of a participant, or of an API key, go"
                " to the same version.",
                "percentunit",
                8,
                _ALERTS,
            ),
            Target(
                "sum by (model_version) (rate(vocalbaby_predictions_total"
                '{%(instances)s, model_version=~"$version"}[$__rate_interval]))'
                " / on () group_left ()"
                " sum(sum by (model_version) (rate(vocalbaby_predictions_total"
                '{%(instances)s, model_version=~"$version"}[$__rate_interval])))',
                "{{model_version}}",
            ),
        ),
        state_timeline(
            PanelSpec(
                "Loaded versions",
                "When each version was loaded on at least one instance.",
                "short",
                8,
                _ALERTS,
            ),
            Target(
                'max by (version) (vocalbaby_model_info{%(instances)s, version=~"$version"})',
                "{{version}}",
            ),
            states={"1": ("loaded", "green"), "0": ("not loaded", "transparent")},
        ),
    ]


def _comparison() -> list[Panel]:
    return [
        bar_gauge(
            PanelSpec(
                "Classes by version",
                "Share of each class among a version's clips, over the selected time range. The"
                " canary and the current model get the same kind of clips, so their bars should"
                " agree.",
                "percentunit",
                12,
                ("VocalBabyAbstentionsHigh",),
            ),
            Target(
                "sum by (class, model_version) (increase(vocalbaby_predictions_total"
                '{%(instances)s, model_version=~"$version"}[$__range]))'
                " / on (model_version) group_left ()"
                " (sum by (model_version) (increase(vocalbaby_predictions_total"
                '{%(instances)s, model_version=~"$version"}[$__range])) > 0)',
                "{{class}}, {{model_version}}",
            ),
        ),
        timeseries(
            PanelSpec(
                "Median confidence by version",
                "Median of the most probable class's probability. A canary that is less confident"
                " than the current model on the same kind of clips is probably worse.",
                "percentunit",
                12,
                ("VocalBabyAbstentionsHigh",),
            ),
            Target(
                "histogram_quantile(0.5, sum by (le, model_version) (rate("
                'vocalbaby_confidence_bucket{%(instances)s, model_version=~"$version"}'
                "[$__rate_interval])))",
                "{{model_version}}",
            ),
        ),
    ]
