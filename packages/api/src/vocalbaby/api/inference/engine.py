"""Decoding and prediction, off the event loop and in batches across requests.

Requests wait in a bounded queue. One worker thread takes what is waiting, up to a batch, and
never waits for more to arrive: under load the batches grow by themselves, and a lone request
is answered at once. NumPy and the codecs release the interpreter lock while they compute, so
the event loop keeps serving connections meanwhile.
"""

import asyncio
import logging
import threading
from collections.abc import Awaitable, Callable, Sequence
from typing import Final

from vocalbaby.api.inference.admission import check_load
from vocalbaby.api.inference.batching import (
    Decoder,
    ModelBatch,
    group_by_model,
    predict_batch,
)
from vocalbaby.api.inference.fair_queue import FairQueue
from vocalbaby.api.inference.prediction_logging import PredictionLogger
from vocalbaby.api.inference.requests import (
    BatchSlice,
    InferenceRequest,
    Outcomes,
    QueueTicket,
)
from vocalbaby.api.models.registry import ModelRegistry, RegistryStatus
from vocalbaby.api.upload import Upload
from vocalbaby.entity.bundle import ModelBundle
from vocalbaby.exception import NotReadyError, VocalBabyError
from vocalbaby.monitoring.batch_metrics import BatchMetrics

__all__ = ["ClientGoneError", "Engine"]

#: A request that takes longer than this many seconds is dropped if its client disconnects.
_WATCH_AFTER_S: Final = 0.05
#: Longest wait for the worker thread when the service stops.
_CLOSE_S: Final = 2.0

_log = logging.getLogger(__name__)


class ClientGoneError(Exception):
    """The client disconnected before its request was answered; the request was dropped."""


