"""The paths of the Open Inference Protocol (KServe V2).

The service is one model with the name ``vocalbaby``, whichever versions its channel serves.
"""

import asyncio
import math
from typing import Any, Final, cast

from fastapi import APIRouter, Request
from starlette.responses import Response

from vocalbaby.api.inference.classify import classify
from vocalbaby.api.inference.results import Result, gather
from vocalbaby.api.inference.state import AppState
from vocalbaby.api.models.routing import check_served
from vocalbaby.api.open_inference import tensors
from vocalbaby.api.openapi import operations
from vocalbaby.api.upload import Upload
from vocalbaby.api.version import API_VERSION
from vocalbaby.audio import wav_bytes
from vocalbaby.entity.labels import CLASSES
from vocalbaby.exception import NotReadyError, RequestError, RouteNotFoundError, TooManyFilesError
from vocalbaby.utils.wording import counted

__all__ = ["MODEL_NAME", "router"]

#: The name of the model in every path; its versions change.
MODEL_NAME: Final = "vocalbaby"

_EXAMPLE: Final = "Send 'audio' (BYTES, files) or 'samples' (FP32, with sample_rate)."
_INPUTS: Final = (
    {"name": "audio", "datatype": "BYTES", "shape": [-1]},
    {"name": "samples", "datatype": "FP32", "shape": [-1, -1]},
)
_OUTPUTS: Final = (
    {"name": "label", "datatype": "BYTES", "shape": [-1]},
    {"name": "probabilities", "datatype": "FP32", "shape": [-1, len(CLASSES)]},
    {"name": "warnings", "datatype": "BYTES", "shape": [-1]},
    {"name": "error", "datatype": "BYTES", "shape": [-1]},
)
_PARAMETERS: Final = {"classes": ",".join(CLASSES)}

router = APIRouter(prefix="/v2", tags=["v2"])


@router.get("", summary="The server and its extensions")
async def server() -> dict[str, Any]:
    """Name, version and extensions."""
    return {"name": "vocalbaby", "version": API_VERSION, "extensions": ["binary_tensor_data"]}


@router.get("/health/live", summary="The process is running")
async def live() -> dict[str, bool]:
    """Whether the process is running."""
    return {"live": True}


@router.get("/health/ready", summary="A model is ready", **operations.V2_READY)
async def ready(request: Request) -> dict[str, bool]:
    """Whether a model is loaded and warmed up."""
    _served(_ready_state(request))
    return {"ready": True}


@router.get("/models/{name}", summary="Inputs and outputs", **operations.METADATA)
@router.get(
    "/models/{name}/versions/{version}",
    summary="Inputs and outputs of a version",
    **operations.METADATA,
)
async def metadata(request: Request, name: str, version: str | None = None) -> dict[str, Any]:
    """The versions, inputs and outputs of the model."""
    served = _check(_state(request), name, version)
    return {
        "name": name,
        "versions": served,
        "platform": "vocalbaby",
        "inputs": _INPUTS,
        "outputs": _OUTPUTS,
        "parameters": _PARAMETERS,
    }


@router.get("/models/{name}/ready", summary="The model is ready", **operations.METADATA)
@router.get(
    "/models/{name}/versions/{version}/ready",
    summary="A version is ready",
    **operations.METADATA,
)
async def model_ready(request: Request, name: str, version: str | None = None) -> dict[str, Any]:
    """Whether the model, or one version of it, is ready."""
    _check(_ready_state(request), name, version)
    return {"name": name, "ready": True}


@router.post("/models/{name}/infer", **operations.INFER)
@router.post("/models/{name}/versions/{version}/infer", **operations.INFER)
async def infer(request: Request, name: str, version: str | None = None) -> Response:
    """Classify recordings: files in `audio`, or samples in `samples` with a `sample_rate`.

    `audio` holds one file per element: base64 in JSON, raw or base64 in binary data.
    A clip that cannot be used has an empty label, probabilities of 0 and an `error`.
    Without a version in the path, the channel's shares decide which version answers.
    """
    state = _state(request)
    _check(state, name, version)
    state.concurrency.check()
    body = await request.body()
    with state.concurrency.enter():
        header_length = request.headers.get(tensors.HEADER_LENGTH)
        # In a thread, since parsing a large body would delay the other requests.
        parsed = await asyncio.to_thread(tensors.parse, body, header_length)
        names, binary = _requested_outputs(parsed)
        uploads = await asyncio.to_thread(_uploads, parsed, state.settings.max_files)
        outcomes = await classify(request, uploads, version)
    model_version, results = gather(state, [upload.name for upload in uploads], outcomes)
    head = {"model_name": name, "model_version": model_version, "parameters": _PARAMETERS}
    if parsed.id is not None:
        head["id"] = parsed.id
    outputs = {output.name: output for output in _outputs(results)}
    content, json_length = tensors.encode(head, [outputs[name] for name in names], binary)
    if json_length is None:
        return Response(content, media_type="application/json")
    return Response(
        content,
        media_type="application/octet-stream",
        headers={tensors.HEADER_LENGTH: str(json_length)},
    )


