"""Loading the model that the settings name, within their limits."""

from typing import TYPE_CHECKING

from vocalbaby.api.settings import Settings
from vocalbaby.exception import BundleError
from vocalbaby.utils.time_limit import TimeLimit

if TYPE_CHECKING:
    from vocalbaby.inference.predictor import Predictor

__all__ = ["load_model"]


def load_model(settings: Settings) -> "Predictor":
    """Load the model of ``--model``, or the built-in one.

    Raises:
        BundleError: It cannot be used, is too large, or does not arrive in time.
    """
    # Imported in the worker thread, so that the port opens before it is loaded.
    from vocalbaby import inference  # noqa: PLC0415 - slow to import

    if settings.model is None:
        return inference.load(settings.model)

    def load() -> "Predictor":
        return inference.load(settings.model, max_bytes=settings.max_model_bytes)

    try:
        return TimeLimit(settings.store_timeout_seconds).call(load)
    except OSError as error:  # of the time limit: those of the bundle are BundleError
        raise BundleError(
            f"Cannot read {settings.model}: {error}.", hint="Check the file system that it is on."
        ) from error
