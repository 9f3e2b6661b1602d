"""Alerts on the model: can it be had, and does it answer."""

from typing import Final

from dashboards.alerts.rule import Rule
from dashboards.config import MonitoringConfig
from dashboards.promql import select

__all__ = ["rules"]

#: Codes of faults that lie in a model; every other lies in the store or the way to it.
_OF_THE_MODEL: Final = "bundle_.*|feature_set_invalid|config_invalid"


def rules(config: MonitoringConfig) -> list[Rule]:
    """Every rule of this part."""
    alerts, job = config.alerts, f'job="{config.job}"'
    limits = alerts.abstentions
    clips = f"sum(increase({select('predictions_total', job)}[{limits.window}]))"
    abstained = select("predictions_total", job, 'class="abstained"')
    refused = select("model_fault", job, f'code=~"{_OF_THE_MODEL}"')
    other = select("model_fault", job, f'code!~"{_OF_THE_MODEL}"')
    return [
        Rule(
            "VocalBabyModelRefused",
            alerts.model_refused,
            f"{refused} == 1",
            "A model of the channel cannot be used; the former one goes on answering.",
            "{{ $labels.instance }} refuses a model: {{ $labels.code }}.",
        ),
        Rule(
            "VocalBabyStoreFault",
            alerts.store_fault,
            f"{other} == 1",
            "The model store cannot be followed; the models in memory go on answering.",
            "{{ $labels.instance }} cannot follow the store: {{ $labels.code }}.",
        ),
        Rule(
            "VocalBabyAbstentionsHigh",
            limits,
            f"sum(increase({abstained}[{limits.window}])) / {clips} > {limits.share:g}"
            f" and {clips} >= {limits.clips}",
            "The model gives no label to an unusual share of the clips.",
            "{{ $value | humanizePercentage }} of the clips"
            f" of the last {limits.window} got no label.",
        ),
    ]
