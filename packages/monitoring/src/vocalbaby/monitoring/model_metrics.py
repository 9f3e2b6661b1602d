"""Metrics of the models that a process has in memory.

The series of a model appear when it is first in memory and are removed some changes after it was
last in memory, so that the number of series stays bounded.
"""

from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from typing import Final, Literal, NamedTuple, Protocol

from prometheus_client import Counter, Histogram
from prometheus_client.metrics import MetricWrapperBase

from vocalbaby.monitoring import shared_metrics
from vocalbaby.monitoring.definitions import Factory

__all__ = ["ABSTAINED", "UNKNOWN", "Answer", "ModelMetrics", "ServedModel"]

#: Value of ``class`` for a clip without a label.
ABSTAINED: Final = "abstained"
#: Label value for anything that was not registered.
UNKNOWN: Final = "unknown"

#: Number of previous models that keep their series, for the last scrapes.
_PREVIOUS_MODELS: Final = 4
_OUTCOMES: Final = ("agreed", "differed", "failed", "dropped")


class Answer(Protocol):
    """A model's prediction for one clip.

    Examples:
        >>> class Fixed:
        ...     label, probabilities, model_version = "cat", {"cat": 0.9, "dog": 0.1}, "pets-1"
        >>> answer: Answer = Fixed()
        >>> answer.label
        'cat'
    """

    @property
    def label(self) -> str | None:
        """The class, or None if the model abstained."""

    @property
    def probabilities(self) -> Mapping[str, float]:
        """Probability of each class."""

    @property
    def model_version(self) -> str:
        """Version of the model."""


class ServedModel(NamedTuple):
    """A model in memory.

    Attributes:
        version: Version of the model.
        name: Name of the model.
        feature_set: Name of its feature set.
        share: Share of the requests that it answers; None for a shadow.

    Examples:
        >>> ServedModel("pets-2", "pets", "mfcc", share=None).version
        'pets-2'
    """

    version: str
    name: str
    feature_set: str
    share: float | None


class _Answers(NamedTuple):
    """Metrics that count every prediction of one model."""

    predictions: Mapping[str, Counter]
    confidence: Histogram


class ModelMetrics:
    """Metrics of the models in memory and of their predictions.

    Args:
        make: Creates the metrics.
        classes: Labels that a prediction can have.
        codes: Codes of the errors of models and stores.

    Examples:
        >>> from prometheus_client import CollectorRegistry
        >>> registry = CollectorRegistry()
        >>> metrics = ModelMetrics(Factory(registry), ["cat", "dog"], [])
        >>> metrics.set_models([ServedModel("pets-1", "pets", "mfcc", 1.0)])
        >>> registry.get_sample_value("vocalbaby_model_share", {"version": "pets-1"})
        1.0
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
        """Set the models that are in memory.

        Args:
            models: Those that answer requests, and shadows.
        """
        held = _by_version(models)
        old = [model for version, model in self._models.items() if version not in held]
        kept = _by_version([*old[-_PREVIOUS_MODELS:], *models])
        self._answers = {version: self._answers_of(version) for version in kept}
        self._models = kept
        for gone in old[:-_PREVIOUS_MODELS]:
            self._remove_series(gone)
        for model in old[-_PREVIOUS_MODELS:]:
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
        """Return the version if it has series, otherwise `UNKNOWN`.

        Args:
            version: Version of a model.
        """
        return version if version in self._models else UNKNOWN

    def versions(self) -> set[str]:
        """Return every version that has series."""
        return {*self._models, UNKNOWN}

    def count_answer(self, version: str, label: str | None, confidence: float | None) -> None:
        """Count one prediction.

        Args:
            version: Version of the model.
            label: The class; None if the model abstained.
            confidence: Probability of the most probable class; None if not known.
        """
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
        """Set the faults that last; all others become 0.

        Args:
            codes: Their codes.
        """
        now = {self._code(code) for code in codes}
        for code in self._faults | now:
            self._fault.labels(code).set(code in now)
        self._faults |= now

    def count_refusal(self, code: str) -> None:
        """Count a failed attempt to load a model or read the store.

        Args:
            code: Code of the error.
        """
        self._refusals.labels(self._code(code)).inc()

    def count_shadow(self, version: str, clips: int, outcome: Literal["failed", "dropped"]) -> None:
        """Count clips that the shadow did not classify.

        Args:
            version: Version of the shadow.
            clips: Number of clips.
            outcome: Why there is no prediction.
        """
        self._shadow.labels(self.known_version(version), outcome).inc(clips)

    def compare_shadow(self, answer: Answer, shadow: Answer) -> None:
        """Count a prediction of a shadow and its difference from the response.

        Args:
            answer: The prediction in the response.
            shadow: The prediction of the shadow for the same clip.
        """
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

    def _remove_series(self, model: ServedModel) -> None:
        if shared_metrics.is_multiprocess():
            return  # shared memory keeps all series, and the exposition filters them
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
            with suppress(KeyError):  # a shadow has no predictions, for example
                metric.remove(*labels)


def _by_version(models: Iterable[ServedModel]) -> dict[str, ServedModel]:
    return {model.version: model for model in models}
