"""What OpenAPI says of each path: bodies, and an example of every response.

Each constant holds arguments of the decorator of a route.
"""

from typing import Any, Final

from starlette.responses import PlainTextResponse, Response

from vocalbaby.api.http.schemas import (
    ArchivePredictions,
    ClipResult,
    Health,
    Predictions,
    Ready,
    Skipped,
    Warn,
)
from vocalbaby.api.openapi.problem_responses import clip_fault, problems
from vocalbaby.entity.labels import CLASSES

__all__ = [
    "BINARY",
    "CARD",
    "HEALTH",
    "INFER",
    "METADATA",
    "METRICS",
    "MODEL",
    "PREDICT",
    "PREDICT_ZIP",
    "READY",
    "V2_READY",
]


_VERSION: Final = "vocalbaby-8fca749e4e22"
#: The schema of bytes.
BINARY: Final = {"schema": {"type": "string", "format": "binary"}}
_UNUSABLE: Final = (
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
    "log_unwritable",
    "not_ready",
)

_CRY: Final = ClipResult(
    filename="cry.wav",
    label="Crying",
    probabilities=dict(zip(CLASSES, (0.0464, 0.0145, 0.9155, 0.0005, 0.0232), strict=True)),
    model_version=_VERSION,
    duration_s=0.467375,
    warnings=[
        Warn(
            code="truncated",
            message="Sound may be missing: its header promises 0.95 s, the file holds 0.47 s.",
        )
    ],
)
_NOTES: Final = ClipResult(filename="notes.txt", error=clip_fault("audio_unreadable"))
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
                                "description": "Recordings (WAV, FLAC, Ogg, Opus, MP3, AIFF, AU, "
                                "CAF; with vocalbaby-core[media] M4A, 3GP, WebM, WMA); "
                                "a single one may also be named `file`.",
                            }
                        },
                    }
                },
                "audio/*": BINARY,
                "application/octet-stream": BINARY,
            },
        }
    },
    "responses": {
        200: {
            "model": Predictions,
            "description": "One result per file, in the order sent.",
            "content": {"application/json": {"examples": _ANSWERS}},
        },
        **problems(*_UNUSABLE),
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
                "application/zip": BINARY,
                "application/octet-stream": BINARY,
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
                        notes=["1 recording is named more than once: cry.wav."],
                    ).model_dump()
                }
            },
        },
        **problems(*_UNUSABLE, "archive_invalid", "archive_member_refused", "archive_too_large"),
    },
}

HEALTH: Final[dict[str, Any]] = {
    "tags": ["operation"],
    "summary": "The process is running",
    "response_model": Health,
}

READY: Final[dict[str, Any]] = {
    "tags": ["operation"],
    "summary": "A model is ready",
    "response_model": Ready,
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

V2_READY: Final[dict[str, Any]] = {"responses": problems("not_ready")}

METADATA: Final[dict[str, Any]] = {"responses": problems("not_ready", "route_not_found")}

INFER: Final[dict[str, Any]] = {
    "summary": "Classify with the Open Inference Protocol",
    "response_class": Response,
    "responses": {
        200: {
            "description": "Tensors `label`, `probabilities`, `warnings` and `error`.",
            "content": {
                "application/json": {"schema": {"type": "object"}},
                "application/octet-stream": {"schema": {"type": "string", "format": "binary"}},
            },
        },
        **problems(*_UNUSABLE, "route_not_found"),
    },
    "openapi_extra": {
        "requestBody": {
            "required": True,
            "content": {
                "application/json": {
                    "schema": {"type": "object", "required": ["inputs"]},
                    "example": {
                        "inputs": [
                            {"name": "audio", "shape": [1], "datatype": "BYTES", "data": ["UklGR…"]}
                        ]
                    },
                },
                "application/octet-stream": {"schema": {"type": "string", "format": "binary"}},
            },
        }
    },
}
