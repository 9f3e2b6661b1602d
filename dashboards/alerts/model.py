"""Alerts on the model: whether it can be loaded, and how often it abstains."""

from typing import Final

from dashboards.alerts.rule import Rule
from dashboards.config import Alerts

__all__ = ["rules"]

#: Codes of faults in a model; all other codes are faults of the store or of the way to it.
_MODEL_FAULTS: Final = {"faults": "bundle_.*|feature_set_invalid|config_invalid"}


def rules(alerts: Alerts) -> list[Rule]:
    """Return the rules of this group."""
    return [
        Rule(
            "VocalBabyModelRefused",
            alerts.model_refused,
            'vocalbaby_model_fault{%(job)s, code=~"%(faults)s"} == 1',
            "A model in the channel cannot be used; the previous model stays in use.",
            "{{ $labels.instance }} refuses a model: {{ $labels.code }}.",
            values=_MODEL_FAULTS,
        ),
        Rule(
            "VocalBabyStoreFault",
            alerts.store_fault,
            'vocalbaby_model_fault{%(job)s, code!~"%(faults)s"} == 1',
            "The model store cannot be read; the loaded models stay in use.",
            "{{ $labels.instance }} cannot read the model store: {{ $labels.code }}.",
            values=_MODEL_FAULTS,
        ),
        Rule(
            "VocalBabyAbstentionsHigh",
            alerts.abstentions,
            "sum(increase(vocalbaby_predictions_total"
            '{%(job)s, class="abstained"}[%(window)s]))'
            " / sum(increase(vocalbaby_predictions_total{%(job)s}[%(window)s])) > %(share)g"
            " and sum(increase(vocalbaby_predictions_total{%(job)s}[%(window)s])) >= %(clips)d",
            "The model gives no label to an unusually large share of the clips.",
            "{{ $value | humanizePercentage }} of the clips of the last %(window)s got no label.",
        ),
    ]
