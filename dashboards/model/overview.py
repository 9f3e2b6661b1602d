"""The top row of the Model dashboard: current values."""

from dashboards.panels import CRITICAL, Panel, PanelSpec, Target, stat

__all__ = ["panels"]

_MODEL_ALERTS = ("VocalBabyModelRefused", "VocalBabyStoreFault")


def panels(max_abstentions: float) -> list[Panel]:
    """Build the panels of the row.

    Args:
        max_abstentions: Share of abstentions above which the alert fires.
    """
    return [*_models(), *_clips(max_abstentions)]


def _models() -> list[Panel]:
    return [
        stat(
            PanelSpec(
                "Loaded models",
                "Model versions that any instance uses for its responses or as a shadow.",
                "short",
                8,
                _MODEL_ALERTS,
            ),
            Target(
                'max by (version) (vocalbaby_model_info{%(instances)s, version=~"$version"}) == 1',
                "{{version}}",
            ),
            show_names=True,
        ),
        stat(
            PanelSpec("Clips", "Clips classified per second.", "suffix: clips/s", 4),
            Target(
                "sum(rate(vocalbaby_predictions_total"
                '{%(instances)s, model_version=~"$version"}[$__rate_interval]))',
                "clips",
            ),
        ),
    ]


def _clips(max_abstentions: float) -> list[Panel]:
    return [
        stat(
            PanelSpec(
                "Abstentions",
                "Share of the clips that got no label, because they are unlike the training data"
                " or no class is probable enough.",
                "percentunit",
                4,
                ("VocalBabyAbstentionsHigh",),
                ((max_abstentions, CRITICAL),),
            ),
            Target(
                "sum (rate(vocalbaby_predictions_total"
                '{%(instances)s, model_version=~"$version", class="abstained"}[$__rate_interval]))'
                " / sum (rate(vocalbaby_predictions_total"
                '{%(instances)s, model_version=~"$version"}[$__rate_interval]))',
                "abstained",
            ),
        ),
        stat(
            PanelSpec(
                "Median confidence",
                "Median of the most probable class's probability over all clips.",
                "percentunit",
                4,
                ("VocalBabyAbstentionsHigh",),
            ),
            Target(
                "histogram_quantile(0.5, sum by (le) (rate(vocalbaby_confidence_bucket"
                '{%(instances)s, model_version=~"$version"}[$__rate_interval])))',
                "median",
            ),
        ),
        stat(
            PanelSpec(
                "Current faults",
                "Number of faults that keep an instance from following the model store. While it"
                " is above 0, the previously loaded models stay in use.",
                "short",
                4,
                _MODEL_ALERTS,
                ((1, CRITICAL),),
            ),
            Target("sum(vocalbaby_model_fault{%(instances)s}) or vector(0)", "faults"),
        ),
    ]
