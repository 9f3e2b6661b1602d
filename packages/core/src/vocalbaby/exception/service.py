"""Exceptions of the HTTP service."""

from vocalbaby.exception.base import VocalBabyError

__all__ = [
    "ArchiveError",
    "ArchiveMemberError",
    "ArchiveTooLargeError",
    "DeadlineError",
    "ExpectationError",
    "HeadTooLargeError",
    "HttpError",
    "JobNotDoneError",
    "JobNotFoundError",
    "JobSpaceError",
    "JobUnreadableError",
    "KeyRefusedError",
    "KeyRequiredError",
    "LogUnwritableError",
    "MethodNotAllowedError",
    "NotReadyError",
    "OverloadedError",
    "RateLimitedError",
    "RequestError",
    "RequestTimeoutError",
    "RequestTooLargeError",
    "ResponseUnreadError",
    "RouteNotFoundError",
    "TooManyFilesError",
    "UnsupportedMediaTypeError",
]


class RequestError(VocalBabyError):
    """A request is malformed."""

    code = "request_invalid"


class HttpError(RequestError):
    """The received bytes are not an HTTP/1.1 request."""

    code = "http_invalid"


class ExpectationError(RequestError):
    """A request has an ``Expect`` header other than ``100-continue``."""

    code = "expectation_failed"


class RequestTimeoutError(RequestError):
    """The head or body of a request did not arrive in time."""

    code = "request_timeout"


class RequestTooLargeError(RequestError):
    """A request body is larger than the limit."""

    code = "request_too_large"


class HeadTooLargeError(RequestTooLargeError):
    """The head of a request, or the framing of its body, is larger than the limit."""

    code = "head_too_large"


class ResponseUnreadError(RequestError):
    """The client did not read its response; only the metrics show this error."""

    code = "response_unread"


class TooManyFilesError(RequestError):
    """A request has more files than the limit."""

    code = "too_many_files"


class UnsupportedMediaTypeError(RequestError):
    """The service does not support the type of a request body."""

    code = "unsupported_media_type"


class ArchiveError(RequestError):
    """An archive cannot be read."""

    code = "archive_invalid"


class ArchiveMemberError(RequestError):
    """A member of an archive is encrypted, damaged or an archive itself."""

    code = "archive_member_refused"


class ArchiveTooLargeError(RequestTooLargeError):
    """An archive expands to more bytes than the limit, or by an implausible ratio."""

    code = "archive_too_large"


class KeyRequiredError(RequestError):
    """A request has no API key, or an unknown one."""

    code = "key_required"


class KeyRefusedError(RequestError):
    """The API key of a request is no longer valid."""

    code = "key_refused"


class RateLimitedError(RequestError):
    """An API key has sent more requests than it may.

    Args:
        message: What is wrong.
        hint: How to correct it.
        retry_after_s: Seconds after which the next request is allowed.
    """

    code = "rate_limited"

    def __init__(self, message: str, *, hint: str = "", retry_after_s: int = 1) -> None:
        super().__init__(message, hint=hint)
        self.retry_after_s = retry_after_s


class OverloadedError(VocalBabyError):
    """The service has more work than it accepts at once."""

    code = "overloaded"


class DeadlineError(OverloadedError):
    """A response took longer than the limit."""

    code = "deadline_exceeded"


class LogUnwritableError(OverloadedError):
    """A response is not sent because its predictions cannot be written to the prediction log."""

    code = "log_unwritable"


class RouteNotFoundError(RequestError):
    """The service does not have the requested path."""

    code = "route_not_found"


class MethodNotAllowedError(RequestError):
    """The service does not support the HTTP method for a path."""

    code = "method_not_allowed"


class NotReadyError(VocalBabyError):
    """The service is loading its model, or draining before it stops."""

    code = "not_ready"


class JobNotFoundError(RequestError):
    """There is no such job, or it belongs to another API key."""

    code = "job_not_found"


class JobUnreadableError(JobNotFoundError):
    """The files of a job cannot be read now; this may pass."""

    code = "job_unreadable"


class JobNotDoneError(RequestError):
    """A job has no result yet, or failed."""

    code = "job_not_done"


class JobSpaceError(OverloadedError):
    """The service has no space for a recording."""

    code = "job_space"
