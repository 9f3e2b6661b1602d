"""Which loaded model answers which request."""

import hashlib
import math
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple, Protocol

import numpy as np
from numpy.typing import NDArray

from vocalbaby.entity.bundle import ModelBundle
from vocalbaby.entity.clip import Clip
from vocalbaby.entity.prediction import Prediction
from vocalbaby.exception import RouteNotFoundError
from vocalbaby.monitoring.model_metrics import ServedModel

__all__ = [
    "ClipPredictor",
    "LoadedModel",
    "RouteTarget",
    "RoutingTable",
    "check_served",
    "model_labels",
]


class ClipPredictor(Protocol):
    """What the service requires of a predictor; its methods may be called from several threads."""

    @property
    def bundle(self) -> ModelBundle:
        """The model behind the predictions."""

    def predict(self, clips: Sequence[Clip]) -> list[Prediction]:
        """Return one prediction per clip, in order: both of the following steps."""

    def extract(self, clips: Sequence[Clip]) -> NDArray[np.float32]:
        """Return the features, shape (n_clips, n_columns)."""

    def predict_from_features(
        self, clips: Sequence[Clip], x: NDArray[np.float32]
    ) -> list[Prediction]:
        """Return one prediction per clip, in order, from the features of `extract`."""


@dataclass(frozen=True, slots=True)
class RouteTarget:
    """The model that answers a request.

    Attributes:
        predictor: Its predictions are sent to the client.
        shadow: Predicts the same clips afterwards, for comparison only; None without a shadow.
    """

    predictor: ClipPredictor
    shadow: ClipPredictor | None = None


class LoadedModel(NamedTuple):
    """A model in memory; its share of the requests is None when it is a shadow."""

    bundle: ModelBundle
    share: float | None


class RoutingTable:
    """The models that answer requests, with their shares; immutable.

    Requests are spread over the versions by weighted rendezvous hashing of their key: the
    same key always gets the same version, and when the share of a version grows, keys only
    move to that version.

    Args:
        shares: Share of the requests of each version; the shares sum to 1.
        models: The predictor of each of these versions, and of ``shadow``.
        shadow: Version that is compared with all others, or None.
    """

    def __init__(
        self,
        shares: Mapping[str, float],
        models: Mapping[str, ClipPredictor],
        shadow: str | None = None,
    ) -> None:
        self._shares = dict(shares)
        self._shadow = None if shadow is None else models[shadow]
        self._targets = {version: RouteTarget(models[version], self._shadow) for version in shares}
        self._largest = max(self._shares, key=self._shares.__getitem__)

    def route(self, key: str, version: str | None = None) -> RouteTarget:
        """Return the target of a request.

        Args:
            key: Requests with the same key get the same version.
            version: The version that the client insists on, or None.

        Raises:
            RouteNotFoundError: ``version`` is not served.
        """
        if version is not None:
            check_served(version, self._targets)
            return self._targets[version]
        if len(self._targets) == 1:
            return self._targets[self._largest]
        return self._targets[
            max(self._shares, key=lambda name: _score(key, name, self._shares[name]))
        ]

    def current(self) -> ModelBundle:
        """Return the model with the largest share of the requests."""
        return self._targets[self._largest].predictor.bundle

    def loaded(self) -> tuple[LoadedModel, ...]:
        """Return every model, the shadow last."""
        models = [
            LoadedModel(target.predictor.bundle, self._shares[version])
            for version, target in self._targets.items()
        ]
        if self._shadow is not None:
            models.append(LoadedModel(self._shadow.bundle, None))
        return tuple(models)


def check_served(version: str, served: Collection[str]) -> None:
    """Check that a version that a client insists on is served.

    Raises:
        RouteNotFoundError: ``version`` is not one of ``served``.
    """
    if version not in served:
        raise RouteNotFoundError(
            f"The model version {version[:100]!r} is not served.",
            hint=f"Served: {', '.join(served)}.",
        )


def model_labels(model: LoadedModel) -> ServedModel:
    """Return the labels under which the metrics show a model."""
    manifest = model.bundle.manifest
    return ServedModel(manifest.version, manifest.name, manifest.feature_set, model.share)


def _score(key: str, version: str, share: float) -> float:
    """Score of a version for a key; the version with the highest score answers.

    Each version has the highest score for its share of the keys.
    Source: Thaler & Ravishankar 1998, in the weighted form of Schindelhauer & Schomaker 2005.
    """
    digest = hashlib.blake2b(f"{version}\0{key}".encode(), digest_size=8).digest()
    uniform = (int.from_bytes(digest, "big") + 1) / (2**64 + 1)
    return share / -math.log(uniform)
