"""Decoding and prediction, off the event loop.

One worker thread does all work in the order of arrival, model loading first, so
requests that come while the model loads wait for it. Requests that wait are answered
together: the features of 16 clips cost a quarter of 16 times one, and a clip's answer
does not depend on the others. numpy and the codecs release the interpreter while they
compute, and the event loop goes on answering meanwhile.
"""

import asyncio
import logging
import threading
import time
from collections import deque
from collections.abc import Callable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field
from itertools import islice
from typing import Final, Protocol, TypeAlias

import numpy as np

from vocalbaby.entity.bundle import ModelBundle
from vocalbaby.entity.clip import SAMPLE_RATE, Clip
from vocalbaby.entity.prediction import Prediction
from vocalbaby.exception import NotReadyError, VocalBabyError

__all__ = ["Classifier", "Decoder", "Engine", "Upload"]

#: Clips of different requests that are worked on together; more no longer makes it faster.
_TOGETHER: Final = 16

_Answers: TypeAlias = list[Prediction | VocalBabyError]

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Upload:
    """One file of a request: its name as sent, never used as a path, and its bytes."""

    name: str
    data: bytes


@dataclass(frozen=True, slots=True)
class _Job:
    """One request's clips, and where their answers are put."""

    uploads: Sequence[Upload]
    done: "Future[_Answers]" = field(default_factory=Future)


class Classifier(Protocol):
    """What the engine asks of a predictor."""

    @property
    def bundle(self) -> ModelBundle:
        """The model that answers."""

    def predict(self, clips: Sequence[Clip]) -> list[Prediction]:
        """One prediction per clip, in order."""


class Decoder(Protocol):
    """From the bytes of a file to a clip."""

    def __call__(self, data: bytes, *, name: str) -> Clip:
        """Decode; raises :class:`~vocalbaby.exception.AudioError`."""


class Engine:
    """A model and the thread that works with it.

    Args:
        load: Returns the predictor; called once, in the worker thread.
        decode: Decodes one file.
        on_ready: Called with the model when it has answered for the first time.
    """

    def __init__(
        self,
        load: Callable[[], Classifier],
        decode: Decoder,
        on_ready: Callable[[ModelBundle], None],
    ) -> None:
        self._load = load
        self._decode = decode
        self._on_ready = on_ready
        self._lock = threading.Lock()
        self._worker: ThreadPoolExecutor | None = None
        self._loading: Future[Classifier] | None = None
        self._waiting: deque[_Job] = deque()

    def start(self) -> ThreadPoolExecutor:
        """Begin to load the model, unless that was done; returns at once."""
        with self._lock:
            if self._worker is None:
                self._worker = ThreadPoolExecutor(1, thread_name_prefix="vocalbaby-engine")
                self._loading = self._worker.submit(self._warm)
                self._loading.add_done_callback(_log_failure)
            return self._worker

    def close(self) -> None:
        """Finish what was accepted and stop the worker."""
        with self._lock:
            if self._worker is not None:
                self._worker.shutdown(cancel_futures=True)
            self._worker = None
        for job in self._waiting:
            job.done.cancel()

    def failure(self) -> BaseException | None:
        """Why the model could not be loaded; None while loading and when it was."""
        loading = self._loading
        if loading is None or not loading.done() or loading.cancelled():
            return None
        return loading.exception()

    def model(self) -> ModelBundle:
        """The warmed model.

        Raises:
            NotReadyError: It is loading, or could not be loaded.
        """
        return self._predictor(self._loading).bundle

    async def classify(self, uploads: Sequence[Upload]) -> _Answers:
        """One prediction or error per upload, in order.

        Raises:
            NotReadyError: The model could not be loaded.
            VocalBabyError: The model refuses the batch.
        """
        job = _Job(uploads)
        self._waiting.append(job)
        self.start().submit(self._work)
        return await asyncio.wrap_future(job.done)

    @staticmethod
    def _predictor(loading: "Future[Classifier] | None") -> Classifier:
        if loading is None or not loading.done():
            raise NotReadyError("The model is loading.", hint="Ask again in a moment.")
        failure = loading.exception()
        if failure is None:
            return loading.result()
        if isinstance(failure, VocalBabyError):
            raise NotReadyError(f"There is no model: {failure.message}", hint=failure.hint)
        raise NotReadyError("The model could not be loaded.", hint="The log says why.")

    def _warm(self) -> Classifier:
        """Load, and answer once, so that the first request finds everything in memory."""
        start = time.perf_counter()
        predictor = self._load()
        seconds = np.arange(SAMPLE_RATE // 2, dtype=np.float32) / SAMPLE_RATE
        tone = (0.1 * np.sin(2 * np.pi * 440 * seconds)).astype(np.float32)
        predictor.predict([Clip("warm-up", tone, 0.5)])
        self._on_ready(predictor.bundle)
        manifest = predictor.bundle.manifest
        _log.info(
            "model %s %s ready in %.2f s",
            manifest.name,
            manifest.version,
            time.perf_counter() - start,
        )
        return predictor

    def _work(self) -> None:
        """Answer the first of the waiting requests, and those behind it that fit in."""
        jobs: list[_Job] = []
        room = _TOGETHER
        while self._waiting and (not jobs or len(self._waiting[0].uploads) <= room):
            job = self._waiting.popleft()
            if job.done.set_running_or_notify_cancel():
                jobs.append(job)
                room -= len(job.uploads)
        if jobs:
            self._answer(jobs)

    def _answer(self, jobs: Sequence[_Job]) -> None:
        try:
            answers = iter(self._classify([upload for job in jobs for upload in job.uploads]))
        except Exception as error:  # noqa: BLE001 - raised where the answer is awaited
            if len(jobs) == 1:
                jobs[0].done.set_exception(error)
                return
            for job in jobs:  # one request's fault is not the others'
                self._answer([job])
            return
        for job in jobs:
            job.done.set_result(list(islice(answers, len(job.uploads))))

    def _classify(self, uploads: Sequence[Upload]) -> _Answers:
        predictor = self._predictor(self._loading)
        decoded = [self._decode_one(upload) for upload in uploads]
        clips = [clip for clip in decoded if isinstance(clip, Clip)]
        answers = iter(predictor.predict(clips) if clips else ())
        return [next(answers) if isinstance(item, Clip) else item for item in decoded]

    def _decode_one(self, upload: Upload) -> Clip | VocalBabyError:
        try:
            return self._decode(upload.data, name=upload.name)
        except VocalBabyError as error:
            return error


def _log_failure(loading: "Future[Classifier]") -> None:
    failure = None if loading.cancelled() else loading.exception()
    if isinstance(failure, VocalBabyError):
        _log.error("the model could not be loaded: %s", failure)
    elif failure is not None:
        _log.error("the model could not be loaded", exc_info=failure)
