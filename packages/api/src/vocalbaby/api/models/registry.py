"""The hub of a service that follows a channel of a model store."""

import hashlib
import math
import threading
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from vocalbaby.api.models.channel_watcher import Follower, Store
from vocalbaby.api.models.routing import (
    Classifier,
    Fault,
    Held,
    Serving,
    Status,
    held_model,
    no_such_version,
    not_ready,
    warm,
)
from vocalbaby.api.models.shadow import ShadowRunner
from vocalbaby.entity.bundle import ModelBundle
from vocalbaby.entity.channel import Channel
from vocalbaby.entity.clip import Clip
from vocalbaby.entity.prediction import Prediction
from vocalbaby.exception import NotReadyError
from vocalbaby.monitoring.model_metrics import ModelMetrics

__all__ = ["ChannelHub"]


@dataclass(frozen=True, slots=True)
class _Lineup:
    """What is served: by version, every share and what answers."""

    shares: Mapping[str, float]
    servings: Mapping[str, Serving]
    shadow: Classifier | None = None


class ChannelHub:
    """See :class:`vocalbaby.api.models.routing.ModelHub`.

    Requests are spread over the versions by weighted rendezvous hashing of their key: the
    same key keeps its version, and when a share grows, keys only move to that version.

    Args:
        open_store: Opens the model store; may fail, and is then called again.
        channel: Name of the channel.
        every_s: Seconds between two looks at it.
        make: Makes a predictor of a bundle.
        fallback: Loads a model that answers until the store gives one; or None.
        metrics: Of the models.
        busy: Whether requests wait, so that nothing is to be compared with a shadow.
    """

    def __init__(
        self,
        open_store: Callable[[], Store],
        channel: str,
        *,
        every_s: float,
        make: Callable[[ModelBundle], Classifier],
        fallback: Callable[[], Classifier] | None,
        metrics: ModelMetrics,
        busy: Callable[[], bool],
    ) -> None:
        self._fallback = fallback
        self._metrics = metrics
        self._shadow = ShadowRunner(metrics, busy)
        self._follower = Follower(
            open_store,
            channel,
            every_s=every_s,
            make=make,
            taken=self._take,
            reported=self._report,
            metrics=metrics,
        )
        self._lock = threading.Lock()
        self._lineup: _Lineup | None = None
        self._faults: tuple[Fault, ...] = ()

    def load(self) -> None:
        """Look at the channel once, and go on looking in another thread."""
        self._follower.start()
        if self._fallback is None or self._lineup is not None:
            return
        model = self._fallback()
        warm(model)
        version = model.bundle.manifest.version
        with self._lock:
            if self._lineup is None:
                self._switch(_Lineup({version: 1.0}, {version: Serving(model)}))

    def close(self) -> None:
        """End the threads."""
        self._follower.close()
        self._shadow.close()

    def failure(self) -> BaseException | None:
        """None: whatever keeps a model away now may be over at the next look."""

    def choose(self, key: str, version: str | None = None) -> Serving:
        """See :meth:`ModelHub.choose`."""
        lineup = self._now()
        if version is not None:
            if version not in lineup.servings:
                raise no_such_version(version, lineup.servings)
            return lineup.servings[version]
        if len(lineup.shares) > 1:
            version = max(lineup.shares, key=lambda name: _score(key, name, lineup.shares[name]))
            return lineup.servings[version]
        return next(iter(lineup.servings.values()))

    def current(self) -> ModelBundle:
        """See :meth:`ModelHub.current`."""
        lineup = self._now()
        version = max(lineup.shares, key=lambda name: lineup.shares[name])
        return lineup.servings[version].predictor.bundle

    def status(self) -> Status:
        """See :meth:`ModelHub.status`."""
        lineup = self._lineup
        return Status(() if lineup is None else tuple(_held(lineup)), self._faults)

    def compare(self, serving: Serving, clips: Sequence[Clip], answers: list[Prediction]) -> None:
        """See :meth:`ModelHub.compare`."""
        if serving.shadow is not None:
            self._shadow.submit(serving.shadow, clips, answers)

    def _now(self) -> _Lineup:
        lineup = self._lineup
        if lineup is None:
            faults = self._faults
            if not faults:
                raise not_ready(None)
            raise NotReadyError(
                f"There is no model yet ({faults[0].title}).",
                hint="The service goes on trying; its log says more.",
            )
        return lineup

    def _take(self, channel: Channel, models: Mapping[str, Classifier]) -> None:
        """Called by the follower: these are loaded and warm."""
        shadow = None if channel.shadow is None else models[channel.shadow]
        servings = {version: Serving(models[version], shadow) for version in channel.serves}
        with self._lock:
            self._switch(_Lineup(channel.serves, servings, shadow))

    def _switch(self, lineup: _Lineup) -> None:
        self._metrics.set_models([held_model(held) for held in _held(lineup)])
        self._lineup = lineup

    def _report(self, faults: tuple[Fault, ...]) -> None:
        self._faults = faults


def _held(lineup: _Lineup) -> list[Held]:
    held = [
        Held(serving.predictor.bundle, lineup.shares[version])
        for version, serving in lineup.servings.items()
    ]
    return held if lineup.shadow is None else [*held, Held(lineup.shadow.bundle, None)]


def _score(key: str, version: str, share: float) -> float:
    """The version with the highest wins; wins are shared out as the shares say.

    Source: Thaler & Ravishankar 1998, in the weighted form of Schindelhauer & Schomaker 2005.
    """
    digest = hashlib.blake2b(f"{version}\0{key}".encode(), digest_size=8).digest()
    uniform = (int.from_bytes(digest, "big") + 1) / (2**64 + 1)
    return share / -math.log(uniform)
