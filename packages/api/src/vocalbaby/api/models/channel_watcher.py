"""Following a channel of a model store, in a thread of its own."""

import logging
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final, Protocol

from vocalbaby.api.models.routing import Classifier, Fault, warm
from vocalbaby.entity.bundle import ModelBundle
from vocalbaby.entity.channel import Channel
from vocalbaby.exception import BundleError, StorageError, VocalBabyError
from vocalbaby.exception.table import outcome
from vocalbaby.monitoring.model_metrics import ModelMetrics

__all__ = ["Follower", "Store"]

#: Longest wait before a version that was refused is tried again, in seconds.
_LONGEST_WAIT_S: Final = 600.0

_log = logging.getLogger(__name__)


class Store(Protocol):
    """What the follower asks of a model store."""

    def channel(self, name: str) -> Channel:
        """What a channel serves."""

    def fetch(self, version: str) -> ModelBundle:
        """Read and check a version."""


@dataclass(slots=True)
class _Refusal:
    """A version that could not be loaded, and when to try again."""

    error: VocalBabyError
    wait_s: float
    again: float


class Follower:
    """Looks at the channel every few seconds, and loads what is new beside what is there.

    What it serves changes only when every version with a share is loaded, checked and
    warmed. Until then, and while the store is away, what was served goes on.

    Args:
        open_store: Called in the thread until it succeeds.
        channel: Name of the channel.
        every_s: Seconds between two looks.
        make: Makes a predictor of a bundle.
        taken: Called with the channel and its models by version, when they have changed;
            a shadow that could not be loaded is left out of both.
        reported: Called after every look with the faults that last.
        metrics: Where failed attempts are counted.
    """

    def __init__(
        self,
        open_store: Callable[[], Store],
        channel: str,
        *,
        every_s: float,
        make: Callable[[ModelBundle], Classifier],
        taken: Callable[[Channel, Mapping[str, Classifier]], None],
        reported: Callable[[tuple[Fault, ...]], None],
        metrics: ModelMetrics,
    ) -> None:
        self._open_store = open_store
        self._name = channel
        self._every_s = every_s
        self._make = make
        self._taken = taken
        self._reported = reported
        self._metrics = metrics
        self._store: Store | None = None
        self._serves: Channel | None = None
        self._held: dict[str, Classifier] = {}
        self._refusals: dict[str, _Refusal] = {}
        self._faults: dict[str | None, Fault] = {}
        self._stop = threading.Event()
        self._looked = threading.Event()
        self._thread = threading.Thread(target=self._run, name="vocalbaby-follower", daemon=True)

    def start(self) -> None:
        """Begin, and wait for the first look."""
        self._thread.start()
        self._looked.wait()

    def close(self) -> None:
        """End; does not wait for a store that does not answer."""
        self._stop.set()
        self._looked.set()

    def look(self) -> None:
        """Look once at the channel and take over what is new."""
        errors: dict[str | None, VocalBabyError] = {}
        try:
            self._store = self._store or self._open_store()
            self._take(self._store, self._store.channel(self._name), errors)
        except VocalBabyError as error:
            errors[None] = error
            self._metrics.count_refusal(error.code)
        except Exception as error:  # noqa: BLE001 - the thread must live on
            _log.exception("channel %s could not be followed", self._name)
            errors[None] = VocalBabyError(f"Unexpected: {error!r}.")
            self._metrics.count_refusal(errors[None].code)
        self._report(errors)

    def _run(self) -> None:
        while not self._stop.is_set():
            self.look()
            self._looked.set()
            self._stop.wait(self._every_s)

    def _take(
        self, store: Store, channel: Channel, errors: dict[str | None, VocalBabyError]
    ) -> None:
        for version in channel.versions:
            if version not in self._held:
                loaded = self._load(store, version)
                if isinstance(loaded, VocalBabyError):
                    errors[version] = loaded
                else:
                    self._held[version] = loaded
        if channel.shadow in errors:
            channel = channel.model_copy(update={"shadow": None})
        if not errors.keys() & channel.serves.keys() and not _same(channel, self._serves):
            models = {version: self._held[version] for version in channel.versions}
            self._taken(channel, models)
            self._serves = channel
            _log.info("channel %s serves %s", self._name, _shown(channel))
        kept = {*channel.versions, *(self._serves.versions if self._serves else ())}
        self._held = {version: model for version, model in self._held.items() if version in kept}
        self._refusals = {
            version: refusal for version, refusal in self._refusals.items() if version in errors
        }

    def _load(self, store: Store, version: str) -> Classifier | VocalBabyError:
        """Load and warm; a version that was refused lately is refused again at once."""
        refusal = self._refusals.get(version)
        if refusal is not None and time.monotonic() < refusal.again:
            return refusal.error
        try:
            model = self._make(store.fetch(version))
            warm(model)
        except StorageError:
            raise  # the store's fault, not the version's
        except Exception as error:  # noqa: BLE001 - whatever a bundle does, the old one goes on
            wait_s = min(2 * (refusal.wait_s if refusal else self._every_s), _LONGEST_WAIT_S)
            if not isinstance(error, VocalBabyError):
                _log.exception("model %s cannot be used", version)
                error = BundleError(f"{version} cannot be used: {error!r}.")
            self._metrics.count_refusal(error.code)
            # Without its traceback, which would keep the bundle in memory.
            kept = type(error)(error.message, hint=error.hint)
            self._refusals[version] = _Refusal(kept, wait_s, time.monotonic() + wait_s)
            return kept
        return model

    def _report(self, errors: Mapping[str | None, VocalBabyError]) -> None:
        faults: dict[str | None, Fault] = {}
        for version, error in errors.items():
            known = self._faults.get(version)
            if known is not None and known.code == error.code:
                faults[version] = known
                continue
            what = f"model {version}" if version else f"channel {self._name}"
            _log.error("%s is not taken over: %s", what, error)
            since = datetime.now(UTC).isoformat(timespec="seconds")
            faults[version] = Fault(error.code, outcome(error).title, version, since)
        for version in self._faults.keys() - faults.keys():
            _log.info("%s: fault is over", f"model {version}" if version else self._name)
        self._faults = faults
        self._metrics.set_faults(error.code for error in errors.values())
        self._reported(tuple(faults.values()))


def _same(new: Channel, old: Channel | None) -> bool:
    return old is not None and (new.serves, new.shadow) == (old.serves, old.shadow)


def _shown(channel: Channel) -> str:
    parts = [f"{version} {100 * share:.3g}%" for version, share in channel.serves.items()]
    return ", ".join(parts + ([f"{channel.shadow} as shadow"] if channel.shadow else []))
