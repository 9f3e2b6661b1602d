"""The drift job's result in the metrics of the service."""

from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Final

from vocalbaby.api.settings import Settings
from vocalbaby.cloud.storage import TooLargeError
from vocalbaby.monitoring.drift_result import MAX_BYTES, InvalidResultError
from vocalbaby.monitoring.drift_status import DriftMetrics, DriftWatcher

if TYPE_CHECKING:
    from vocalbaby.cloud.storage import Storage

__all__ = ["follow_drift"]

_KEY: Final = "latest.json"


def follow_drift(settings: Settings, metrics: DriftMetrics) -> DriftWatcher | None:
    """A watcher that polls the result, not yet started; None if no location is set."""
    address = settings.drift_results
    if address is None:
        return None

    @cache
    def storage() -> "Storage":
        from vocalbaby.cloud.opening import open_storage  # noqa: PLC0415 - slow to import

        return open_storage(address, seconds=settings.store_timeout_seconds)

    def read() -> bytes | None:
        try:
            stored = storage().get(_KEY, max_bytes=MAX_BYTES)
        except TooLargeError as error:
            raise InvalidResultError("too_large", str(error)) from error
        if stored is not None:
            return stored.data
        if "://" not in address and not Path(address).is_dir():
            raise InvalidResultError("unreadable", f"{address} does not exist or is not a folder.")
        return None

    return DriftWatcher(read, metrics, every_s=settings.drift_seconds)
