"""The one error tree: what can go wrong, each with a stable code.

Raise these where the fault is found; the command line and the HTTP service render
them in one place each, by :mod:`vocalbaby.exception.table`.
"""

from typing import ClassVar, Self

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


class VocalBabyError(Exception):
    """Base of every error a user can meet.

    Args:
        message: What was wrong and where, in one sentence.
        hint: What to do about it, in one sentence; may be empty.
    """

    code: ClassVar[str] = "internal"

    def __init__(self, message: str, *, hint: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint

    def __str__(self) -> str:
        return f"{self.message} {self.hint}".strip()

    def without_trace(self) -> Self:
        """The same error, to be kept: its frames and causes would hold what was worked on."""
        self.__cause__ = self.__context__ = None
        return self.with_traceback(None)


class AudioError(VocalBabyError):
    """A clip that cannot be used."""

    code = "audio_invalid"


class UnreadableAudioError(AudioError):
    """Not audio, a damaged file, or a format the decoder does not know."""

    code = "audio_unreadable"


class EmptyAudioError(AudioError):
    """A file of no bytes, or audio of no samples."""

    code = "audio_empty"


class TooLongAudioError(AudioError):
    """A clip longer than the limit."""

    code = "audio_too_long"


class TooShortAudioError(AudioError):
    """A clip shorter than one analysis can use."""

    code = "audio_too_short"


class SilentAudioError(AudioError):
    """A clip in which nothing can be heard."""

    code = "audio_silent"


class NonFiniteAudioError(AudioError):
    """Samples that are NaN or infinite."""

    code = "audio_non_finite"


class DataError(VocalBabyError):
    """A manifest, feature table or corpus that breaks its contract."""

    code = "data_invalid"


class DataNotFoundError(DataError):
    """A file or folder that was named and is not there."""

    code = "data_not_found"


class SplitLeakError(DataError):
    """A child that stands in more than one split."""

    code = "split_leak"


class ConfigError(VocalBabyError):
    """A configuration with an unknown key, a wrong type or a value out of range."""

    code = "config_invalid"


class FeatureSetError(VocalBabyError):
    """An unknown feature set, or features that do not fit the model."""

    code = "feature_set_invalid"


class BundleError(VocalBabyError):
    """A model bundle that cannot be used."""

    code = "bundle_invalid"


class BundleChecksumError(BundleError):
    """A model bundle whose files are not those its manifest lists."""

    code = "bundle_checksum"


class ModelNotFoundError(VocalBabyError):
    """A model version or channel that the store does not hold."""

    code = "model_not_found"


class StorageError(VocalBabyError):
    """Object storage that does not answer or refuses."""

    code = "storage_unavailable"


class FileError(VocalBabyError):
    """A file or folder of the user's that cannot be read or written."""

    code = "file_unusable"


class RequestError(VocalBabyError):
    """A request that is malformed."""

    code = "request_invalid"


class HttpError(RequestError):
    """Bytes that are not a request of HTTP/1.1."""

    code = "http_invalid"


class RequestTimeoutError(RequestError):
    """A request's head or body that did not arrive in time."""

    code = "request_timeout"


class RequestTooLargeError(RequestError):
    """A request body over the limit."""

    code = "request_too_large"


class HeadTooLargeError(RequestTooLargeError):
    """A request's head, or what stands around its body, over the limit."""

    code = "head_too_large"


class TooManyFilesError(RequestError):
    """More files in one request than the limit."""

    code = "too_many_files"


class UnsupportedMediaTypeError(RequestError):
    """A request body of a type that the service does not take."""

    code = "unsupported_media_type"


class ArchiveError(RequestError):
    """An archive that cannot be read as a whole."""

    code = "archive_invalid"


class ArchiveMemberError(RequestError):
    """A member of an archive that is not unpacked: encrypted, nested, damaged."""

    code = "archive_member_refused"


class ArchiveTooLargeError(RequestTooLargeError):
    """More bytes than the limit, or than is plausible, come out of an archive."""

    code = "archive_too_large"


class KeyRequiredError(RequestError):
    """A request without a key, or with one that the service does not know."""

    code = "key_required"


class KeyRefusedError(RequestError):
    """A key that is known and no longer valid."""

    code = "key_refused"


class RateLimitedError(RequestError):
    """More requests than a key may send.

    Args:
        message: As of every error.
        hint: As of every error.
        retry_after_s: Seconds after which the next request is allowed.
    """

    code = "rate_limited"

    def __init__(self, message: str, *, hint: str = "", retry_after_s: int = 1) -> None:
        super().__init__(message, hint=hint)
        self.retry_after_s = retry_after_s


class OverloadedError(VocalBabyError):
    """More work than the service takes on at once."""

    code = "overloaded"


class DeadlineError(OverloadedError):
    """An answer that took longer than a request may."""

    code = "deadline_exceeded"


class RouteNotFoundError(RequestError):
    """A path that the service does not have."""

    code = "route_not_found"


class MethodNotAllowedError(RequestError):
    """A path of the service, asked with the wrong HTTP method."""

    code = "method_not_allowed"


class NotReadyError(VocalBabyError):
    """The service is loading its model, or draining before it stops."""

    code = "not_ready"
