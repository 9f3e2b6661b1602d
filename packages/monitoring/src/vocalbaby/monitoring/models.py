"""Metrics of the models that a process holds.

A model's labels appear when it is first held, and are forgotten some changes after it was
last held, so that the series stay bounded however many versions come and go.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from typing import Any, Final, Literal, NamedTuple, Protocol

from prometheus_client import Counter, Gauge, Histogram
from prometheus_client.metrics import MetricWrapperBase
from prometheus_client.metrics_core import Metric
from prometheus_client.registry import Collector

from vocalbaby.monitoring import shared

__all__ = ["ABSTAINED", "UNKNOWN", "Answer", "HeldModel", "ModelMetrics"]

#: Value of ``class`` for a clip that got no label.
ABSTAINED: Final = "abstained"
#: Value of ``class`` or ``model_version`` for one that was not announced.
UNKNOWN: Final = "unknown"

#: How many models that are no longer held keep their labels, for the last scrapes.
_REMEMBERED: Final = 4
_OUTCOMES: Final = ("agreed", "differed", "failed", "dropped")
_DIFFERENCE: Final = (0.001, 0.003, 0.01, 0.03, 0.1, 0.2, 0.4)


class Answer(Protocol):
    """What a model said about one clip."""

    @property
    def label(self) -> str | None:
        """The class, or None when the model abstained."""

    @property
    def probabilities(self) -> Mapping[str, float]:
        """Of every class."""

    @property
    def model_version(self) -> str:
        """Which model it was."""


class HeldModel(NamedTuple):
    """A model in memory; its share of the requests is None when it is a shadow."""

    version: str
    name: str
    feature_set: str
    share: float | None


class ModelMetrics:
    """See the module.

    Args:
        spec: Gives the arguments of a metric by its key in the table of metrics.
        classes: The labels that predictions may have.
    """

    def __init__(self, spec: Callable[[str], dict[str, Any]], classes: Sequence[str]) -> None:
        self._labels = (*classes, ABSTAINED)
        self.predictions = Counter(**spec("predictions"))
        self._info = Gauge(**spec("model_info"), multiprocess_mode="livemax")
        self._share = Gauge(**spec("model_share"), multiprocess_mode="livemax")
        self._fault = Gauge(**spec("model_fault"), multiprocess_mode="livemax")
        self._refusals = Counter(**spec("model_refusals"))
        self._shadow = Counter(**spec("shadow_clips"))
        self._difference = Histogram(**spec("shadow_difference"), buckets=_DIFFERENCE)
        self._models: dict[str, HeldModel] = {}
        self._faults: set[str] = set()

    def hold(self, models: Sequence[HeldModel]) -> None:
        """Announce every model that is held from now on."""
        held = _by_version(models)
        old = [model for version, model in self._models.items() if version not in held]
        self._models = _by_version([*old[-_REMEMBERED:], *models])
        for gone in old[:-_REMEMBERED]:
            self._forget(gone)
        for model in old[-_REMEMBERED:]:
            self._info.labels(*model[:3]).set(0)
            self._share.labels(model.version).set(0)
        for model in models:
            self._info.labels(*model[:3]).set(1)
            self._share.labels(model.version).set(model.share or 0.0)
            for label in self._labels:
                self.predictions.labels(label, model.version)
            if model.share is None:
                for outcome in _OUTCOMES:
                    self._shadow.labels(model.version, outcome)

    def known(self, version: str) -> str:
        """The version if it was announced and is not forgotten, or :data:`UNKNOWN`."""
        return version if version in self._models else UNKNOWN

    def set_faults(self, codes: Iterable[str]) -> None:
        """Show these faults as lasting, and no others."""
        now = set(codes)
        for code in self._faults | now:
            self._fault.labels(code).set(code in now)
        self._faults |= now

    def count_refusal(self, code: str) -> None:
        """Count a failed attempt; ``code`` must be one of the error tree's."""
        self._refusals.labels(code).inc()

    def count_shadow(self, version: str, clips: int, outcome: Literal["failed", "dropped"]) -> None:
        """Count clips that the shadow did not judge."""
        self._shadow.labels(self.known(version), outcome).inc(clips)

    def compare(self, answer: Answer, shadow: Answer) -> None:
        """Count what a shadow said beside an answer."""
        version = self.known(shadow.model_version)
        outcome = "agreed" if shadow.label == answer.label else "differed"
        self._shadow.labels(version, outcome).inc()
        classes = answer.probabilities.keys() | shadow.probabilities.keys()
        total = sum(
            abs(answer.probabilities.get(name, 0.0) - shadow.probabilities.get(name, 0.0))
            for name in classes
        )
        self._difference.labels(version).observe(total / len(classes))

    def of_known(self, series: Collector) -> Collector:
        """These without the models that are forgotten: files of workers keep every label."""
        return _OfKnown(series, {*self._models, UNKNOWN})

    def _forget(self, model: HeldModel) -> None:
        if shared.are_several():  # see of_known
            return
        version = model.version
        series: list[tuple[MetricWrapperBase, tuple[str, ...]]] = [
            (self._info, model[:3]),
            (self._share, (version,)),
            (self._difference, (version,)),
            *((self.predictions, (label, version)) for label in self._labels),
            *((self._shadow, (version, outcome)) for outcome in _OUTCOMES),
        ]
        for metric, labels in series:
            with suppress(KeyError):  # it never was a shadow
                metric.remove(*labels)


class _OfKnown(Collector):
    """What another collector has, but for models that are not known."""

    def __init__(self, inner: Collector, known: set[str]) -> None:
        self._inner = inner
        self._known = known

    def collect(self) -> Iterator[Metric]:
        for family in self._inner.collect():
            family.samples = [
                sample
                for sample in family.samples
                if sample.labels.get("model_version", UNKNOWN) in self._known
                and sample.labels.get("version", UNKNOWN) in self._known
            ]
            yield family


def _by_version(models: Iterable[HeldModel]) -> dict[str, HeldModel]:
    return {model.version: model for model in models}
