"""The service's paths."""

from fastapi import APIRouter, Request
from starlette.responses import HTMLResponse, JSONResponse, PlainTextResponse, Response

from vocalbaby.api import openapi, page
from vocalbaby.api.problems import NoUsableClipError, clip_problem
from vocalbaby.api.schemas import ClipResult, Health, Predictions, Ready, Warn
from vocalbaby.api.state import AppState
from vocalbaby.api.uploads import read_uploads
from vocalbaby.entity.bundle import BundleManifest
from vocalbaby.entity.prediction import Prediction
from vocalbaby.exception import NotReadyError, VocalBabyError
from vocalbaby.monitoring.metrics import CONTENT_TYPE

__all__ = ["router"]

router = APIRouter()


def _state(request: Request) -> AppState:
    state: AppState = request.app.state.vocalbaby
    return state


@router.post("/predict", **openapi.PREDICT)
async def predict(request: Request) -> Response:
    """Classify one or several recordings, each one vocalization.

    The answer has one result per file, in the order sent; files of the same name keep
    their own. A clip that cannot be used has an `error` instead of a label. Only when
    no clip can be used is the whole answer a problem. `label` is null when the model
    abstains; a warning then says why.
    """
    state = _state(request)
    with state.gate.enter():
        uploads = await read_uploads(request, max_files=state.settings.max_files)
        answers = await state.engine.classify(uploads)
    results = [
        _result(state, upload.name, answer) for upload, answer in zip(uploads, answers, strict=True)
    ]
    errors = [answer for answer in answers if isinstance(answer, VocalBabyError)]
    if len(errors) == len(results):
        raise NoUsableClipError(errors[0], results)
    body = Predictions(model_version=state.engine.model().manifest.version, results=results)
    return Response(body.model_dump_json(), media_type="application/json")


def _result(state: AppState, name: str, answer: Prediction | VocalBabyError) -> ClipResult:
    if isinstance(answer, VocalBabyError):
        state.metrics.count_error(answer.code)
        return ClipResult(filename=name, error=clip_problem(answer))
    state.metrics.count_prediction(
        label=answer.label, model_version=answer.model_version, duration_s=answer.duration_s
    )
    return ClipResult(
        filename=name,
        label=answer.label,
        probabilities=answer.probabilities,
        model_version=answer.model_version,
        duration_s=answer.duration_s,
        warnings=[Warn(code=note.code, message=note.message) for note in answer.warnings],
    )


@router.get("/health", **openapi.HEALTH)
async def health() -> Health:
    """Whether the process lives; says nothing about the model."""
    return Health()


@router.get("/ready", **openapi.READY)
async def ready(request: Request) -> Ready:
    """Whether a warmed model answers; a load balancer should ask this."""
    state = _state(request)
    if state.draining:
        raise NotReadyError("The service is about to stop.", hint="Ask another instance.")
    return Ready(model_version=state.engine.model().manifest.version)


@router.get("/model", **openapi.MODEL)
async def model(request: Request) -> BundleManifest:
    """The model's manifest: version, classes, features, metrics and provenance."""
    return _state(request).engine.model().manifest


@router.get("/model/card", **openapi.CARD)
async def card(request: Request) -> PlainTextResponse:
    """The model card: what it was trained on, how good it is, and its limits."""
    return PlainTextResponse(_state(request).engine.model().card, media_type="text/markdown")


@router.get("/metrics", **openapi.METRICS)
async def metrics(request: Request) -> Response:
    """Prometheus metrics of this process."""
    return Response(_state(request).metrics.exposition(), media_type=CONTENT_TYPE)


@router.get("/openapi.json", include_in_schema=False)
async def description(request: Request) -> JSONResponse:
    """This interface, for programs."""
    return JSONResponse(request.app.openapi())


@router.get("/docs", include_in_schema=False)
async def docs(request: Request) -> HTMLResponse:
    """This interface, for people."""
    policy = {"Content-Security-Policy": page.CONTENT_SECURITY_POLICY}
    return HTMLResponse(page.render(request.app.openapi()), headers=policy)
