"""What the service answers: the response bodies, as the OpenAPI description shows them."""

from typing import Literal

from pydantic import BaseModel, Field

from vocalbaby.entity.bundle import BundleManifest

__all__ = [
    "ArchivePredictions",
    "ClipProblem",
    "ClipResult",
    "Health",
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
    """What was wrong, and what to do about it (RFC 9457)."""

    type: str = Field(description="Stable name of the kind of problem, an URN made of the code.")
    title: str = Field(description="The kind of problem in words.")
    status: int = Field(description="HTTP status.")
    detail: str = Field(description="What was wrong in this case.")
    code: str = Field(description="Stable machine-readable code.")
    hint: str = Field(default="", description="What to do about it.")


class Warn(BaseModel):
    """Something a reader of the result should know."""

    code: str
    message: str


class ClipResult(BaseModel):
    """One clip's answer: either a prediction or, in `error`, why there is none."""

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


class Problem(ClipProblem):
    """Why a request was refused."""

    request_id: str = Field(description="The request's id, also in `X-Request-ID`.")
    results: list[ClipResult] | None = Field(
        default=None, description="Each clip's own problem, where no clip could be used."
    )
    error: str | None = Field(
        default=None, description="The detail again under /v2, where clients look for it here."
    )


class Predictions(BaseModel):
    """One result per file, in the order of the request."""

    model_version: str
    results: list[ClipResult]


class Skipped(BaseModel):
    """A member of an archive that cannot be a recording."""

    filename: str
    reason: str = Field(description="`folder`, or `system file` for what computers add.")


class ArchivePredictions(Predictions):
    """One result per recording, in the order of the archive, and what else was in it."""

    skipped: list[Skipped]


class Health(BaseModel):
    """The process lives."""

    status: Literal["ok"] = "ok"


class ModelFault(BaseModel):
    """Why something that should be served is not; the service's log says more."""

    code: str = Field(description="Stable machine-readable code.")
    title: str = Field(description="The kind of fault in words.")
    model_version: str | None = Field(
        description="The model that is not taken over; null when it is the store or its channel."
    )
    since: str = Field(description="UTC time.")


class Ready(BaseModel):
    """A warmed model answers."""

    status: Literal["ready"] = "ready"
    model_version: str = Field(description="The model that gets most requests.")
    faults: list[ModelFault] = Field(
        default=[], description="What keeps newer models away, if anything does."
    )


class ServedModel(BaseModel):
    """One of the models that answer."""

    model_version: str
    share: float = Field(description="Share of the requests; 0 for a shadow.")
    shadow: bool = Field(
        default=False, description="True when it is only compared with those that answer."
    )


class ModelDescription(BundleManifest):
    """Manifest of the model that gets most requests, and every model that is served."""

    serves: list[ServedModel]
