"""The application: ``create_app`` makes one, ``app`` is one made from the environment."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from functools import partial
from typing import Final

from fastapi import FastAPI

from vocalbaby.api import openapi, problems
from vocalbaby.api.context import FaultMiddleware, RequestIdMiddleware
from vocalbaby.api.engine import Classifier, Decoder, Engine
from vocalbaby.api.limits import BodyLimitMiddleware, Gate
from vocalbaby.api.routes import router
from vocalbaby.api.settings import Settings
from vocalbaby.api.state import AppState
from vocalbaby.audio import AudioLimits, decode
from vocalbaby.entity.bundle import ModelBundle
from vocalbaby.exception.table import TABLE
from vocalbaby.monitoring.metrics import MetricsMiddleware, ServiceMetrics

__all__ = ["API_VERSION", "app", "create_app"]

#: Version of the HTTP interface, not of the package or the model.
API_VERSION: Final = "1.0"


def create_app(settings: Settings | None = None, predictor: Classifier | None = None) -> FastAPI:
    """Make an application.

    Args:
        settings: Limits and model source; from the environment when None.
        predictor: Answers instead of the model that ``settings`` names.

    Raises:
        ConfigError: The environment holds a wrong or unknown setting.
    """
    settings = settings or Settings.load()
    metrics = ServiceMetrics(error_codes=TABLE)
    limits = AudioLimits(max_s=settings.max_clip_seconds, max_bytes=settings.max_body_bytes)
    decoder: Decoder = partial(decode, limits=limits)
    source = settings.model

    def load() -> Classifier:
        if predictor is not None:
            return predictor
        from vocalbaby.pipeline.prediction import load_predictor  # noqa: PLC0415 - stay cheap

        return load_predictor(source)

    engine = Engine(load, decoder, partial(_announce, metrics))
    state = AppState(settings, metrics, engine, Gate(settings.max_in_flight))

    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        engine.start()
        yield
        engine.close()

    made = openapi.DescribedAPI(
        title="VocalBaby",
        version=API_VERSION,
        description=openapi.DESCRIPTION,
        openapi_tags=openapi.TAGS,
        openapi_url=None,  # our own routes serve it, and a page that needs no other host
        lifespan=lifespan,
    )
    made.state.vocalbaby = state
    made.include_router(router)
    problems.install(made)
    # Added from the inside out: ids are outermost.
    made.add_middleware(FaultMiddleware, metrics=metrics)
    made.add_middleware(
        BodyLimitMiddleware,
        max_body_bytes=settings.max_body_bytes,
        max_held_bytes=settings.max_held_bytes,
        body_seconds=settings.body_seconds,
    )
    made.add_middleware(MetricsMiddleware, metrics=metrics)
    made.add_middleware(RequestIdMiddleware)
    return made


def _announce(metrics: ServiceMetrics, bundle: ModelBundle) -> None:
    manifest = bundle.manifest
    metrics.set_model(
        version=manifest.version, name=manifest.name, feature_set=manifest.feature_set
    )


app: FastAPI


def __getattr__(name: str) -> FastAPI:
    """Make ``app`` when it is first asked for, so that importing reads no environment."""
    if name != "app":
        raise AttributeError(name)
    made = globals()["app"] = create_app()
    return made
