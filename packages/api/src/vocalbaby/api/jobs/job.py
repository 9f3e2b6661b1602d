"""What is known of a job: what its client sent, and how far it is."""

from typing import Literal

from pydantic import BaseModel, ConfigDict

from vocalbaby.api.http.schemas import ClipProblem

__all__ = ["Job", "JobState"]


class Job(BaseModel):
    """What a client sent.

    Attributes:
        id: Unguessable.
        name: Name of the recording as sent; never used as a path.
        key: Name of the API key; None if the service has no keys.
        created: Unix time.
        source: Address of the recording, if it was not sent itself.
    """

    model_config = ConfigDict(frozen=True)

    id: str
    name: str
    key: str | None = None
    created: float
    source: str | None = None


class JobState(BaseModel):
    """How far a job is.

    Attributes:
        state: ``queued`` also while a job that was interrupted waits to go on.
        started: Unix time of the last start.
        ended: Unix time.
        done_s: Seconds of sound segmented so far.
        total_s: Length of the recording in seconds, as far as it is known.
        begun_s: ``done_s`` when the job was last started; the rest was done before.
        segments: Number of segments.
        formats: Formats of the result, with notes on what each does not hold.
        crashes: How often the process, or its worker, was killed.
        error: Why the job failed.
    """

    state: Literal["queued", "running", "done", "failed"] = "queued"
    started: float | None = None
    ended: float | None = None
    done_s: float = 0.0
    total_s: float | None = None
    begun_s: float | None = None
    segments: int | None = None
    formats: dict[str, list[str]] = {}
    crashes: int = 0
    error: ClipProblem | None = None
