"""The application: ``create_app`` creates it; ``app`` has the environment's settings."""

import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from functools import partial
from pathlib import Path

from fastapi import FastAPI
from starlette.middleware.cors import CORSMiddleware

from vocalbaby import kernel
from vocalbaby.api import page
from vocalbaby.api.drift_results import follow_drift
from vocalbaby.api.inference.admission import AdmissionController
from vocalbaby.api.inference.batching import Decoder
from vocalbaby.api.inference.engine import Engine
from vocalbaby.api.inference.prediction_logging import open_log, prediction_logger
from vocalbaby.api.inference.state import AppState
from vocalbaby.api.jobs import routes as job_routes
from vocalbaby.api.jobs.runner import JobRunner
from vocalbaby.api.jobs.service import JobService
from vocalbaby.api.jobs.spool import Spool
from vocalbaby.api.limits.limiters import ConcurrencyLimiter, MemoryBudget
from vocalbaby.api.limits.rates import RateLimiter
from vocalbaby.api.limits.shared import SharedLimits
from vocalbaby.api.middleware import errors
from vocalbaby.api.middleware.access_log import AccessLogMiddleware
from vocalbaby.api.middleware.auth import KeyMiddleware
from vocalbaby.api.middleware.body_limit import BodyLimitMiddleware, StreamLimits
from vocalbaby.api.middleware.deadline import DeadlineMiddleware
from vocalbaby.api.middleware.fast_path import FastPathMiddleware
from vocalbaby.api.middleware.head_bounds import HeadBoundsMiddleware
from vocalbaby.api.middleware.head_method import HeadMiddleware
from vocalbaby.api.middleware.key_file import KeyFile
from vocalbaby.api.middleware.request_id import RequestIdMiddleware
from vocalbaby.api.middleware.root_path import RootPathMiddleware
from vocalbaby.api.models.factory import open_registry
from vocalbaby.api.models.routing import ClipPredictor
from vocalbaby.api.open_inference import routes as v2
from vocalbaby.api.openapi import document
from vocalbaby.api.routes import FAST_PATHS, metrics_router, router
from vocalbaby.api.settings import Settings
from vocalbaby.api.version import API_VERSION
from vocalbaby.audio import AudioLimits, decode, measure
from vocalbaby.entity.clip import WARNING_CODES
from vocalbaby.entity.labels import CLASSES
from vocalbaby.exception import ConfigError
from vocalbaby.exception.table import TABLE
from vocalbaby.monitoring.asgi import ASGIApp
from vocalbaby.monitoring.metrics import MetricsMiddleware, ServiceMetrics

__all__ = ["app", "create_app"]

_log = logging.getLogger(__name__)


def create_app(
    settings: Settings | None = None,
    predictor: ClipPredictor | None = None,
    shared_limits: SharedLimits | None = None,
    *,
    checked: bool = False,
) -> FastAPI:
    """Create an application.

    Args:
        settings: The settings; read from the environment if None.
        predictor: A predictor to use instead of the model that ``settings`` name.
        shared_limits: Counters shared with other workers, if there are any.
        checked: Whether the settings were already used to create an application, so that the
            folder of the prediction log is not tried again: its disk may be full now.

    Returns:
        An ASGI application; its models are loaded when its lifespan begins.

    Raises:
        ConfigError: A setting is wrong or unknown, keys are required and there are none, or
            the prediction log cannot be written.

    Examples:
        >>> app = create_app(Settings(max_clip_seconds=10.0))
        >>> app.title, app.state.vocalbaby.settings.max_clip_seconds
        ('VocalBaby', 10.0)
    """
    settings = settings or Settings.load()
    shared_limits = shared_limits or SharedLimits()
    metrics = ServiceMetrics(classes=CLASSES, error_codes=TABLE, warning_codes=WARNING_CODES)
    keys = _keys(settings, metrics)
    limits = AudioLimits(max_s=settings.max_clip_seconds, max_bytes=settings.max_body_bytes)
    decoder: Decoder = partial(decode, limits=limits)

    def busy() -> bool:
        return engine.busy()

    registry = open_registry(settings, metrics.models, busy, predictor)
    log = open_log(settings, metrics.log, checked=checked)
    durable = settings.prediction_log_durability == "answered"
    log_predictions = None if log is None else prediction_logger(log, durable=durable)
    engine = Engine(registry, decoder, metrics.batches, log_predictions=log_predictions)
    drift = follow_drift(settings, metrics.drift)
    concurrency = ConcurrencyLimiter(settings.max_in_flight, shared_limits.requests)
    memory = MemoryBudget(settings.max_held_bytes, shared_limits.memory)
    admission = AdmissionController(
        settings.max_waiting_sound_seconds, partial(measure, limits=limits)
    )
    spool = Spool(settings)
    runner = JobRunner(spool, settings, metrics.jobs, lambda: engine.model().manifest.version)
    parts = [part for part in (log, engine, drift, keys, runner) if part is not None]
    state = AppState(settings, metrics, engine, concurrency, memory, admission, shared_limits)
    if keys is not None:
        state.key_faults = keys.faults

    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        if keys is None:
            _log.warning(
                "no API keys are configured: every client that can connect may use the service"
            )
        _log.info("kernel: %s", kernel.name())
        for part in parts:
            part.start()
        yield
        registry.close()  # first, since the engine may wait for a store that does not answer
        for part in reversed(parts):
            part.close()

    made = FastAPI(
        title="VocalBaby",
        version=API_VERSION,
        description=document.DESCRIPTION,
        openapi_tags=document.TAGS,
        openapi_url=None,  # served by a route of ours, as is a page that needs no other host
        servers=[{"url": settings.root_path or "/"}],
        redirect_slashes=False,  # a redirect would lead to the host that the client names
        lifespan=lifespan,
    )
    made.state.vocalbaby = state
    made.state.documents = document.Documents(made)
    made.state.jobs = JobService(settings, spool, runner, metrics.jobs)
    _add_routes(made, settings)
    errors.install(made)
    made.middleware_stack = _with_middleware(made.build_middleware_stack(), state, keys)
    return made


