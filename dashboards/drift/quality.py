"""The row "Estimated quality, without labels" of the Drift dashboard."""

from dashboards.panels import CRITICAL, Panel, PanelSpec, Target, timeseries

__all__ = ["panels"]

_ALERTS = ("VocalBabyEstimatedUarDrop",)


def panels(max_drop: float) -> list[Panel]:
    """Build the panels of the row.

    Args:
        max_drop: Loss of estimated UAR above which the alert fires.
    """
    return [
        timeseries(
            PanelSpec(
                "Estimated UAR",
                "Unweighted average recall, estimated from the calibrated probabilities. The"
                " estimate is reliable only while they stay calibrated, and drift can end that.",
                "percentunit",
                12,
                _ALERTS,
            ),
            Target(
                'max by (model_version) (vocalbaby_estimated_uar{model_version=~"$version"})',
                "{{model_version}}",
            ),
            Target(
                "max by (model_version)"
                ' (vocalbaby_estimated_uar_reference{model_version=~"$version"})',
                "{{model_version}} on the reference",
            ),
        ),
        timeseries(
            PanelSpec(
                "Estimated UAR loss over time",
                "Estimated UAR on the reference minus that in production; 0 where production is"
                " better. The line is the threshold of the alert.",
                "percentunit",
                12,
                _ALERTS,
                ((max_drop, CRITICAL),),
            ),
            Target(
                "clamp_min(max by (model_version)"
                ' (vocalbaby_estimated_uar_reference{model_version=~"$version"})'
                " - max by (model_version)"
                ' (vocalbaby_estimated_uar{model_version=~"$version"}), 0)',
                "{{model_version}}",
            ),
        ),
    ]
