"""The row "Faults and switches" of the Model dashboard."""

from dashboards.panels import CRITICAL, Panel, PanelSpec, Target, state_timeline, timeseries

__all__ = ["panels"]

_ALERTS = ("VocalBabyModelRefused", "VocalBabyStoreFault")


def panels() -> list[Panel]:
    """Build the panels of the row."""
    return [
        state_timeline(
            PanelSpec(
                "Model faults",
                "While a bar is red, this fault keeps an instance from following the channel.",
                "short",
                8,
                _ALERTS,
            ),
            Target("max by (code) (vocalbaby_model_fault{%(instances)s})", "{{code}}"),
            states={"1": ("fault", CRITICAL), "0": ("none", "green")},
        ),
        timeseries(
            PanelSpec(
                "Refusals",
                "Failed attempts per minute to read the model store or to load a model from it.",
                "cpm",
                8,
                _ALERTS,
            ),
            Target(
                "sum by (code) (rate(vocalbaby_model_refusals_total"
                "{%(instances)s}[$__rate_interval])) * 60",
                "{{code}}",
            ),
        ),
        timeseries(
            PanelSpec(
                "Switches",
                "Changes of the models in use, or of their traffic shares, since the start of"
                " each process. Every process counts its own changes.",
                "short",
                8,
                _ALERTS,
            ),
            Target("vocalbaby_model_switches_total{%(instances)s}", "{{instance}}"),
        ),
    ]
