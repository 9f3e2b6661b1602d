"""Metrics of the models that a process holds.

A model's labels appear when it is first held, and are forgotten some changes after it was
last held, so that the series stay bounded however many versions come and go.
"""

from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from typing import Final, Literal, NamedTuple, Protocol

from prometheus_client import Counter, Histogram
from prometheus_client.metrics import MetricWrapperBase

from vocalbaby.monitoring import shared_metrics
from vocalbaby.monitoring.definitions import Factory

__all__ = ["ABSTAINED", "UNKNOWN", "Answer", "ModelMetrics", "ServedModel"]

#: Value of ``class`` for a clip that got no label.
ABSTAINED: Final = "abstained"
#: Value of a label for what was not announced.
UNKNOWN: Final = "unknown"

#: How many models that are no longer held keep their labels, for the last scrapes.
_REMEMBERED: Final = 4
_OUTCOMES: Final = ("agreed", "differed", "failed", "dropped")


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


class ServedModel(NamedTuple):
    """A model in memory; its share of the requests is None when it is a shadow."""

    version: str
    name: str
    feature_set: str
    share: float | None


class _Answers(NamedTuple):
    """What is counted for every answer of one model."""

    predictions: Mapping[str, Counter]
    confidence: Histogram


class ModelMetrics:
    """See the module.

    Args:
        make: Makes the metrics.
        classes: The labels that predictions may have.
        codes: What can go wrong with a model or its store.
    """

    def __init__(self, make: Factory, classes: Sequence[str], codes: Iterable[str]) -> None:
        self._labels = (*classes, ABSTAINED)
        self._codes = frozenset(codes)
        self._predictions = make.counter("predictions")
        self._confidence = make.histogram("confidence")
        self._info = make.gauge("model_info")
        self._share = make.gauge("model_share")
        self._switches = make.counter("model_switches")
        self._fault = make.gauge("model_fault")
        self._refusals = make.counter("model_refusals")
        self._shadow = make.counter("shadow_clips")
        self._difference = make.histogram("shadow_difference")
        self._models: dict[str, ServedModel] = {}
        self._answers: dict[str, _Answers] = {}
        self._shares: dict[str, float] = {}
        self._faults: set[str] = set()

    def set_models(self, models: Sequence[ServedModel]) -> None:
        """Announce every model that is held from now on."""
        held = _by_version(models)
        old = [model for version, model in self._models.items() if version not in held]
        kept = _by_version([*old[-_REMEMBERED:], *models])
        self._answers = {version: self._answers_of(version) for version in kept}
        self._models = kept
        for gone in old[:-_REMEMBERED]:
            self._forget(gone)
        for model in old[-_REMEMBERED:]:
            self._info.labels(*model[:3]).set(0)
            self._share.labels(model.version).set(0)
        for model in models:
            self._info.labels(*model[:3]).set(1)
            self._share.labels(model.version).set(model.share or 0.0)
            if model.share is None:
                for outcome in _OUTCOMES:
                    self._shadow.labels(model.version, outcome)
        shares = {model.version: model.share for model in models if model.share is not None}
        if self._shares and shares != self._shares:
            self._switches.inc()
        self._shares = shares

    def known_version(self, version: str) -> str:
        """The version if it was announced and is not forgotten, or :data:`UNKNOWN`."""
        return version if version in self._models else UNKNOWN

    def versions(self) -> set[str]:
        """Every version that has labels."""
        return {*self._models, UNKNOWN}

    def count_answer(self, version: str, label: str | None, confidence: float | None) -> None:
        """Count one answer; None for a label that was not given or a confidence not known."""
        answers = self._answers.get(version)
        name = ABSTAINED if label is None else label
        child = None if answers is None else answers.predictions.get(name)
        if child is None:
            name = name if name in self._labels else UNKNOWN
            child = self._predictions.labels(name, self.known_version(version))
        child.inc()
        if confidence is not None:
            found = self._confidence.labels(UNKNOWN) if answers is None else answers.confidence
            found.observe(confidence)

    def set_faults(self, codes: Iterable[str]) -> None:
        """Show these faults as lasting, and no others."""
        now = {self._code(code) for code in codes}
        for code in self._faults | now:
            self._fault.labels(code).set(code in now)
        self._faults |= now

    def count_refusal(self, code: str) -> None:
        """Count a failed attempt."""
        self._refusals.labels(self._code(code)).inc()

    def count_shadow(self, version: str, clips: int, outcome: Literal["failed", "dropped"]) -> None:
        """Count clips that the shadow did not judge."""
        self._shadow.labels(self.known_version(version), outcome).inc(clips)

    def compare_shadow(self, answer: Answer, shadow: Answer) -> None:
        """Count what a shadow said beside an answer."""
        version = self.known_version(shadow.model_version)
        outcome = "agreed" if shadow.label == answer.label else "differed"
        self._shadow.labels(version, outcome).inc()
        classes = answer.probabilities.keys() | shadow.probabilities.keys()
        total = sum(
            abs(answer.probabilities.get(name, 0.0) - shadow.probabilities.get(name, 0.0))
            for name in classes
        )
        self._difference.labels(version).observe(total / len(classes))

    def _code(self, code: str) -> str:
        return code if code in self._codes else UNKNOWN

    def _answers_of(self, version: str) -> _Answers:
        predictions = {label: self._predictions.labels(label, version) for label in self._labels}
        return _Answers(predictions, self._confidence.labels(version))

    def _forget(self, model: ServedModel) -> None:
        if (
            shared_metrics.is_multiprocess()
        ):  # memory keeps every label: the exposition leaves them out
            return
        version = model.version
        series: list[tuple[MetricWrapperBase, tuple[str, ...]]] = [
            (self._info, model[:3]),
            (self._share, (version,)),
            (self._confidence, (version,)),
            (self._difference, (version,)),
            *((self._predictions, (label, version)) for label in (*self._labels, UNKNOWN)),
            *((self._shadow, (version, outcome)) for outcome in _OUTCOMES),
        ]
        for metric, labels in series:
            with suppress(KeyError):  # it may have none, as of a shadow
                metric.remove(*labels)


def _by_version(models: Iterable[ServedModel]) -> dict[str, ServedModel]:
    return {model.version: model for model in models}
