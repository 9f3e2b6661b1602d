"""What the engine does with the requests of one batch, in its worker thread."""

import asyncio
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Protocol, TypeAlias

import numpy as np
from numpy.typing import NDArray

from vocalbaby.api.inference.admission import Place
from vocalbaby.api.models.routing import ModelHub, Serving
from vocalbaby.api.upload import ARCHIVE_HINT, MEMBER_MAGIC, Upload
from vocalbaby.entity.clip import Clip
from vocalbaby.entity.prediction import Prediction
from vocalbaby.exception import VocalBabyError
from vocalbaby.monitoring.batch_metrics import BatchMetrics

__all__ = ["Answers", "Decoder", "Group", "Part", "Work", "answer", "prepare"]

#: One prediction or error per upload of a request, in its order.
Answers: TypeAlias = list[Prediction | VocalBabyError]


class Decoder(Protocol):
    """From the bytes of a file to a clip."""

    def __call__(self, data: bytes, *, name: str) -> Clip:
        """Decode; raises :class:`~vocalbaby.exception.AudioError`."""


@dataclass(slots=True, eq=False)
class Work:
    """A request in the queue and, part by part, in the worker.

    Attributes:
        uploads: Its files.
        key: What the hub chooses the model by.
        future: Where it waits for its answers, in the event loop.
        version: The model that the client insists on, if it does.
        request_id: Of the request.
        lengths_s: How much sound each file has, in seconds.
        place: Its place among those that wait.
        serving: What answers it, once chosen: one model for all of its parts.
        taken: How many of its files were taken out of the queue.
        answers: Those that it has, of its first files.
        features: What the model was shown of the clips, each of shape (n_clips, n_columns).
        failure: Why it gets no answers at all.
    """

    uploads: Sequence[Upload]
    key: str
    future: "asyncio.Future[Answers]"
    version: str | None = None
    request_id: str = ""
    lengths_s: Sequence[float] = ()
    place: Place = field(default_factory=Place)
    serving: Serving | None = None
    taken: int = 0
    answers: Answers = field(default_factory=list)
    features: list[NDArray[np.float32]] = field(default_factory=list)
    failure: BaseException | None = None

    def left(self) -> int:
        """How many of its files wait."""
        return len(self.uploads) - self.taken

    def ended(self) -> bool:
        """Whether there is nothing more to do for it."""
        return self.failure is not None or len(self.answers) == len(self.uploads)

    def resolve(self) -> None:
        """Wake who waits; to be called in the event loop."""
        if self.future.done():
            return
        if self.failure is None:
            self.future.set_result(self.answers)
        else:
            self.future.set_exception(self.failure)


@dataclass(slots=True)
class Part:
    """The files of a request that are in one batch: from ``start`` up to ``end``."""

    work: Work
    start: int
    end: int
    decoded: Sequence[Clip | VocalBabyError] = ()

    def clips(self) -> list[Clip]:
        """What could be decoded of it, in order."""
        return [item for item in self.decoded if isinstance(item, Clip)]


@dataclass(frozen=True, slots=True)
class Group:
    """Parts of a batch that the same model answers."""

    serving: Serving
    parts: list[Part]

    def clips(self) -> list[Clip]:
        """Every clip of the group, in order."""
        return [clip for part in self.parts for clip in part.clips()]

    def predictions(self) -> list[Prediction]:
        """Every prediction of the group, in order."""
        return [
            item
            for part in self.parts
            for item in part.work.answers[part.start : part.end]
            if isinstance(item, Prediction)
        ]


def prepare(batch: Iterable[Part], hub: ModelHub, decode: Decoder) -> list[Group]:
    """Decode, and group by what answers; a request that fails here has its failure."""
    groups: dict[tuple[int, int], Group] = {}
    for part in batch:
        work = part.work
        try:
            serving = work.serving = work.serving or hub.choose(work.key, work.version)
            files = work.uploads[part.start : part.end]
            part.decoded = [_decode_one(decode, upload) for upload in files]
        except Exception as failure:  # noqa: BLE001 - it is handed to the request
            work.failure = failure
        else:
            models = (id(serving.predictor), id(serving.shadow))
            groups.setdefault(models, Group(serving, [])).parts.append(part)
    return list(groups.values())


def answer(group: Group, metrics: BatchMetrics) -> None:
    """Call the model once for all; part by part when that fails, to find the bad one."""
    try:
        features, rows = _predict(group, metrics)
    except Exception as failure:  # noqa: BLE001 - it is handed to the request
        if len(group.parts) == 1:
            group.parts[0].work.failure = failure
            return
        for part in group.parts:
            answer(Group(group.serving, [part]), metrics)
        return
    end = 0
    for part in group.parts:
        start, end = end, end + len(part.clips())
        found = iter(rows[start:end])
        part.work.features.append(features[start:end])
        part.work.answers += [
            next(found) if isinstance(item, Clip) else item for item in part.decoded
        ]


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
    found = group.serving.predictor.predict_from_features(clips, features)
    if len(found) != len(clips):
        raise RuntimeError(f"the model gave {len(found)} answers to {len(clips)} clips")
    return features, found
