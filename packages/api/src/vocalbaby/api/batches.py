"""What the engine does with the requests of one batch, in its worker thread."""

import asyncio
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Protocol, TypeAlias

import numpy as np
from numpy.typing import NDArray

from vocalbaby.api.models import ModelHub, Serving
from vocalbaby.api.zip_directory import ARCHIVE_HINT, MEMBER_MAGIC
from vocalbaby.entity.clip import Clip
from vocalbaby.entity.prediction import Prediction
from vocalbaby.exception import VocalBabyError
from vocalbaby.monitoring.batching import BatchMetrics

__all__ = ["Answers", "Decoder", "Group", "Upload", "Work", "answer", "prepare"]

#: One prediction or error per upload of a request, in its order.
Answers: TypeAlias = list[Prediction | VocalBabyError]


@dataclass(frozen=True, slots=True)
class Upload:
    """One file of a request: its name as sent, never used as a path, and its bytes."""

    name: str
    data: bytes


class Decoder(Protocol):
    """From the bytes of a file to a clip."""

    def __call__(self, data: bytes, *, name: str) -> Clip:
        """Decode; raises :class:`~vocalbaby.exception.AudioError`."""


@dataclass(slots=True, eq=False)
class Work:
    """A request in the queue and, later, in the worker.

    Attributes:
        uploads: Its files.
        key: What the hub chooses the model by.
        future: Where it waits for its answers, in the event loop.
        version: The model that the client insists on, if it does.
        request_id: Of the request.
        decoded: A clip, or why there is none, per file.
        features: What the model was shown of the clips, shape (n_clips, n_columns).
        outcome: Its answers, or why it has none at all.
    """

    uploads: Sequence[Upload]
    key: str
    future: "asyncio.Future[Answers]"
    version: str | None = None
    request_id: str = ""
    decoded: Sequence[Clip | VocalBabyError] = ()
    features: NDArray[np.float32] | None = None
    outcome: Answers | BaseException | None = None

    def resolve(self) -> None:
        """Wake who waits; to be called in the event loop."""
        if self.future.done():
            return
        if isinstance(self.outcome, list):
            self.future.set_result(self.outcome)
        else:
            self.future.set_exception(self.outcome or RuntimeError("a request has no outcome"))


@dataclass(frozen=True, slots=True)
class Group:
    """Requests of a batch that the same model answers."""

    serving: Serving
    works: list[Work]

    def clips(self) -> list[Clip]:
        """Every clip of the group, in order."""
        return [item for work in self.works for item in work.decoded if isinstance(item, Clip)]

    def predictions(self) -> list[Prediction]:
        """Every prediction of the group, in order."""
        return [
            item
            for work in self.works
            if isinstance(work.outcome, list)
            for item in work.outcome
            if isinstance(item, Prediction)
        ]


def prepare(batch: Iterable[Work], hub: ModelHub, decode: Decoder) -> list[Group]:
    """Decode, and group by what answers; a request that fails here has its outcome."""
    groups: dict[tuple[int, int], Group] = {}
    for work in batch:
        try:
            serving = hub.choose(work.key, work.version)
            work.decoded = [_decode_one(decode, upload) for upload in work.uploads]
        except Exception as failure:  # noqa: BLE001 - it is handed to the request
            work.outcome = failure
        else:
            models = (id(serving.predictor), id(serving.shadow))
            groups.setdefault(models, Group(serving, [])).works.append(work)
    return list(groups.values())


def answer(group: Group, metrics: BatchMetrics) -> None:
    """Call the model once for all; request by request when that fails, to find the bad one."""
    try:
        features, rows = _predict(group, metrics)
    except Exception as failure:  # noqa: BLE001 - it is handed to the request
        if len(group.works) == 1:
            group.works[0].outcome = failure
            return
        for work in group.works:
            answer(Group(group.serving, [work]), metrics)
        return
    end = 0
    for work in group.works:
        start, end = end, end + sum(isinstance(item, Clip) for item in work.decoded)
        found = iter(rows[start:end])
        work.outcome = [next(found) if isinstance(item, Clip) else item for item in work.decoded]
        work.features = features[start:end]


def _decode_one(decode: Decoder, upload: Upload) -> Clip | VocalBabyError:
    try:
        return decode(upload.data, name=upload.name)
    except VocalBabyError as error:
        if upload.data.startswith(MEMBER_MAGIC):
            error.hint = ARCHIVE_HINT
        return error.without_trace()


def _predict(group: Group, metrics: BatchMetrics) -> tuple[NDArray[np.float32], list[Prediction]]:
    clips = group.clips()
    if not clips:
        return np.empty((0, 0), np.float32), []
    metrics.count_batch(len(clips))
    features = group.serving.predictor.extract(clips)
    found = group.serving.predictor.judge(clips, features)
    if len(found) != len(clips):
        raise RuntimeError(f"the model gave {len(found)} answers to {len(clips)} clips")
    return features, found
