"""Exceptions of the project, each with a stable code.

The command line and the HTTP service convert them to exit codes and HTTP status codes with
the table in `vocalbaby.exception.table`.
"""

from vocalbaby.exception.base import VocalBabyError
from vocalbaby.exception.service import (
    ArchiveError,
    ArchiveMemberError,
    ArchiveTooLargeError,
    DeadlineError,
    ExpectationError,
    HeadTooLargeError,
    HttpError,
    JobNotDoneError,
    JobNotFoundError,
    JobSpaceError,
    JobUnreadableError,
    KeyRefusedError,
    KeyRequiredError,
    LogUnwritableError,
    MethodNotAllowedError,
    NotReadyError,
    OverloadedError,
    RateLimitedError,
    RequestError,
    RequestTimeoutError,
    RequestTooLargeError,
    ResponseUnreadError,
    RouteNotFoundError,
    TooManyFilesError,
    UnsupportedMediaTypeError,
)

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
    "ExpectationError",
    "FeatureSetError",
    "FileError",
    "HeadTooLargeError",
    "HttpError",
    "JobNotDoneError",
    "JobNotFoundError",
    "JobSpaceError",
    "JobUnreadableError",
    "KeyFileError",
    "KeyRefusedError",
    "KeyRequiredError",
    "LogUnwritableError",
    "MethodNotAllowedError",
    "MissingExtraError",
    "ModelNotFoundError",
    "NonFiniteAudioError",
    "NotReadyError",
    "OverloadedError",
    "RateLimitedError",
    "RequestError",
    "RequestTimeoutError",
    "RequestTooLargeError",
    "ResponseUnreadError",
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
    """A manifest, feature table or corpus is invalid."""

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


class KeyFileError(ConfigError):
    """The file of API keys cannot be read or is malformed."""

    code = "key_file_invalid"


class MissingExtraError(VocalBabyError, ImportError):
    """An extra of the distribution is not installed; the hint is the command that installs it.

    Args:
        message: See `VocalBabyError`.
        hint: See `VocalBabyError`.
        name: A module that is missing, as in every `ImportError`.
    """

    code = "extra_missing"

    def __init__(self, message: str, *, hint: str = "", name: str | None = None) -> None:
        super().__init__(message, hint=hint)
        self.name = name


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
        """Return an error of the operating system as one of VocalBaby.

        Args:
            error: The error.
        """
        where = f"{error.filename}: " if error.filename else ""
        text = f"{where}{error.strerror or error}."
        return cls(text, hint="Check the path, its rights and the space.")