class Engine:
    """The queue of requests, and the worker thread that answers them.

    Args:
        registry: The models.
        decode: Decodes one file.
        metrics: Metrics of the queue and the batches.
        log_predictions: Logs the predictions of requests and notifies these requests; or None.
        max_batch: Most clips in a batch.
        max_batch_s: Most seconds of sound in a batch of several clips: about 0.1 s of work,
            which a request that arrives meanwhile has to wait for.
        max_waiting: Most clips that may come before the last clip of a request. A request
            that finds the queue empty may have more.
    """

    def __init__(
        self,
        registry: ModelRegistry,
        decode: Decoder,
        metrics: BatchMetrics,
        *,
        log_predictions: PredictionLogger | None = None,
        max_batch: int = 16,
        max_batch_s: float = 60.0,
        max_waiting: int = 1024,
    ) -> None:
        self._registry = registry
        self._decode = decode
        self._metrics = metrics
        self._log_predictions = log_predictions
        self._max_batch = max_batch
        self._max_batch_s = max_batch_s
        self._max_waiting = max_waiting
        self._changed = threading.Condition()
        self._queue = FairQueue()
        self._worker: threading.Thread | None = None
        self._loaded = False

    def start(self) -> None:
        """Start the worker thread, which loads the models first; returns at once."""
        with self._changed:
            if self._worker is None:
                self._worker = threading.Thread(target=self._run, name="vocalbaby-engine")
                self._worker.daemon = True
                self._worker.start()

    def close(self) -> None:
        """Finish the batch that is being processed, refuse the waiting requests, and stop."""
        with self._changed:
            worker, self._worker = self._worker, None
            waiting, self._queue = list(self._queue), FairQueue()
            self._update_waiting()
            self._changed.notify()
        for request in waiting:
            request.failure = NotReadyError(
                "The service is stopping.", hint="Retry; another instance will answer."
            )
        _notify(waiting)
        if worker is not None:
            worker.join(_CLOSE_S)  # it may wait for a store that does not answer

    def failure(self) -> BaseException | None:
        """Return why there will be no model; None while loading and when there is one."""
        return self._registry.failure()

    def busy(self) -> bool:
        """Return whether requests are waiting."""
        return bool(self._queue)

    def model(self) -> ModelBundle:
        """Return the model with the largest share of the requests.

        Raises:
            NotReadyError: No model is ready.
        """
        return self._registry.current()

    def status(self) -> RegistryStatus:
        """Return every model in memory and every fault that persists."""
        return self._registry.status()

    async def classify(
        self,
        uploads: Sequence[Upload],
        routing_key: str = "",
        *,
        version: str | None = None,
        request_id: str = "",
        durations_s: Sequence[float] = (),
        ticket: QueueTicket | None = None,
        disconnected: Callable[[], Awaitable[object]] | None = None,
    ) -> Outcomes:
        """Return one prediction or error per upload, in order.

        Args:
            uploads: At least one file.
            routing_key: Chooses the model; see `ModelRegistry.route`.
            version: The model version that the client insists on, or None.
            request_id: Id of the HTTP request, for the prediction log.
            durations_s: Seconds of sound of each file; 1 s each when omitted.
            ticket: Ticket of a client's request that sends its files in several calls; only
                the first of these calls can be refused.
            disconnected: Returns when the client has disconnected; the request is then dropped.

        Raises:
            NotReadyError: No model is ready.
            OverloadedError: Too many clips would have to be processed first.
            ClientGoneError: ``disconnected`` returned first.
            VocalBabyError: The model refuses the request.
        """
        loop = asyncio.get_running_loop()
        request = InferenceRequest(
            uploads,
            routing_key,
            loop.create_future(),
            version,
            request_id,
            durations_s or [1.0] * len(uploads),
            ticket or QueueTicket(),
        )
        self._enqueue(request)
        if disconnected is None:
            return await self._outcomes(request)
        watching: list[asyncio.Task[None]] = []
        timer = loop.call_later(
            _WATCH_AFTER_S, lambda: watching.append(loop.create_task(_watch(disconnected, request)))
        )
        try:
            return await self._outcomes(request)
        finally:
            timer.cancel()
            for task in watching:
                task.cancel()

    async def _outcomes(self, request: InferenceRequest) -> Outcomes:
        try:
            return await request.future
        except BaseException:
            self._drop(request)
            raise

    def _enqueue(self, request: InferenceRequest) -> None:
        if self._worker is None:
            self.start()
        with self._changed:
            own = len(request.uploads)
            if self._queue.clips + own > self._max_waiting and request.ticket.served_s == 0:
                others = [other.waiting() for other in self._queue]
                check_load(self._max_waiting, own, others, "clips")
            self._queue.add(request)
            self._update_waiting()
            self._changed.notify()

    def _drop(self, *requests: InferenceRequest) -> None:
        """Remove requests that no client waits for from the queue, if they are still there."""
        with self._changed:
            for request in requests:
                self._queue.remove(request)
            self._update_waiting()

    def _update_waiting(self) -> None:
        self._metrics.set_waiting(self._queue.clips)

    def _run(self) -> None:
        """Body of the worker thread: load the models, then process batches until closed."""
        if not self._loaded:
            self._loaded = True
            self._load()
        while self._process(self._next_batch()):
            pass

    def _process(self, slices: list[BatchSlice]) -> bool:
        """Process one batch; returns False for the empty batch of a closed engine.

        A method, so that no local variable of the waiting thread keeps a replaced model.
        """
        batches = group_by_model(slices, self._registry, self._decode)
        for batch in batches:
            predict_batch(batch, self._metrics)
        finished = [part.request for part in slices if part.request.finished()]
        if failed := [request for request in finished if request.waiting()]:
            self._drop(*failed)
        _notify([request for request in finished if request.failure is not None])
        self._answer([request for request in finished if request.failure is None])
        for batch in batches:
            self._compare(batch)
        return bool(slices)

    def _load(self) -> None:
        try:
            self._registry.load()
        except VocalBabyError as failure:
            _log.error("no model could be loaded: %s", failure)
        except Exception:  # noqa: BLE001 - the registry keeps it, and requests report it
            _log.exception("no model could be loaded")

    def _next_batch(self) -> list[BatchSlice]:
        """Wait for a request and take a batch; returns an empty list when closed."""
        with self._changed:
            this_thread = threading.current_thread()
            while not self._queue and self._worker is this_thread:
                self._changed.wait()
            if self._worker is not this_thread:
                return []
            slices = self._queue.take(self._max_batch, self._max_batch_s)
            self._update_waiting()
            return slices

    def _answer(self, answered: Sequence[InferenceRequest]) -> None:
        """Notify requests, and write their predictions to the prediction log, if there is one."""
        if self._log_predictions is None:
            _notify(answered)
        elif answered:
            self._log_predictions(answered, _notify)

    def _compare(self, batch: ModelBatch) -> None:
        """Have the registry compare the shadow, if the model of this batch has one."""
        clips, predictions = batch.clips(), batch.predictions()
        if batch.target.shadow is None or not clips or len(clips) != len(predictions):
            return
        try:
            self._registry.compare(batch.target, clips, predictions)
        except Exception:  # noqa: BLE001 - a shadow must not harm the service
            _log.exception("a shadow model could not be compared")


def _notify(finished: Sequence[InferenceRequest]) -> None:
    """Complete the futures of requests, with one call for each event loop."""
    for loop in {request.future.get_loop() for request in finished}:
        own = [request for request in finished if request.future.get_loop() is loop]
        try:
            loop.call_soon_threadsafe(_resolve, own)
        except RuntimeError:
            _log.debug("an event loop was closed before its requests were answered")


def _resolve(finished: Sequence[InferenceRequest]) -> None:
    for request in finished:
        request.resolve()


async def _watch(disconnected: Callable[[], Awaitable[object]], request: InferenceRequest) -> None:
    await disconnected()
    if not request.future.done():
        request.future.set_exception(ClientGoneError())
