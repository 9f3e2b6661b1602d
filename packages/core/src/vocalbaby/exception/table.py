"""HTTP status and exit code of every error code."""

from typing import Final, NamedTuple

from vocalbaby.exception import VocalBabyError

__all__ = ["CLOSED_PIPE", "EXIT_CODES", "INTERRUPTED", "TABLE", "Outcome", "outcome"]


class Outcome(NamedTuple):
    """HTTP status, exit code and title of an error."""

    http_status: int
    exit_code: int
    title: str


#: Exit code of an interrupted command, as a shell reports SIGINT.
INTERRUPTED: Final = 130

#: Exit code of a command whose reader has closed the pipe, as a shell reports SIGPIPE.
CLOSED_PIPE: Final = 141

#: What each exit code of the commands means, for their help and the documentation.
EXIT_CODES: Final[dict[int, str]] = {
    0: "success",
    1: "internal error",
    2: "usage or configuration error",
    3: "drift was found",
    4: "at least one recording cannot be used",
    5: "data is missing or invalid",
    6: "model or feature set error",
    7: "storage or file error",
    INTERRUPTED: "interrupted",
    CLOSED_PIPE: "the reader of the output has closed it",
}

#: Every error code. Its exit code is one of `EXIT_CODES`.
TABLE: dict[str, Outcome] = {
    "internal": Outcome(500, 1, "Internal error"),
    "audio_invalid": Outcome(422, 4, "The audio cannot be used"),
    "audio_unreadable": Outcome(422, 4, "The audio cannot be read"),
    "audio_empty": Outcome(422, 4, "The audio is empty"),
    "audio_too_long": Outcome(422, 4, "The clip is too long"),
    "audio_too_short": Outcome(422, 4, "The clip is too short"),
    "audio_silent": Outcome(422, 4, "The clip is silent"),
    "audio_non_finite": Outcome(422, 4, "The audio has NaN or infinite samples"),
    "data_invalid": Outcome(422, 5, "The data is invalid"),
    "data_not_found": Outcome(404, 5, "File not found"),
    "split_leak": Outcome(422, 5, "A child is in more than one split"),
    "config_invalid": Outcome(500, 2, "The configuration is invalid"),
    "key_file_invalid": Outcome(500, 2, "The file of API keys cannot be used"),
    "extra_missing": Outcome(501, 2, "An extra is not installed"),
    "feature_set_invalid": Outcome(500, 6, "The feature set does not fit"),
    "bundle_invalid": Outcome(503, 6, "The model bundle cannot be used"),
    "bundle_checksum": Outcome(503, 6, "The model bundle is damaged"),
    "model_not_found": Outcome(503, 6, "Model not found"),
    "storage_unavailable": Outcome(503, 7, "Storage is unavailable"),
    "file_unusable": Outcome(500, 7, "The file cannot be used"),
    "request_invalid": Outcome(422, 2, "The request is malformed"),
    "http_invalid": Outcome(400, 2, "The request is not HTTP"),
    "expectation_failed": Outcome(417, 2, "The expectation cannot be met"),
    "request_timeout": Outcome(408, 2, "The request took too long to arrive"),
    "request_too_large": Outcome(413, 2, "The request is too large"),
    "head_too_large": Outcome(431, 2, "The request's head is too large"),
    "response_unread": Outcome(408, 2, "The response was not read"),
    "too_many_files": Outcome(413, 2, "Too many files in one request"),
    "unsupported_media_type": Outcome(415, 2, "Unsupported media type"),
    "archive_invalid": Outcome(422, 5, "The archive cannot be read"),
    "archive_member_refused": Outcome(422, 5, "The archive's member cannot be read"),
    "archive_too_large": Outcome(413, 5, "The archive expands too far"),
    "key_required": Outcome(401, 2, "A key is required"),
    "key_refused": Outcome(403, 2, "The key is not valid any more"),
    "rate_limited": Outcome(429, 7, "Too many requests"),
    "route_not_found": Outcome(404, 2, "No such path"),
    "method_not_allowed": Outcome(405, 2, "Method not allowed"),
    "job_not_found": Outcome(404, 5, "No such job"),
    "job_unreadable": Outcome(503, 7, "The job cannot be read at the moment"),
    "job_not_done": Outcome(409, 5, "The job is not done"),
    "job_space": Outcome(503, 7, "There is no space for the recording"),
    "not_ready": Outcome(503, 7, "The service is not ready"),
    "overloaded": Outcome(503, 7, "The service is busy"),
    "deadline_exceeded": Outcome(503, 7, "The answer took too long"),
    "log_unwritable": Outcome(503, 7, "The prediction cannot be logged"),
}


def outcome(error: VocalBabyError) -> Outcome:
    """Look up an error by its code, or by that of its nearest base class in the table."""
    for cls in type(error).__mro__:
        row = TABLE.get(getattr(cls, "code", ""))
        if row is not None:
            return row
    return TABLE["internal"]
