"""Decoding and prediction, off the event loop and in batches across requests.

Requests wait in a bounded queue. One worker thread takes what is waiting, up to a batch and
in fair turns, and never waits for more to come: under load the batches grow by themselves,
and a lone request is answered at once. numpy and the codecs release the interpreter while they
compute, so the event loop goes on answering meanwhile.
"""

import asyncio
import logging
import threading
from collections.abc import Awaitable, Callable, Sequence
from typing import Final

from vocalbaby.api.inference import batches
from vocalbaby.api.inference.admission import Place, refuse_beyond
from vocalbaby.api.inference.batches import Answers, Decoder, Group, Part, Work
from vocalbaby.api.inference.fair_queue import Queue
from vocalbaby.api.models.routing import ModelHub, Status
from vocalbaby.api.upload import Upload
from vocalbaby.entity.bundle import ModelBundle
from vocalbaby.exception import NotReadyError, VocalBabyError
from vocalbaby.monitoring.batch_metrics import BatchMetrics

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
        record: Is handed the requests that were answered, after they were.
        max_batch: Most clips in a batch.
        max_batch_s: Most seconds of sound in a batch of several clips: some 0.1 s of work,
            the most that whoever comes next waits for.
        max_waiting: Most clips that come before a request's last one; a request that finds
            the queue empty may have more.
    """

    def __init__(
        self,
        hub: ModelHub,
        decode: Decoder,
        metrics: BatchMetrics,
        *,
        record: Callable[[Sequence[Work]], None] | None = None,
        max_batch: int = 16,
        max_batch_s: float = 60.0,
        max_waiting: int = 1024,
    ) -> None:
        self._hub = hub
        self._decode = decode
        self._metrics = metrics
        self._record = record
        self._max_batch = max_batch
        self._max_batch_s = max_batch_s
        self._max_waiting = max_waiting
        self._changed = threading.Condition()
        self._queue = Queue()
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
            left, self._queue = list(self._queue), Queue()
            self._show_waiting()
            self._changed.notify()
        for work in left:
            work.failure = NotReadyError("The service is stopping.", hint="Ask another instance.")
        _deliver(left)
        if worker is not None:
            worker.join()

    def failure(self) -> BaseException | None:
        """Why there is no model; None while loading and when there is one."""
        return self._hub.failure()

    def busy(self) -> bool:
        """Whether requests are waiting."""
        return bool(self._queue)

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
        lengths_s: Sequence[float] = (),
        place: Place | None = None,
        gone: Callable[[], Awaitable[object]] | None = None,
    ) -> Answers:
        """One prediction or error per upload, in order.

        Args:
            uploads: At least one file.
            key: What the hub chooses the model by.
            version: The model that the client insists on.
            request_id: For the prediction log.
            lengths_s: Seconds of sound of each file; all count alike when left out.
            place: Of a request that brings its files in parts; only its first is ever refused.
            gone: Returns when the client has gone away; the request is then dropped.

        Raises:
            NotReadyError: There is no model.
            OverloadedError: Too many clips would come first.
            ClientGoneError: ``gone`` returned first.
            VocalBabyError: The model refuses the request.
        """
        loop = asyncio.get_running_loop()
        lengths_s = lengths_s or [1.0] * len(uploads)
        place = place or Place()
        work = Work(uploads, key, loop.create_future(), version, request_id, lengths_s, place)
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
            own = len(work.uploads)
            if self._queue.clips + own > self._max_waiting and work.place.served_s == 0:
                others = [other.left() for other in self._queue]
                refuse_beyond(self._max_waiting, own, others, "clips")
            self._queue.add(work)
            self._show_waiting()
            self._changed.notify()

    def _drop(self, *works: Work) -> None:
        """Take requests that nobody waits for out of the queue, if they are still there."""
        with self._changed:
            for work in works:
                self._queue.remove(work)
            self._show_waiting()

    def _show_waiting(self) -> None:
        self._metrics.set_waiting(self._queue.clips)

    def _run(self) -> None:
        """The worker thread: load, then work until closed."""
        if not self._loaded:
            self._loaded = True
            self._load()
        while self._work(self._take()):
            pass

    def _work(self, batch: list[Part]) -> bool:
        """One batch; a method, so that no old model lives on in the waiting thread's variables."""
        groups = batches.prepare(batch, self._hub, self._decode)
        for group in groups:
            batches.answer(group, self._metrics)
        ended = [part.work for part in batch if part.work.ended()]
        if failed := [work for work in ended if work.left()]:
            self._drop(*failed)
        _deliver(ended)
        self._log([work for work in ended if work.failure is None])
        for group in groups:
            self._compare(group)
        return bool(batch)

    def _load(self) -> None:
        try:
            self._hub.load()
        except VocalBabyError as failure:
            _log.error("no model could be loaded: %s", failure)
        except Exception:  # noqa: BLE001 - the hub keeps it, and requests are told
            _log.exception("no model could be loaded")

    def _take(self) -> list[Part]:
        """What waits, up to a batch; waits for the first; nothing when closed."""
        with self._changed:
            me = threading.current_thread()
            while not self._queue and self._worker is me:
                self._changed.wait()
            if self._worker is not me:
                return []
            batch = self._queue.take(self._max_batch, self._max_batch_s)
            self._show_waiting()
            return batch

    def _log(self, answered: Sequence[Work]) -> None:
        """Hand the answers to the prediction log, if there is one."""
        if self._record is None or not answered:
            return
        try:
            self._record(answered)
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
