"""The response bodies of the service, as the OpenAPI document describes them."""

from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

from vocalbaby.entity.bundle import BundleManifest

__all__ = [
    "ArchivePredictions",
    "ClipProblem",
    "ClipResult",
    "Health",
    "JobDescription",
    "JobSource",
    "ModelDescription",
    "ModelFault",
    "Predictions",
    "Problem",
    "Ready",
    "ServedModel",
    "Skipped",
    "Warn",
]


class ClipProblem(BaseModel):
    """An error and how to resolve it (RFC 9457)."""

    type: str = Field(description="Stable name of the kind of problem: a URN with the code.")
    title: str = Field(description="The kind of problem in words.")
    status: int = Field(description="HTTP status.")
    detail: str = Field(description="What was wrong in this case.")
    code: str = Field(description="Stable machine-readable code.")
    hint: str = Field(default="", description="What to do about it.")


class Warn(BaseModel):
    """A warning about a result."""

    code: str
    message: str


class ClipResult(BaseModel):
    """The result of one clip: a prediction, or the reason in `error` why there is none."""

    filename: str = Field(description="The file's name as sent.")
    label: str | None = Field(
        default=None, description="Most probable class; null when the model abstains or on error."
    )
    probabilities: dict[str, float] | None = Field(
        default=None, description="Calibrated probability of every class; null on error."
    )
    model_version: str | None = None
    duration_s: float | None = Field(default=None, description="Length of the clip in seconds.")
    warnings: list[Warn] = []
    error: ClipProblem | None = None
    label_set: list[str] | None = Field(
        default=None,
        description="Labels of which one is the true one with the coverage that the model was "
        "calibrated for; absent if the model has no label sets.",
    )


class Problem(ClipProblem):
    """Why a request was refused."""

    request_id: str = Field(description="The request's id, also in `X-Request-ID`.")
    results: list[ClipResult] | None = Field(
        default=None, description="The problem of each clip, if no clip could be used."
    )
    error: str | None = Field(
        default=None,
        description="The detail again, for clients of the Open Inference Protocol under /v2.",
    )


class Predictions(BaseModel):
    """One result per file, in the order of the request."""

    model_version: str
    results: list[ClipResult]


class Skipped(BaseModel):
    """A member of an archive that is not a recording."""

    filename: str
    reason: str = Field(
        description="`folder`, `not_audio`, or another reason for which files are passed over: "
        "`hidden`, `apple_double`, `system_file`, `system_folder`, `other_suffix`."
    )


class ArchivePredictions(Predictions):
    """One result per recording, in the order of the archive, and what else was in it."""

    skipped: list[Skipped]
    notes: list[str] = Field(
        description="Sentences about recordings that have the same name, or names that differ "
        "only in letter case or Unicode form (NFC, NFD) and are the same on macOS and Windows."
    )


class JobSource(BaseModel):
    """A recording that the service fetches."""

    model_config = ConfigDict(extra="forbid", validate_default=True)

    source: str = Field(
        pattern=r"^s3://[^/]+/.+$", description="Address of the recording: `s3://bucket/key`."
    )


class JobDescription(BaseModel):
    """A job that segments a recording."""

    id: str
    name: str = Field(description="The recording's name as sent.")
    state: Literal["queued", "running", "done", "failed"]
    progress: float | None = Field(
        default=None, description="Share that is segmented, from 0 to 1; null if not known."
    )
    done_s: float = Field(default=0.0, description="Seconds of sound that are segmented.")
    total_s: float | None = Field(
        default=None, description="Length of the recording in seconds, once it is known."
    )
    eta_s: float | None = Field(
        default=None, description="Estimated seconds until the job is done; null if not known."
    )
    segments: int | None = Field(default=None, description="Number of segments, once it is done.")
    formats: dict[str, list[str]] = Field(
        default={}, description="Formats of the result, and what each of them does not hold."
    )
    error: ClipProblem | None = Field(default=None, description="Why the job failed.")


class Health(BaseModel):
    """The process is running."""

    status: Literal["ok"] = "ok"


class ModelFault(BaseModel):
    """Why a newer model or the newest API keys are not in use; the log has the details."""

    code: str = Field(description="Stable machine-readable code.")
    title: str = Field(description="The kind of fault in words.")
    model_version: str | None = Field(
        description="The model that cannot be loaded; null if the store, the channel or the"
        " file of API keys is at fault."
    )
    since: str = Field(
        description="UTC time; for API keys, the time at which they were last up to date."
    )


class Ready(BaseModel):
    """A model is loaded and warmed up."""

    status: Literal["ready"] = "ready"
    model_version: str = Field(description="The model that gets the largest share of requests.")
    faults: list[ModelFault] = Field(
        default=[],
        description="Faults that keep newer models or the newest API keys from being used.",
    )


class ServedModel(BaseModel):
    """One of the served models."""

    model_version: str
    share: float = Field(description="Share of the requests; 0 for a shadow.")
    shadow: bool = Field(
        default=False,
        description="True if its predictions are only compared with those of the others.",
    )


class ModelDescription(BundleManifest):
    """Manifest of the model with the largest share of requests, and all served models."""

    serves: list[ServedModel]
