"""Inference requests: what waits in the queue, and which part of it is in a batch."""

import asyncio
import itertools
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Final, TypeAlias

import numpy as np
from numpy.typing import NDArray

from vocalbaby.api.models.routing import RouteTarget
from vocalbaby.api.upload import Upload
from vocalbaby.entity.clip import Clip
from vocalbaby.entity.prediction import Prediction
from vocalbaby.exception import VocalBabyError

__all__ = ["BatchSlice", "InferenceRequest", "Outcomes", "QueueTicket"]

#: One prediction or error per upload of a request, in the order of the uploads.
Outcomes: TypeAlias = list[Prediction | VocalBabyError]

_arrivals: Final = itertools.count()


@dataclass(slots=True, eq=False)
class QueueTicket:
    """The position of a client's request in the queue; an archive keeps it for all its chunks.

    Attributes:
        sound_s: Seconds of sound of the request, as far as they are known.
        served_s: Seconds of sound of the request that have been put into batches.
        arrival: Lower for requests that arrived earlier.
    """

    sound_s: float = 0.0
    served_s: float = 0.0
    arrival: int = field(default_factory=_arrivals.__next__)


@dataclass(slots=True, eq=False)
class InferenceRequest:
    """Uploads that one client waits for; they may be spread over several batches.

    Attributes:
        uploads: The files.
        routing_key: Chooses the model; see `ModelRegistry.route`.
        future: Completed in its event loop with the outcomes.
        version: The model version that the client insists on, or None.
        request_id: Id of the HTTP request, for the prediction log.
        durations_s: Seconds of sound of each upload.
        ticket: Position in the queue.
        target: The model, once it is chosen: the same one for all uploads.
        taken: Number of uploads that have been put into batches.
        outcomes: Outcomes of the first uploads.
        features: Features of the decoded clips, one array of shape (n_clips, n_columns)
            for each batch.
        failure: Why the whole request fails.
    """

    uploads: Sequence[Upload]
    routing_key: str
    future: "asyncio.Future[Outcomes]"
    version: str | None = None
    request_id: str = ""
    durations_s: Sequence[float] = ()
    ticket: QueueTicket = field(default_factory=QueueTicket)
    target: RouteTarget | None = None
    taken: int = 0
    outcomes: Outcomes = field(default_factory=list)
    features: list[NDArray[np.float32]] = field(default_factory=list)
    failure: BaseException | None = None

    def waiting(self) -> int:
        """Return the number of uploads that are in no batch yet."""
        return len(self.uploads) - self.taken

    def finished(self) -> bool:
        """Return whether all outcomes are known or the request has failed."""
        return self.failure is not None or len(self.outcomes) == len(self.uploads)

    def resolve(self) -> None:
        """Complete the future; must be called in its event loop."""
        if self.future.done():
            return
        if self.failure is None:
            self.future.set_result(self.outcomes)
        else:
            self.future.set_exception(self.failure)


@dataclass(slots=True)
class BatchSlice:
    """The uploads of a request that are in one batch: from ``start`` up to ``end``.

    Attributes:
        request: The request.
        start: Index of the first upload.
        end: Index after the last upload.
        decoded: A clip or an error for each of these uploads, once they are decoded.
    """

    request: InferenceRequest
    start: int
    end: int
    decoded: Sequence[Clip | VocalBabyError] = ()

    def clips(self) -> list[Clip]:
        """Return the clips that could be decoded, in order."""
        return [item for item in self.decoded if isinstance(item, Clip)]
