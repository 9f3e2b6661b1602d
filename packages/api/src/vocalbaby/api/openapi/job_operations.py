"""What OpenAPI says of the paths under ``/segment``, as arguments of the routes' decorators."""

from typing import Any, Final

from starlette.responses import Response

from vocalbaby.api.http.schemas import JobDescription, JobSource
from vocalbaby.api.openapi.operations import BINARY
from vocalbaby.api.openapi.problem_responses import problems

__all__ = ["AUDIO", "OVERVIEW", "REMOVE", "RESULT", "SHOW", "SUBMIT"]

_USUAL: Final = (
    "key_required",
    "key_refused",
    "rate_limited",
    "request_invalid",
    "internal",
    "deadline_exceeded",
)
_JOB: Final = JobDescription(
    id="iS3yWZzm4vCmN1SxZTtFPw",
    name="day1.wav",
    state="running",
    progress=0.25,
    done_s=14_400.0,
    total_s=57_600.0,
    eta_s=21.0,
)
_QUEUED: Final = JobDescription(id=_JOB.id, name=_JOB.name, state="queued")


def _bytes(media_type: str, description: str) -> dict[int | str, dict[str, Any]]:
    return {200: {"description": description, "content": {media_type: BINARY}}}


SUBMIT: Final[dict[str, Any]] = {
    "summary": "Segment a recording",
    "response_class": Response,
    "openapi_extra": {
        "parameters": [
            {
                "name": "name",
                "in": "query",
                "required": False,
                "schema": {"type": "string"},
                "description": "Name of the recording.",
            }
        ],
        "requestBody": {
            "required": True,
            "content": {
                "audio/*": BINARY,
                "application/octet-stream": BINARY,
                "multipart/form-data": {
                    "schema": {
                        "type": "object",
                        "required": ["file"],
                        "properties": {"file": {"type": "string", "format": "binary"}},
                    }
                },
                "application/json": {
                    "schema": JobSource.model_json_schema(),
                    "example": {"source": "s3://recordings/2024/day1.wav"},
                },
            },
        },
    },
    "responses": {
        202: {
            "model": JobDescription,
            "description": "The job, whose path is in `Location`.",
            "headers": {"Location": {"schema": {"type": "string"}}},
            "content": {"application/json": {"example": _QUEUED.model_dump()}},
        },
        **problems(
            *_USUAL,
            "request_too_large",
            "request_timeout",
            "too_many_files",
            "unsupported_media_type",
            "overloaded",
            "job_space",
        ),
    },
}

SHOW: Final[dict[str, Any]] = {
    "summary": "State of a job",
    "responses": {
        200: {"content": {"application/json": {"example": _JOB.model_dump()}}},
        **problems(*_USUAL, "job_not_found"),
    },
}

REMOVE: Final[dict[str, Any]] = {
    "summary": "Stop and remove a job",
    "response_class": Response,
    "responses": {
        204: {"description": "The recording and the result are removed."},
        **problems(*_USUAL, "job_not_found"),
    },
}

RESULT: Final[dict[str, Any]] = {
    "summary": "Segments of a recording",
    "response_class": Response,
    "responses": {
        200: {
            "description": "`json`, `rttm`, `textgrid`, `eaf`, `childproject`, `audacity`, `csv` "
            "or `parquet`.",
            "content": {
                "application/json": {"schema": {"type": "object"}},
                **{
                    kind: {"schema": {"type": "string"}}
                    for kind in ("text/plain", "text/csv", "application/xml")
                },
                "application/vnd.apache.parquet": BINARY,
            },
        },
        **problems(*_USUAL, "job_not_found", "job_not_done"),
    },
}

OVERVIEW: Final[dict[str, Any]] = {
    "summary": "Levels of a recording",
    "response_class": Response,
    "responses": {
        **_bytes("application/octet-stream", "One byte for each level."),
        **problems(*_USUAL, "job_not_found", "job_not_done"),
    },
}

AUDIO: Final[dict[str, Any]] = {
    "summary": "A piece of a recording",
    "response_class": Response,
    "responses": {
        **_bytes("audio/wav", "A WAV file."),
        **problems(*_USUAL, "job_not_found", "job_not_done"),
    },
}
