"""How the paths are described in OpenAPI: tags, bodies, and an example of every answer."""

from typing import Any, Final

from starlette.responses import PlainTextResponse, Response

from vocalbaby.api.direct import DirectAPI
from vocalbaby.api.schemas import (
    ArchivePredictions,
    ClipProblem,
    ClipResult,
    Predictions,
    Problem,
    Ready,
    Skipped,
    Warn,
)
from vocalbaby.entity.labels import CLASSES
from vocalbaby.exception.table import TABLE

__all__ = [
    "CARD",
    "DESCRIPTION",
    "HEALTH",
    "METRICS",
    "MODEL",
    "PREDICT",
    "PREDICT_ZIP",
    "READY",
    "TAGS",
    "UNUSABLE",
    "DescribedAPI",
    "problems",
]

_REF: Final = "#/components/schemas/{model}"


class DescribedAPI(DirectAPI):
    """An API that also describes the problem documents, which no route returns by type."""

    def openapi(self) -> dict[str, Any]:
        """The OpenAPI document."""
        document = super().openapi()
        problem = Problem.model_json_schema(ref_template=_REF)
        problem.pop("$defs")  # the answer to /predict brings them
        document["components"]["schemas"].setdefault("Problem", problem)
        # FastAPI drops the nulls, which the service does send.
        described = document["paths"]["/predict"]["post"]["responses"]
        for status, response in PREDICT["responses"].items():
            for kind, content in response["content"].items():
                described[str(status)]["content"][kind]["examples"] = content["examples"]
        return document


DESCRIPTION: Final = (
    f"Classifies infant vocalizations into {', '.join(CLASSES)}. Uploads stay in memory "
    "and are forgotten with the answer. Every error is a problem document (RFC 9457)."
)

TAGS: Final = [
    {"name": "prediction", "description": "Recordings in, labels out."},
    {"name": "model", "description": "Which model answers, and what is known about it."},
    {"name": "v2", "description": "The Open Inference Protocol (KServe V2)."},
    {"name": "operation", "description": "Probes and metrics."},
]

_VERSION: Final = "vocalbaby-a1a0cb8559ba"
_REQUEST_ID: Final = "7d5b0c3c4f8e4b0e9a1d2f6b8c9e0a11"

#: Detail and hint of the problems, as the service gives them with its default settings.
_FAULTS: Final = {
    "request_timeout": (
        "The request body did not arrive within 30 s.",
        "Send fewer or shorter clips in one request.",
    ),
    "request_too_large": (
        "The request body is over the limit of 32 MiB.",
        "Send fewer or shorter clips in one request.",
    ),
    "too_many_files": (
        "There are more than 64 files in the request.",
        "Send them in several requests.",
    ),
    "unsupported_media_type": (
        "The request has a body of type 'text/plain'.",
        "Send it as a browser or curl does: curl -F files=@clip.wav …/predict",
    ),
    "request_invalid": (
        "A file came under the field 'audio'.",
        "Name the field 'files'.",
    ),
    "audio_unreadable": (
        "This is text, not audio that can be read.",
        "Send WAV, FLAC, Ogg, Opus or MP3.",
    ),
    "audio_empty": ("The file is empty (0 bytes).", "Send a recording."),
    "audio_too_long": (
        "The clip lasts 60.0 s; the limit is 30 s.",
        "Cut the recording into single vocalizations.",
    ),
    "audio_too_short": (
        "The clip lasts 5.0 ms; at least 20 ms are needed.",
        "Cut the recording with more margin.",
    ),
    "audio_silent": (
        "The recording is silent: it never moves by more than one step of 16-bit audio.",
        "Check the microphone and the channel that was exported.",
    ),
    "audio_non_finite": (
        "The recording holds samples that are NaN or infinite.",
        "Export it again as 16-bit PCM.",
    ),
    "overloaded": (
        "64 requests are already being answered.",
        "Wait for the seconds in Retry-After, then send it again.",
    ),
    "key_required": ("The request has no key.", "Send it as: Authorization: Bearer KEY"),
    "key_refused": ("The key 'lab' was revoked.", "Ask the operator for a new one."),
    "rate_limited": ("The key 'lab' may send 50 requests per second.", "Wait, then send again."),
    "route_not_found": ("There is no model 'babble'.", "Ask 'vocalbaby'."),
    "archive_invalid": ("The archive is not a ZIP archive.", "Send a whole ZIP archive."),
    "archive_member_refused": ("It is encrypted.", "Pack it without a password."),
    "archive_too_large": ("It expands to more than 100 times its packed size.", "Send it alone."),
    "deadline_exceeded": ("The answer took longer than 60 s.", "Wait, then send it again."),
    "not_ready": ("The model is loading.", "Ask again in a moment."),
    "internal": (
        "The service failed on this request.",
        "Report the request id; the service's log says more.",
    ),
}


def _fault(code: str) -> ClipProblem:
    detail, hint = _FAULTS[code]
    row = TABLE[code]
    return ClipProblem(
        type=f"urn:vocalbaby:problem:{code}",
        title=row.title,
        status=row.http_status,
        detail=detail,
        code=code,
        hint=hint,
    )


