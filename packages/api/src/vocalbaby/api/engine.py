"""Decoding and prediction, off the event loop and in batches across requests.

Requests wait in a bounded queue. One worker thread takes what is waiting, up to a batch,
and never waits for more to come: under load the batches grow by themselves, and a lone
request is answered at once. numpy and the codecs release the interpreter while they
compute, so the event loop goes on answering meanwhile.
"""

import asyncio
import logging
import threading
from collections import deque
from collections.abc import Awaitable, Callable, Sequence
from typing import Final

from vocalbaby.api import batches
from vocalbaby.api.batches import Answers, Decoder, Group, Upload, Work
from vocalbaby.api.models import ModelHub, Status
from vocalbaby.entity.bundle import ModelBundle
from vocalbaby.exception import NotReadyError, OverloadedError, VocalBabyError
from vocalbaby.monitoring.batching import BatchMetrics

__all__ = ["ClientGoneError", "Engine", "Upload"]

#: The client of a request that takes longer than this is watched, in case it goes away.
_PATIENCE_S: Final = 0.05

_log = logging.getLogger(__name__)


class ClientGoneError(Exception):
    """The client went away before it was answered; its request was dropped."""


class Engine:
    """The queue, and the thread that works it off.

    Args:
        hub: The models.
        decode: Decodes one file.
        metrics: Of the queue and the batches.
        record: Is handed every group that was answered, after its requests were.
        max_batch: Most clips handed to a model at once; a request is never split.
        max_waiting: Most clips in the queue; a request that finds it empty may have more.
    """

    def __init__(
        self,
        hub: ModelHub,
        decode: Decoder,
        metrics: BatchMetrics,
        *,
        record: Callable[[Group], None] | None = None,
        max_batch: int = 16,
        max_waiting: int = 1024,
    ) -> None:
        self._hub = hub
        self._decode = decode
        self._metrics = metrics
        self._record = record
        self._max_batch = max_batch
        self._max_waiting = max_waiting
        self._changed = threading.Condition()
        self._queue: deque[Work] = deque()
        self._waiting = 0
        self._worker: threading.Thread | None = None
        self._loaded = False

    def start(self) -> None:
        """Begin to load the models, unless that was done; returns at once."""
        with self._changed:
            if self._worker is None:
                self._worker = threading.Thread(target=self._run, name="vocalbaby-engine")
                self._worker.daemon = True
                self._worker.start()

    def close(self) -> None:
        """Finish what the worker has begun, refuse what waits, and stop."""
        with self._changed:
            worker, self._worker = self._worker, None
            left = list(self._queue)
            self._queue.clear()
            self._wait(-self._waiting)
            self._changed.notify()
        for work in left:
            work.outcome = NotReadyError("The service is stopping.", hint="Ask another instance.")
        _deliver(left)
        if worker is not None:
            worker.join()

    def failure(self) -> BaseException | None:
        """Why there is no model; None while loading and when there is one."""
        return self._hub.failure()

    def busy(self) -> bool:
        """Whether requests are waiting."""
        return self._waiting > 0

    def model(self) -> ModelBundle:
        """The model that gets most requests.

        Raises:
            NotReadyError: None is ready.
        """
        return self._hub.current()

    def status(self) -> Status:
        """Every model that is held, and every fault that lasts."""
        return self._hub.status()

    async def classify(
        self,
        uploads: Sequence[Upload],
        key: str = "",
        *,
        version: str | None = None,
        request_id: str = "",
        gone: Callable[[], Awaitable[object]] | None = None,
    ) -> Answers:
        """One prediction or error per upload, in order.

        Args:
            uploads: At least one file.
            key: What the hub chooses the model by.
            version: The model that the client insists on.
            request_id: For the prediction log.
            gone: Returns when the client has gone away; the request is then dropped.

        Raises:
            NotReadyError: There is no model.
            OverloadedError: Too many clips are waiting.
            ClientGoneError: ``gone`` returned first.
            VocalBabyError: The model refuses the request.
        """
        loop = asyncio.get_running_loop()
        work = Work(uploads, key, loop.create_future(), version, request_id)
        self._enqueue(work)
        if gone is None:
            return await self._answered(work)
        watching: list[asyncio.Task[None]] = []
        timer = loop.call_later(
            _PATIENCE_S, lambda: watching.append(loop.create_task(_watch(gone, work)))
        )
        try:
            return await self._answered(work)
        finally:
            timer.cancel()
            for task in watching:
                task.cancel()

    async def _answered(self, work: Work) -> Answers:
        try:
            return await work.future
        except BaseException:
            self._drop(work)
            raise

    def _enqueue(self, work: Work) -> None:
        if self._worker is None:
            self.start()
        with self._changed:
            if self._queue and self._waiting + len(work.uploads) > self._max_waiting:
                raise OverloadedError(
                    f"{self._waiting} clips are waiting already.",
                    hint="Wait for the seconds in Retry-After, then send it again.",
                )
            self._queue.append(work)
            self._wait(len(work.uploads))
            self._changed.notify()

    def _drop(self, work: Work) -> None:
        """Take a request that nobody waits for out of the queue, if it is still there."""
        with self._changed:
            if work in self._queue:
                self._queue.remove(work)
                self._wait(-len(work.uploads))

    def _wait(self, clips: int) -> None:
        """So many clips more wait."""
        self._waiting += clips
        self._metrics.set_waiting(self._waiting)

    def _run(self) -> None:
        """The worker thread: load, then work until closed."""
        if not self._loaded:
            self._loaded = True
            self._load()
        while self._work(self._take()):
            pass

    def _work(self, batch: list[Work]) -> bool:
        """One batch; a method, so that no old model lives on in the waiting thread's variables."""
        groups = batches.prepare(batch, self._hub, self._decode)
        for group in groups:
            batches.answer(group, self._metrics)
        _deliver(batch)
        for group in groups:
            self._log(group)
            self._compare(group)
        return bool(batch)

    def _load(self) -> None:
        try:
            self._hub.load()
        except VocalBabyError as failure:
            _log.error("no model could be loaded: %s", failure)
        except Exception:  # noqa: BLE001 - the hub keeps it, and requests are told
            _log.exception("no model could be loaded")

    def _take(self) -> list[Work]:
        """What waits, up to a batch; waits for the first; nothing when closed."""
        with self._changed:
            me = threading.current_thread()
            while not self._queue and self._worker is me:
                self._changed.wait()
            if self._worker is not me:
                return []
            batch = [self._queue.popleft()]
            clips = len(batch[0].uploads)
            while self._queue and clips + len(self._queue[0].uploads) <= self._max_batch:
                batch.append(self._queue.popleft())
                clips += len(batch[-1].uploads)
            self._wait(-clips)
            return batch

    def _log(self, group: Group) -> None:
        """Hand the answers to the prediction log, if there is one."""
        if self._record is None:
            return
        try:
            self._record(group)
        except Exception:  # noqa: BLE001 - a log must not harm the service
            _log.exception("answers could not be logged")

    def _compare(self, group: Group) -> None:
        """Hand clips and answers to the hub, if a shadow is to be compared with them."""
        clips, answers = group.clips(), group.predictions()
        if group.serving.shadow is None or not clips or len(clips) != len(answers):
            return
        try:
            self._hub.compare(group.serving, clips, answers)
        except Exception:  # noqa: BLE001 - a shadow must not harm the service
            _log.exception("a shadow model could not be compared")


def _deliver(done: Sequence[Work]) -> None:
    """Wake the requests, with one call for each event loop."""
    for loop in {work.future.get_loop() for work in done}:
        own = [work for work in done if work.future.get_loop() is loop]
        try:
            loop.call_soon_threadsafe(_resolve, own)
        except RuntimeError:
            _log.debug("an event loop was closed before its requests were answered")


def _resolve(done: Sequence[Work]) -> None:
    for work in done:
        work.resolve()


async def _watch(gone: Callable[[], Awaitable[object]], work: Work) -> None:
    await gone()
    if not work.future.done():
        work.future.set_exception(ClientGoneError())
