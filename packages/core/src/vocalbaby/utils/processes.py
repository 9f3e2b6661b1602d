"""Runs a function on many items in processes, of which each may be ended by the system."""

import multiprocessing
import os
import queue
import signal
import threading
from collections.abc import Callable, Generator, Iterable, Iterator
from concurrent.futures import FIRST_COMPLETED, Future, ProcessPoolExecutor, wait
from concurrent.futures.process import BrokenProcessPool
from itertools import islice
from multiprocessing.queues import Queue
from multiprocessing.synchronize import Event
from typing import Final, NamedTuple, TypeVar

__all__ = ["Function", "Progress", "Report", "run_in_processes"]

Item = TypeVar("Item")
Result = TypeVar("Result")

#: Called by a function with the seconds that are done, and those of the whole where known.
Progress = Callable[[float, float | None], None]

#: Receives the number of an item, the seconds that are done, and those of the whole.
Report = Callable[[int, float, float | None], None]

#: What is run on each item; it has to be importable by its name.
Function = Callable[[Item, Progress], Result]

#: Libraries that would start threads of their own in each process.
_THREADS: Final = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS")
#: Seconds between two checks of the progress of the processes.
_POLL_S: Final = 0.1


class _StopError(BaseException):
    """The run is being stopped; like `KeyboardInterrupt`, it is no error of an item."""


class _Message(NamedTuple):
    item: int
    done_s: float
    total_s: float | None


def run_in_processes(
    function: Function[Item, Result],
    items: Iterable[Item],
    workers: int,
    report: Report,
    ended: Callable[[Item], Result],
) -> Iterator[tuple[int, Result]]:
    """Yield the number and the result of each item, in the order in which they are done.

    A process that the system ends, e.g. for its memory, costs no other item: each item at work is
    tried once more, alone.

    Args:
        function: What is run, with the item and a callback of progress.
        items: The items.
        workers: Number of processes.
        report: Called with progress.
        ended: Returns the result of an item whose process was ended twice.
    """
    for name in _THREADS:
        os.environ.setdefault(name, "1")
    left = dict(enumerate(items))
    while left:
        for number in (yield from _run_pool(function, left, workers, report)):
            alone = {number: left.pop(number)}
            if (yield from _run_pool(function, dict(alone), 1, report)):
                yield number, ended(alone[number])


def _run_pool(
    function: Function[Item, Result], left: dict[int, Item], workers: int, report: Report
) -> Generator[tuple[int, Result], None, list[int]]:
    """Run items, and remove those that are done.

    Returns:
        The items that were at work when a process was ended; none if all items are done.
    """
    context = multiprocessing.get_context("spawn")
    messages, stop = context.Queue(), context.Event()
    pool = ProcessPoolExecutor(min(workers, len(left)), context, _start, (messages, stop))
    running: dict[Future[Result], int] = {}
    waiting, broken = iter(list(left)), False
    try:
        while left and not broken:
            # Processes inherit the mask: only this one ends on Ctrl-C, and stops the others.
            mask = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
            try:
                for n in islice(waiting, workers - len(running)):
                    running[pool.submit(_work, function, n, left[n])] = n
            except BrokenProcessPool:
                broken = True
            finally:
                signal.pthread_sigmask(signal.SIG_SETMASK, mask)
            done, _ = wait(running, _POLL_S, FIRST_COMPLETED)
            for message in _received(messages):
                report(*message)
            for future in done:
                if isinstance(future.exception(), BrokenProcessPool):
                    broken = True
                    continue
                number = running.pop(future)
                del left[number]
                yield number, future.result()
    finally:
        if not broken:  # an ended process may hold the lock of the event
            stop.set()
        pool.shutdown(cancel_futures=True)
    return sorted(running.values())


def _received(messages: "Queue[_Message]") -> Iterator[_Message]:
    while True:
        try:
            yield messages.get_nowait()
        except queue.Empty:
            return


_messages: "Queue[_Message] | None" = None
_stop: Event | None = None


def _start(messages: "Queue[_Message]", stop: Event) -> None:
    """Prepare a process: it ends when the one that started it does."""
    global _messages, _stop
    _messages, _stop = messages, stop
    parent = multiprocessing.parent_process()

    def end_with_parent() -> None:
        if parent is not None:
            parent.join()
            os._exit(1)

    threading.Thread(target=end_with_parent, daemon=True).start()


def _work(function: Function[Item, Result], number: int, item: Item) -> Result:
    def progress(done_s: float, total_s: float | None) -> None:
        if _stop is not None and _stop.is_set():
            raise _StopError
        if _messages is not None:
            _messages.put(_Message(number, done_s, total_s))

    return function(item, progress)
