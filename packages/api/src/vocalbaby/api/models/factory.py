"""Where the models of a process come from, by its settings."""

from collections.abc import Callable
from typing import TYPE_CHECKING

from vocalbaby.api.models.registry import ChannelHub
from vocalbaby.api.models.routing import Classifier, Held, ModelHub, SingleModel, held_model
from vocalbaby.api.settings import Settings
from vocalbaby.entity.bundle import ModelBundle
from vocalbaby.exception import ConfigError
from vocalbaby.monitoring.model_metrics import ModelMetrics

if TYPE_CHECKING:
    from vocalbaby.bundle.store import ModelStore

__all__ = ["open_hub"]


def open_hub(
    settings: Settings,
    metrics: ModelMetrics,
    busy: Callable[[], bool],
    predictor: Classifier | None = None,
) -> ModelHub:
    """The hub of an application; nothing is read yet.

    Args:
        settings: A model, or a store and its channel.
        metrics: Of the models.
        busy: Whether requests are waiting.
        predictor: Answers instead of what the settings name.

    Raises:
        ConfigError: Both a model and a store are named, and not as its fallback.
    """

    def load() -> Classifier:
        if predictor is not None:
            return predictor
        # The modules of prediction are loaded beside the first requests, not before.
        from vocalbaby import inference  # noqa: PLC0415

        return inference.load(settings.model)

    def announce(bundle: ModelBundle) -> None:
        metrics.set_models([held_model(Held(bundle, 1.0))])

    address = settings.store
    if predictor is not None or address is None:
        return SingleModel(load, announce)
    if settings.model is not None and not settings.store_fallback:
        raise ConfigError(
            "Both a model and a store are named.",
            hint="Leave --model out, or add --store-fallback to use it until the store answers.",
        )

    def open_store() -> "ModelStore":
        from vocalbaby.bundle.store import ModelStore  # noqa: PLC0415 - see above
        from vocalbaby.cloud.opening import open_storage  # noqa: PLC0415 - see above

        return ModelStore(open_storage(address))

    def make(bundle: ModelBundle) -> Classifier:
        from vocalbaby.inference.predictor import Predictor  # noqa: PLC0415 - see above

        return Predictor(bundle)

    return ChannelHub(
        open_store,
        settings.channel,
        every_s=settings.store_seconds,
        make=make,
        fallback=load if settings.store_fallback else None,
        metrics=metrics,
        busy=busy,
    )