def problems(*codes: str) -> dict[int | str, dict[str, Any]]:
    """OpenAPI responses of the given problems, grouped by status."""
    responses: dict[int | str, dict[str, Any]] = {}
    for code in codes:
        fault = _fault(code)
        problem = Problem(**fault.model_dump(), request_id=_REQUEST_ID)
        if code.startswith("audio_"):
            problem.results = [ClipResult(filename="clip", error=fault)]
        entry = responses.setdefault(
            problem.status,
            {
                "description": problem.title,
                "content": {
                    "application/problem+json": {
                        "schema": {"$ref": _REF.format(model="Problem")},
                        "examples": {},
                    }
                },
            },
        )
        examples = entry["content"]["application/problem+json"]["examples"]
        left_out = {name for name in ("results", "error") if getattr(problem, name) is None}
        examples[code] = {"summary": problem.title, "value": problem.model_dump(exclude=left_out)}
    return responses


_BINARY: Final = {"schema": {"type": "string", "format": "binary"}}
UNUSABLE: Final = (
    "request_too_large",
    "too_many_files",
    "unsupported_media_type",
    "request_invalid",
    "request_timeout",
    "key_required",
    "key_refused",
    "rate_limited",
    "audio_unreadable",
    "audio_empty",
    "audio_too_long",
    "audio_too_short",
    "audio_silent",
    "audio_non_finite",
    "internal",
    "overloaded",
    "deadline_exceeded",
    "not_ready",
)

_CRY: Final = ClipResult(
    filename="cry.wav",
    label="Crying",
    probabilities=dict(zip(CLASSES, (0.0168, 0.0089, 0.9712, 0.0005, 0.0026), strict=True)),
    model_version=_VERSION,
    duration_s=0.467375,
    warnings=[Warn(code="truncated", message="The file promises 0.95 s and holds 0.47 s.")],
)
_NOTES: Final = ClipResult(filename="notes.txt", error=_fault("audio_unreadable"))
_ANSWERS: Final = {
    name: {
        "summary": summary,
        "value": Predictions(model_version=_VERSION, results=results).model_dump(),
    }
    for name, summary, results in (
        ("all", "Every clip answered", [_CRY]),
        ("some", "One clip could not be used", [_CRY, _NOTES]),
    )
}

PREDICT: Final[dict[str, Any]] = {
    "tags": ["prediction"],
    "summary": "Classify recordings",
    "response_class": Response,
    "openapi_extra": {
        "requestBody": {
            "required": True,
            "content": {
                "multipart/form-data": {
                    "schema": {
                        "type": "object",
                        "required": ["files"],
                        "properties": {
                            "files": {
                                "type": "array",
                                "minItems": 1,
                                "items": {"type": "string", "format": "binary"},
                                "description": "Recordings (WAV, FLAC, Ogg, Opus, MP3, AIFF); "
                                "a single one may also be named `file`.",
                            }
                        },
                    }
                },
                "audio/*": _BINARY,
                "application/octet-stream": _BINARY,
            },
        }
    },
    "responses": {
        200: {
            "model": Predictions,
            "description": "One result per file, in the order sent.",
            "content": {"application/json": {"examples": _ANSWERS}},
        },
        **problems(*UNUSABLE),
    },
}

PREDICT_ZIP: Final[dict[str, Any]] = {
    "tags": ["prediction"],
    "summary": "Classify the recordings in an archive",
    "response_class": Response,
    "openapi_extra": {
        "requestBody": {
            "required": True,
            "content": {
                "multipart/form-data": {
                    "schema": {
                        "type": "object",
                        "required": ["file"],
                        "properties": {"file": {"type": "string", "format": "binary"}},
                    }
                },
                "application/zip": _BINARY,
                "application/octet-stream": _BINARY,
            },
        }
    },
    "responses": {
        200: {
            "model": ArchivePredictions,
            "description": "One result per file, in the archive's order.",
            "content": {
                "application/json": {
                    "example": ArchivePredictions(
                        model_version=_VERSION,
                        results=[_CRY, _NOTES],
                        skipped=[Skipped(filename="clips/", reason="folder")],
                    ).model_dump()
                }
            },
        },
        **problems(*UNUSABLE, "archive_invalid", "archive_member_refused", "archive_too_large"),
    },
}

HEALTH: Final[dict[str, Any]] = {"tags": ["operation"], "summary": "The process lives"}

READY: Final[dict[str, Any]] = {
    "tags": ["operation"],
    "summary": "A warmed model answers",
    "responses": {
        200: {
            "content": {"application/json": {"example": Ready(model_version=_VERSION).model_dump()}}
        },
        **problems("not_ready"),
    },
}

MODEL: Final[dict[str, Any]] = {
    "tags": ["model"],
    "summary": "The model's manifest",
    "responses": problems("not_ready"),
}

CARD: Final[dict[str, Any]] = {
    "tags": ["model"],
    "summary": "The model card",
    "response_class": PlainTextResponse,
    "responses": {
        200: {"content": {"text/markdown": {"schema": {"type": "string"}}}},
        **problems("not_ready"),
    },
}

METRICS: Final[dict[str, Any]] = {
    "tags": ["operation"],
    "summary": "Prometheus metrics",
    "response_class": Response,
    "responses": {
        200: {
            "description": "Prometheus text format.",
            "content": {"text/plain": {"schema": {"type": "string"}}},
        }
    },
}
