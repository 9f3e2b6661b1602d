"""Every problem as OpenAPI describes it, with an example as the service would send it."""

from typing import Any, Final

from vocalbaby.api.http.schemas import ClipProblem, ClipResult, Problem
from vocalbaby.audio.codecs import SEND_AUDIO
from vocalbaby.exception.table import TABLE

__all__ = ["REF", "clip_fault", "problems"]

#: Format of a reference to a model.
REF: Final = "#/components/schemas/{model}"

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
        "The request has more than 64 files.",
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
        SEND_AUDIO,
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
        "The limit of 64 requests at a time is reached.",
        "Wait for the seconds in Retry-After, then send it again.",
    ),
    "key_required": ("The request has no key.", "Send it as: Authorization: Bearer KEY"),
    "key_refused": ("The key 'lab' was revoked.", "Ask the operator for a new one."),
    "rate_limited": ("The key 'lab' may send 50 requests per second.", "Wait, then send again."),
    "route_not_found": ("There is no model 'babble'.", "Use the model 'vocalbaby'."),
    "archive_invalid": ("The archive is not a ZIP archive.", "Send a whole ZIP archive."),
    "archive_member_refused": ("It is encrypted.", "Pack it without a password."),
    "archive_too_large": ("It expands to more than 100 times its packed size.", "Send it alone."),
    "job_not_found": (
        "There is no such job.",
        "It may have been removed; send the recording again.",
    ),
    "job_not_done": ("The job is running.", "Wait until its state is done."),
    "job_space": (
        "The service cannot keep the recording: No space left on device.",
        "Wait until other jobs have been removed, then send it again.",
    ),
    "deadline_exceeded": ("The answer took longer than 60 s.", "Wait, then send it again."),
    "log_unwritable": (
        "The service answers only what it has logged, and its prediction log cannot be written.",
        "Wait for the seconds in Retry-After, then send it again.",
    ),
    "not_ready": ("The model is loading.", "Retry in a moment."),
    "internal": (
        "The service failed on this request.",
        "Report the request id; the service's log has the details.",
    ),
}


def clip_fault(code: str) -> ClipProblem:
    """The example of a problem of one clip."""
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
        fault = clip_fault(code)
        problem = Problem(**fault.model_dump(), request_id=_REQUEST_ID)
        if code.startswith("audio_"):
            problem.results = [ClipResult(filename="clip", error=fault)]
        entry = responses.setdefault(
            problem.status,
            {
                "description": problem.title,
                "content": {
                    "application/problem+json": {
                        "schema": {"$ref": REF.format(model="Problem")},
                        "examples": {},
                    }
                },
            },
        )
        examples = entry["content"]["application/problem+json"]["examples"]
        left_out = {name for name in ("results", "error") if getattr(problem, name) is None}
        examples[code] = {"summary": problem.title, "value": problem.model_dump(exclude=left_out)}
    return responses