def _add_routes(app: FastAPI, settings: Settings) -> None:
    app.include_router(router)
    if settings.metrics_port is None:
        app.include_router(metrics_router)
    app.include_router(job_routes.router)
    app.include_router(v2.router)
    app.include_router(page.router)


def _with_middleware(app: ASGIApp, state: AppState, keys: KeyFile | None) -> ASGIApp:
    """Put the middleware around the framework, from the inside out."""
    settings, metrics = state.settings, state.metrics
    routes = (
        router.routes
        if settings.metrics_port is not None
        else [*router.routes, *metrics_router.routes]
    )
    app = FastPathMiddleware(app, routes=routes, paths=FAST_PATHS)
    app = HeadMiddleware(app)
    if keys is not None:
        rates = RateLimiter(
            settings.key_requests_per_second, settings.key_burst, state.shared_limits.buckets
        )
        app = KeyMiddleware(app, keys=keys, rates=rates)
    app = DeadlineMiddleware(
        app,
        seconds=settings.request_seconds,
        others={job_routes.UPLOAD: settings.job_upload_seconds + settings.request_seconds},
    )
    app = HeadBoundsMiddleware(app)
    app = errors.ErrorMiddleware(app, metrics=metrics)
    upload = StreamLimits(
        settings.max_job_bytes, settings.job_upload_seconds, settings.body_seconds
    )
    app = BodyLimitMiddleware(
        app,
        max_bytes=settings.max_body_bytes,
        seconds=settings.body_seconds,
        memory=state.memory,
        streamed={job_routes.UPLOAD: upload},
    )
    if settings.cors_origins:
        app = CORSMiddleware(
            app,
            allow_origins=settings.cors_origins.split(","),
            allow_methods=["DELETE", "GET", "POST"],
            allow_headers=["Authorization", "X-API-Key", "X-Request-ID", "X-VocalBaby-Key"],
            expose_headers=["Location", "Retry-After", "X-Request-ID"],
        )
    if settings.root_path:
        app = RootPathMiddleware(app, root_path=settings.root_path)
    app = MetricsMiddleware(app, metrics=metrics)
    if settings.access_log:
        app = AccessLogMiddleware(app)
    return RequestIdMiddleware(app)


def _keys(settings: Settings, metrics: ServiceMetrics) -> KeyFile | None:
    if settings.keys_file is not None:
        return KeyFile(Path(settings.keys_file), metrics.keys)
    if settings.require_keys:
        raise ConfigError(
            "API keys are required, but no file of keys is given.",
            hint="Create one with: vocalbaby-serve new-key NAME --file FILE; then --keys-file FILE",
        )
    return None


#: The application with the environment's settings; it is created on first use.
app: FastAPI


def __getattr__(name: str) -> FastAPI:
    """Create ``app`` on first use, so that an import does not read the environment."""
    if name != "app":
        raise AttributeError(name)
    made = globals()["app"] = create_app()
    return made
