"""Which models a process holds, and which of them answers a request.

The engine asks a :class:`ModelHub` and knows nothing else about models. :class:`SingleModel`
is the hub of a service without a model store.
"""

import logging
import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import NamedTuple, Protocol

import numpy as np
from numpy.typing import NDArray

from vocalbaby.entity.bundle import ModelBundle
from vocalbaby.entity.clip import SAMPLE_RATE, Clip
from vocalbaby.entity.prediction import Prediction
from vocalbaby.exception import NotReadyError, RouteNotFoundError, VocalBabyError
from vocalbaby.monitoring.model_metrics import ServedModel

__all__ = [
    "Classifier",
    "Fault",
    "Held",
    "ModelHub",
    "Serving",
    "SingleModel",
    "Status",
    "held_model",
    "no_such_version",
    "not_ready",
    "warm",
]

_log = logging.getLogger(__name__)


class Classifier(Protocol):
    """What the service asks of a predictor; may be called from several threads."""

    @property
    def bundle(self) -> ModelBundle:
        """The model that answers."""

    def predict(self, clips: Sequence[Clip]) -> list[Prediction]:
        """One prediction per clip, in order: both of the following."""

    def extract(self, clips: Sequence[Clip]) -> NDArray[np.float32]:
        """Features, shape (n_clips, n_columns)."""

    def predict_from_features(
        self, clips: Sequence[Clip], x: NDArray[np.float32]
    ) -> list[Prediction]:
        """One prediction per clip, in order, by features that :meth:`extract` gave."""


@dataclass(frozen=True, slots=True)
class Serving:
    """What answers one request.

    Attributes:
        predictor: Answers.
        shadow: Answers too, but only to be compared with ``predictor``; or None.
    """

    predictor: Classifier
    shadow: Classifier | None = None


class Held(NamedTuple):
    """A model in memory; its share of the requests is None when it is a shadow."""

    bundle: ModelBundle
    share: float | None


@dataclass(frozen=True, slots=True)
class Fault:
    """Why something that should be served is not.

    Attributes:
        code: Of the error, whose message is in the log: it may hold addresses.
        title: What kind of error, in words.
        version: The model that cannot be taken over; None when it is the store or channel.
        since: UTC time, ISO 8601.
    """

    code: str
    title: str
    version: str | None
    since: str


@dataclass(frozen=True, slots=True)
class Status:
    """The models that a process holds, and what goes wrong meanwhile."""

    models: tuple[Held, ...]
    faults: tuple[Fault, ...] = ()


class ModelHub(Protocol):
    """The models of a process; its methods may be called from any thread."""

    def load(self) -> None:
        """Load and warm the first models; called once, in the engine's worker thread.

        A failure is raised and also kept, for :meth:`failure` and :meth:`choose`.
        """

    def failure(self) -> BaseException | None:
        """Why there is no model at all; None while loading and when there is one."""

    def close(self) -> None:
        """End whatever was begun."""

    def choose(self, key: str, version: str | None = None) -> Serving:
        """What answers a request; cheap, and the same for the same key.

        Args:
            key: Whose request it is: the name of the API key, what the client said, or
                else the request id.
            version: The model that the client insists on.

        Raises:
            NotReadyError: No model is ready.
            RouteNotFoundError: ``version`` is not served.
        """

    def current(self) -> ModelBundle:
        """The model that gets the largest share of the requests.

        Raises:
            NotReadyError: No model is ready.
        """

    def status(self) -> Status:
        """Every model, and every fault that lasts."""

    def compare(self, serving: Serving, clips: Sequence[Clip], answers: list[Prediction]) -> None:
        """Called after ``answers`` were given, where ``serving`` has a shadow.

        Runs in the engine's worker thread: what takes long belongs into another.
        """


class SingleModel:
    """The hub of one model that never changes.

    Args:
        load: Returns the predictor; called once.
        on_ready: Called with the model when it has answered for the first time.
    """

    def __init__(
        self, load: Callable[[], Classifier], on_ready: Callable[[ModelBundle], None]
    ) -> None:
        self._load = load
        self._on_ready = on_ready
        self._serving: Serving | None = None
        self._failure: BaseException | None = None

    def load(self) -> None:
        """Load and warm the model; see :meth:`ModelHub.load`."""
        try:
            predictor = self._load()
            warm(predictor)
            self._on_ready(predictor.bundle)
            self._serving = Serving(predictor)
        except BaseException as failure:
            self._failure = failure
            raise

    def failure(self) -> BaseException | None:
        """Why the model could not be loaded."""
        return self._failure

    def close(self) -> None:
        """Nothing: there is no thread."""

    def choose(self, key: str, version: str | None = None) -> Serving:  # noqa: ARG002 - no choice
        """The one model; see :meth:`ModelHub.choose`."""
        if self._serving is None:
            raise not_ready(self._failure)
        only = self._serving.predictor.bundle.manifest.version
        if version not in {None, only}:
            raise no_such_version(str(version), [only])
        return self._serving

    def current(self) -> ModelBundle:
        """The one model; see :meth:`ModelHub.current`."""
        return self.choose("").predictor.bundle

    def status(self) -> Status:
        """The one model; see :meth:`ModelHub.status`."""
        serving = self._serving
        return Status(() if serving is None else (Held(serving.predictor.bundle, 1.0),))

    def compare(self, serving: Serving, clips: Sequence[Clip], answers: list[Prediction]) -> None:
        """Nothing: there is no shadow."""


def warm(predictor: Classifier) -> None:
    """Answer once, so that the first request finds everything in memory."""
    start = time.perf_counter()
    seconds = np.arange(SAMPLE_RATE // 2, dtype=np.float32) / SAMPLE_RATE
    tone = (0.1 * np.sin(2 * np.pi * 440 * seconds)).astype(np.float32)
    predictor.predict([Clip("warm-up", tone, 0.5)])
    manifest = predictor.bundle.manifest
    _log.info(
        "model %s %s warmed in %.2f s",
        manifest.name,
        manifest.version,
        time.perf_counter() - start,
    )


def not_ready(failure: BaseException | None) -> NotReadyError:
    """What a request is told when there is no model."""
    if failure is None:
        return NotReadyError("The model is loading.", hint="Ask again in a moment.")
    if isinstance(failure, VocalBabyError):
        return NotReadyError(f"There is no model: {failure.message}", hint=failure.hint)
    return NotReadyError("The model could not be loaded.", hint="The log says why.")


def no_such_version(version: str, served: Iterable[str]) -> RouteNotFoundError:
    """What a request for a version that is not served is told."""
    return RouteNotFoundError(
        f"The model version {version[:100]!r} is not served.", hint=f"Served: {', '.join(served)}."
    )


def held_model(held: Held) -> ServedModel:
    """A held model as the metrics name it."""
    manifest = held.bundle.manifest
    return ServedModel(manifest.version, manifest.name, manifest.feature_set, held.share)
