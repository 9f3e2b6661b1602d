"""Exceptions of the project, each with a stable code.

The command line and the HTTP service convert them to exit codes and HTTP status codes with
the table in :mod:`vocalbaby.exception.table`.
"""

from vocalbaby.exception.base import VocalBabyError

__all__ = [
    "ArchiveError",
    "ArchiveMemberError",
    "ArchiveTooLargeError",
    "AudioError",
    "BundleChecksumError",
    "BundleError",
    "ConfigError",
    "DataError",
    "DataNotFoundError",
    "DeadlineError",
    "EmptyAudioError",
    "FeatureSetError",
    "FileError",
    "HeadTooLargeError",
    "HttpError",
    "JobNotDoneError",
    "JobNotFoundError",
    "JobSpaceError",
    "KeyRefusedError",
    "KeyRequiredError",
    "MethodNotAllowedError",
    "ModelNotFoundError",
    "NonFiniteAudioError",
    "NotReadyError",
    "OverloadedError",
    "RateLimitedError",
    "RequestError",
    "RequestTimeoutError",
    "RequestTooLargeError",
    "RouteNotFoundError",
    "SilentAudioError",
    "SplitLeakError",
    "StorageError",
    "TooLongAudioError",
    "TooManyFilesError",
    "TooShortAudioError",
    "UnreadableAudioError",
    "UnsupportedMediaTypeError",
    "VocalBabyError",
]


class AudioError(VocalBabyError):
    """A clip cannot be used."""

    code = "audio_invalid"


class UnreadableAudioError(AudioError):
    """The data is not audio, is damaged, or has a format that is not supported."""

    code = "audio_unreadable"


class EmptyAudioError(AudioError):
    """The file has no bytes, or the audio no samples."""

    code = "audio_empty"


class TooLongAudioError(AudioError):
    """The clip is longer than the limit."""

    code = "audio_too_long"


class TooShortAudioError(AudioError):
    """The clip is too short for the analysis."""

    code = "audio_too_short"


class SilentAudioError(AudioError):
    """The clip contains no audible sound."""

    code = "audio_silent"


class NonFiniteAudioError(AudioError):
    """Samples are NaN or infinite."""

    code = "audio_non_finite"


class DataError(VocalBabyError):
    """A manifest, feature table or corpus breaks its contract."""

    code = "data_invalid"


class DataNotFoundError(DataError):
    """A file or folder does not exist."""

    code = "data_not_found"


class SplitLeakError(DataError):
    """A child is in more than one split."""

    code = "split_leak"


class ConfigError(VocalBabyError):
    """A setting is unknown, has a wrong type or is out of range."""

    code = "config_invalid"


class FeatureSetError(VocalBabyError):
    """A feature set is unknown, or features do not match the model."""

    code = "feature_set_invalid"


class BundleError(VocalBabyError):
    """A model bundle cannot be used."""

    code = "bundle_invalid"


class BundleChecksumError(BundleError):
    """The files of a model bundle differ from those that its manifest lists."""

    code = "bundle_checksum"


class ModelNotFoundError(VocalBabyError):
    """The store does not contain a model version or channel."""

    code = "model_not_found"


class StorageError(VocalBabyError):
    """Object storage does not respond or rejects the request."""

    code = "storage_unavailable"


class FileError(VocalBabyError):
    """A file or folder cannot be read or written."""

    code = "file_unusable"

    @classmethod
    def of(cls, error: OSError) -> "FileError":
        """Return an error of the operating system as one of VocalBaby."""
        where = f"{error.filename}: " if error.filename else ""
        text = f"{where}{error.strerror or error}."
        return cls(text, hint="Check the path, its rights and the space.")


class RequestError(VocalBabyError):
    """A request is malformed."""

    code = "request_invalid"


class HttpError(RequestError):
    """The received bytes are not an HTTP/1.1 request."""

    code = "http_invalid"


class RequestTimeoutError(RequestError):
    """The head or body of a request did not arrive in time."""

    code = "request_timeout"


class RequestTooLargeError(RequestError):
    """A request body is larger than the limit."""

    code = "request_too_large"


class HeadTooLargeError(RequestTooLargeError):
    """The head of a request, or the framing of its body, is larger than the limit."""

    code = "head_too_large"


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
        message: See `VocalBabyError`.
        hint: See `VocalBabyError`.
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


class JobNotDoneError(RequestError):
    """A job has no result yet, or failed."""

    code = "job_not_done"


class JobSpaceError(OverloadedError):
    """The service has no space for a recording."""

    code = "job_space"
