"""Polling a channel of a model store, in a thread of its own."""

import logging
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final, Protocol

from vocalbaby.api.models.registry import Fault, warm_up
from vocalbaby.api.models.routing import ClipPredictor
from vocalbaby.entity.bundle import ModelBundle
from vocalbaby.entity.channel import Channel
from vocalbaby.exception import BundleError, StorageError, VocalBabyError
from vocalbaby.exception.table import outcome
from vocalbaby.monitoring.model_metrics import ModelMetrics

__all__ = ["ChannelWatcher", "Store"]

#: Longest wait before a version that could not be loaded is tried again, in seconds.
_LONGEST_WAIT_S: Final = 600.0

_log = logging.getLogger(__name__)


class Store(Protocol):
    """What the watcher requires of a model store."""

    def channel(self, name: str) -> Channel:
        """Return which versions a channel serves."""

    def fetch(self, version: str) -> ModelBundle:
        """Read and verify a version."""


@dataclass(slots=True)
class _FailedVersion:
    """A version that could not be loaded, and when to try again."""

    error: VocalBabyError
    wait_s: float
    retry_at: float


class ChannelWatcher:
    """Polls a channel every few seconds, and loads new versions beside those that answer.

    The served models change only when every version with a share has been loaded, verified
    and warmed up. Until then, and while the store cannot be reached, the old models stay.

    Args:
        open_store: Opens the model store; called in the thread until it succeeds.
        channel: Name of the channel.
        every_s: Seconds between two polls.
        make: Makes a predictor from a bundle.
        on_change: Called with the channel and its models by version when they have changed;
            a shadow that could not be loaded is left out of both.
        on_faults: Called after every poll with the faults that persist.
        metrics: Counts failed attempts.
    """

    def __init__(
        self,
        open_store: Callable[[], Store],
        channel: str,
        *,
        every_s: float,
        make: Callable[[ModelBundle], ClipPredictor],
        on_change: Callable[[Channel, Mapping[str, ClipPredictor]], None],
        on_faults: Callable[[tuple[Fault, ...]], None],
        metrics: ModelMetrics,
    ) -> None:
        self._open_store = open_store
        self._name = channel
        self._every_s = every_s
        self._make = make
        self._on_change = on_change
        self._on_faults = on_faults
        self._metrics = metrics
        self._store: Store | None = None
        self._served: Channel | None = None
        self._models: dict[str, ClipPredictor] = {}
        self._failed: dict[str, _FailedVersion] = {}
        self._faults: dict[str | None, Fault] = {}
        self._stop = threading.Event()
        self._polled = threading.Event()
        self._thread = threading.Thread(target=self._run, name="vocalbaby-channel", daemon=True)

    def start(self) -> None:
        """Start the thread, and wait for the first poll."""
        self._thread.start()
        self._polled.wait()

    def close(self) -> None:
        """Stop; does not wait for a store that does not answer."""
        self._stop.set()
        self._polled.set()

    def poll(self) -> None:
        """Read the channel once, and apply what has changed."""
        errors: dict[str | None, VocalBabyError] = {}
        try:
            self._store = self._store or self._open_store()
            self._apply(self._store, self._store.channel(self._name), errors)
        except VocalBabyError as error:
            errors[None] = error
            self._metrics.count_refusal(error.code)
        except Exception as error:  # noqa: BLE001 - the thread must survive
            _log.exception("channel %s could not be polled", self._name)
            errors[None] = VocalBabyError(f"Unexpected: {error!r}.")
            self._metrics.count_refusal(errors[None].code)
        self._report(errors)

    def _run(self) -> None:
        while not self._stop.is_set():
            self.poll()
            self._polled.set()
            self._stop.wait(self._every_s)

    def _apply(
        self, store: Store, channel: Channel, errors: dict[str | None, VocalBabyError]
    ) -> None:
        for version in channel.versions:
            if version not in self._models:
                loaded = self._load(store, version)
                if isinstance(loaded, VocalBabyError):
                    errors[version] = loaded
                else:
                    self._models[version] = loaded
        if channel.shadow in errors:
            channel = channel.model_copy(update={"shadow": None})
        if not errors.keys() & channel.serves.keys() and not _same(channel, self._served):
            models = {version: self._models[version] for version in channel.versions}
            self._on_change(channel, models)
            self._served = channel
            _log.info("channel %s serves %s", self._name, _describe(channel))
        needed = {*channel.versions, *(self._served.versions if self._served else ())}
        self._models = {name: model for name, model in self._models.items() if name in needed}
        self._failed = {name: failed for name, failed in self._failed.items() if name in errors}

    def _load(self, store: Store, version: str) -> ClipPredictor | VocalBabyError:
        """Load and warm up a version, unless it failed and its retry is not yet due."""
        failed = self._failed.get(version)
        if failed is not None and time.monotonic() < failed.retry_at:
            return failed.error
        try:
            model = self._make(store.fetch(version))
            warm_up(model)
        except StorageError:
            raise  # a fault of the store, not of this version
        except Exception as error:  # noqa: BLE001 - the old model answers whatever a bundle raises
            wait_s = min(2 * (failed.wait_s if failed else self._every_s), _LONGEST_WAIT_S)
            if not isinstance(error, VocalBabyError):
                _log.exception("model %s cannot be used", version)
                error = BundleError(f"{version} cannot be used: {error!r}.")
            self._metrics.count_refusal(error.code)
            failure = error.without_trace()  # the traceback would keep the bundle in memory
            self._failed[version] = _FailedVersion(failure, wait_s, time.monotonic() + wait_s)
            return failure
        return model

    def _report(self, errors: Mapping[str | None, VocalBabyError]) -> None:
        faults: dict[str | None, Fault] = {}
        for version, error in errors.items():
            known = self._faults.get(version)
            if known is not None and known.code == error.code:
                faults[version] = known
                continue
            subject = f"model {version}" if version else f"channel {self._name}"
            _log.error("%s cannot be loaded: %s", subject, error)
            since = datetime.now(UTC).isoformat(timespec="seconds")
            faults[version] = Fault(error.code, outcome(error).title, version, since)
        for version in self._faults.keys() - faults.keys():
            subject = f"model {version}" if version else f"channel {self._name}"
            _log.info("%s: the fault is over", subject)
        self._faults = faults
        self._metrics.set_faults(error.code for error in errors.values())
        self._on_faults(tuple(faults.values()))


def _same(new: Channel, old: Channel | None) -> bool:
    return old is not None and (new.serves, new.shadow) == (old.serves, old.shadow)


def _describe(channel: Channel) -> str:
    parts = [f"{version} {100 * share:.3g}%" for version, share in channel.serves.items()]
    return ", ".join(parts + ([f"{channel.shadow} as shadow"] if channel.shadow else []))
