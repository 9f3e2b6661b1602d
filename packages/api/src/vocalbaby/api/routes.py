"""The paths of the service, except those of the Open Inference Protocol."""

from typing import Final

from fastapi import APIRouter, Request
from starlette.responses import PlainTextResponse, Response

from vocalbaby.api.http.files import send_file
from vocalbaby.api.http.schemas import (
    Health,
    ModelDescription,
    ModelFault,
    Ready,
    ServedModel,
)
from vocalbaby.api.http.uploads import read_archive, read_uploads
from vocalbaby.api.inference.archive_inference import classify_archive, open_archive
from vocalbaby.api.inference.classify import classify
from vocalbaby.api.inference.results import gather, json_response
from vocalbaby.api.inference.state import AppState
from vocalbaby.api.openapi import operations, reference_page
from vocalbaby.api.openapi.document import Documents
from vocalbaby.exception import NotReadyError
from vocalbaby.monitoring.metrics import CONTENT_TYPE

__all__ = ["FAST_PATHS", "metrics_router", "router"]

#: Paths whose handlers are called without the framework.
FAST_PATHS: Final = ("/predict", "/health", "/ready", "/metrics", "/openapi.json", "/docs")

_HEALTHY: Final = Health().model_dump_json()

router = APIRouter()
#: Not included when the metrics have a separate port.
metrics_router = APIRouter()


def _state(request: Request) -> AppState:
    state: AppState = request.app.state.vocalbaby
    return state


@router.post("/predict", **operations.PREDICT)
async def predict(request: Request) -> Response:
    """Classify one or several recordings, each of one vocalization.

    The response has one result per file, in the order sent; files of the same name have
    separate results. A clip that cannot be used has an `error` instead of a label. The whole
    response is a problem only if no clip can be used. `label` is null if the model abstains;
    a warning then gives the reason.
    """
    state = _state(request)
    state.concurrency.check()
    uploads = await read_uploads(request, max_files=state.settings.max_files)
    with state.concurrency.enter():
        answers = await classify(request, uploads)
    version, results = gather(state, [upload.name for upload in uploads], answers)
    return json_response({"model_version": version, "results": results})


@router.post("/predict_zip", **operations.PREDICT_ZIP)
async def predict_zip(request: Request) -> Response:
    """Classify the recordings in a ZIP archive, each of one vocalization.

    The response has one result per file, in the archive's order and with its name there.
    A member that cannot be used (damaged, encrypted, an archive, over a limit) has an
    `error` instead of a label. Folders, hidden and system files, and files that are not
    recordings are listed under `skipped`. `notes` names recordings of the same name, also of
    names that only some file systems distinguish. The whole response is a problem only if no
    clip can be used.
    """
    state = _state(request)
    state.concurrency.check()
    data = await read_archive(request)
    with state.concurrency.enter():
        archive = await open_archive(data, state.settings)
        answers = await classify_archive(request, archive)
    version, results = gather(state, archive.names, answers)
    skipped = [{"filename": name, "reason": reason} for name, reason in archive.skipped]
    body = {"results": results, "skipped": skipped, "notes": archive.notes}
    return json_response({"model_version": version, **body})


@router.get("/health", **operations.HEALTH)
async def health(_: Request) -> Response:
    """Whether the process is running; independent of the model."""
    return Response(_HEALTHY, media_type="application/json")


@router.get("/ready", **operations.READY)
async def ready(request: Request) -> Response:
    """Whether a model is loaded and warmed up; the health check for load balancers."""
    state = _state(request)
    if state.draining:
        raise NotReadyError(
            "The service is about to stop.", hint="Retry; another instance will answer."
        )
    version = state.engine.model().manifest.version
    faults = [
        ModelFault(code=f.code, title=f.title, model_version=f.version, since=f.since)
        for f in (*state.engine.status().faults, *state.key_faults())
    ]
    body = Ready(model_version=version, faults=faults).model_dump_json()
    return Response(body, media_type="application/json")


@router.get("/model", **operations.MODEL)
async def model(request: Request) -> ModelDescription:
    """The model's manifest (version, features, metrics, provenance) and all served models."""
    engine = _state(request).engine
    serves = [
        ServedModel(
            model_version=model.bundle.manifest.version,
            share=model.share or 0.0,
            shadow=model.share is None,
        )
        for model in engine.status().models
    ]
    return ModelDescription(**dict(engine.model().manifest), serves=serves)


@router.get("/model/card", **operations.CARD)
async def card(request: Request) -> PlainTextResponse:
    """The model card: training data, metrics and limits."""
    return PlainTextResponse(_state(request).engine.model().card, media_type="text/markdown")


@metrics_router.get("/metrics", **operations.METRICS)
async def metrics(request: Request) -> Response:
    """Prometheus metrics of this process."""
    return Response(await _state(request).metrics.scrapes.get(), media_type=CONTENT_TYPE)


@router.get("/openapi.json", include_in_schema=False)
async def description(request: Request) -> Response:
    """The OpenAPI document of this interface."""
    documents: Documents = request.app.state.documents
    return send_file(request, await documents.openapi.get(), {})


@router.get("/docs", include_in_schema=False)
async def docs(request: Request) -> Response:
    """The OpenAPI document as a web page."""
    documents: Documents = request.app.state.documents
    policy = {"Content-Security-Policy": reference_page.CONTENT_SECURITY_POLICY}
    return send_file(request, await documents.page.get(), policy)