def _state(request: Request) -> AppState:
    return cast("AppState", request.app.state.vocalbaby)


def _ready_state(request: Request) -> AppState:
    state = _state(request)
    if state.draining:
        raise NotReadyError(
            "The service is about to stop.", hint="Retry; another instance will answer."
        )
    return state


def _served(state: AppState) -> list[str]:
    """Return the versions that are ready; raises NotReadyError when there is none."""
    state.engine.model()
    return [m.bundle.manifest.version for m in state.engine.status().models if m.share is not None]


def _check(state: AppState, name: str, version: str | None) -> list[str]:
    """Check that the model and the version exist; returns the versions that are ready."""
    if name != MODEL_NAME:
        raise RouteNotFoundError(f"There is no model {name[:100]!r}.", hint=f"Use {MODEL_NAME!r}.")
    served = _served(state)
    if version is not None:
        check_served(version, served)
    return served


def _uploads(parsed: tensors.InferRequest, limit: int) -> list[Upload]:
    """Return the clips of a request as files; at most ``limit``."""
    if len(parsed.inputs) != 1:
        raise RequestError("The request has more than one input.", hint=_EXAMPLE)
    tensor = parsed.inputs[0]
    kind = (tensor.name, tensor.datatype)
    if kind not in {("audio", "BYTES"), ("samples", "FP32")}:
        raise RequestError(f"There is no input {kind[0][:100]!r} of {kind[1][:20]}.", hint=_EXAMPLE)
    if not tensor.size() > 0:
        raise RequestError(f"The input {tensor.name!r} is empty.", hint=_EXAMPLE)
    if (tensor.size() if tensor.name == "audio" else math.prod(tensor.shape[:-1])) > limit:
        raise TooManyFilesError(
            f"The request has more than {counted(limit, 'clip')}.",
            hint="Send them in several requests.",
        )
    if tensor.name == "audio":
        files = tensors.to_bytes(tensor)
    else:
        rate = tensor.parameters.get("sample_rate", parsed.parameters.get("sample_rate"))
        if not isinstance(rate, int) or not 0 < rate < 2**24:
            raise RequestError(
                "'samples' has no sample_rate.",
                hint="Send it in Hz, as a parameter of the input or of the request.",
            )
        rows = tensors.to_floats(tensor)
        files = [wav_bytes(row, rate) for row in rows.reshape(-1, tensor.shape[-1])]
    return [Upload(f"{tensor.name}[{i}]", data) for i, data in enumerate(files)]


def _requested_outputs(parsed: tensors.InferRequest) -> tuple[list[str], list[bool]]:
    """Return the names of the requested outputs, and for each whether as binary data."""
    known = [str(output["name"]) for output in _OUTPUTS]
    default = parsed.parameters.get("binary_data_output") is True
    if not parsed.outputs:
        return known, [default] * len(known)
    for output in parsed.outputs:
        if output.name not in known:
            raise RequestError(
                f"There is no output {output.name[:100]!r}.",
                hint=f"Request {', '.join(known)}.",
            )
    binary = [output.parameters.get("binary_data", default) is True for output in parsed.outputs]
    return [output.name for output in parsed.outputs], binary


def _outputs(results: list[Result]) -> list[tensors.Output]:
    n = len(results)
    probabilities = [(r["probabilities"] or {}).get(c, 0.0) for r in results for c in CLASSES]
    warnings = [";".join(warning.code for warning in r["warnings"]) for r in results]
    errors = [f"{e.code}: {e.detail}" if (e := r["error"]) else "" for r in results]
    return [
        tensors.Output("label", "BYTES", [n], [r["label"] or "" for r in results]),
        tensors.Output("probabilities", "FP32", [n, len(CLASSES)], probabilities),
        tensors.Output("warnings", "BYTES", [n], warnings),
        tensors.Output("error", "BYTES", [n], errors),
    ]
