"""Runs the tasks one after another, or several at once in processes."""

import multiprocessing
import os
import queue
import signal
import threading
from collections.abc import Callable, Generator, Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ProcessPoolExecutor, wait
from concurrent.futures.process import BrokenProcessPool
from functools import partial
from itertools import islice
from multiprocessing.queues import Queue
from multiprocessing.synchronize import Event
from typing import Final, NamedTuple

from vocalbaby.commands.recordings.tasks import Settings, Task
from vocalbaby.commands.recordings.working import Result, work
from vocalbaby.exception import VocalBabyError

__all__ = ["run"]

#: Receives the number of a task, the seconds that are done, and those of the recording.
Report = Callable[[int, float, float | None], None]

#: Libraries that would start threads of their own in each process.
_THREADS: Final = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS")
#: Seconds between two looks at the progress of the processes.
_POLL_S: Final = 0.1


class _StopError(Exception):
    """The run is being stopped."""


class _Message(NamedTuple):
    task: int
    done_s: float
    total_s: float | None


def run(
    tasks: Sequence[Task], settings: Settings, workers: int, report: Report
) -> Iterator[tuple[int, Result]]:
    """Yield the number and the result of each task, in the order in which they are done.

    Args:
        tasks: The recordings.
        settings: Settings of all.
        workers: Number of processes; 1 means this one.
        report: Called with progress.
    """
    if workers == 1 or len(tasks) < 2:
        for number, task in enumerate(tasks):
            yield number, work(task, settings, partial(report, number))
        return
    yield from _run_in_processes(tasks, settings, min(workers, len(tasks)), report)


def _run_in_processes(
    tasks: Sequence[Task], settings: Settings, workers: int, report: Report
) -> Iterator[tuple[int, Result]]:
    for name in _THREADS:
        os.environ.setdefault(name, "1")
    left = dict(enumerate(tasks))
    while left:
        # A process that the system ends, e.g. for its memory, ends the pool. Each recording at work
        # is tried once more, alone: the next pool goes on with the others.
        for number in (yield from _run_pool(left, settings, workers, report)):
            alone = {number: left.pop(number)}
            if (yield from _run_pool(dict(alone), settings, 1, report)):
                yield number, _ended(alone[number])


def _run_pool(
    left: dict[int, Task], settings: Settings, workers: int, report: Report
) -> Generator[tuple[int, Result], None, list[int]]:
    """Run tasks, and remove those that are done.

    Returns:
        The tasks that were at work when a process was ended; none if all tasks are done.
    """
    context = multiprocessing.get_context("spawn")
    messages, stop = context.Queue(), context.Event()
    pool = ProcessPoolExecutor(workers, context, _start, (messages, stop))
    running: dict[Future[Result], int] = {}
    waiting, broken = iter(list(left)), False
    try:
        while left and not broken:
            # Processes inherit the mask: only this one ends on Ctrl-C, and stops the others.
            mask = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
            try:
                for n in islice(waiting, workers - len(running)):
                    running[pool.submit(_work, n, left[n], settings)] = n
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


def _ended(task: Task) -> Result:
    text = f"The process that worked on {task.source.path} was ended, twice."
    hint = "Memory may be short: run the command again, which goes on there, with fewer --workers."
    return Result(task, error=VocalBabyError(text, hint=hint))


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


def _work(number: int, task: Task, settings: Settings) -> Result:
    def progress(done_s: float, total_s: float | None) -> None:
        if _stop is not None and _stop.is_set():
            raise _StopError
        if _messages is not None:
            _messages.put(_Message(number, done_s, total_s))

    return work(task, settings, progress)
