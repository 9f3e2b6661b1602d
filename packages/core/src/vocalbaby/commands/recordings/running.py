"""Runs the tasks one after another, or several at once in processes."""

import multiprocessing
import os
import queue
import signal
import threading
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ProcessPoolExecutor, wait
from concurrent.futures.process import BrokenProcessPool
from functools import partial
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
    context = multiprocessing.get_context("spawn")
    messages, stop = context.Queue(), context.Event()
    for name in _THREADS:
        os.environ.setdefault(name, "1")
    pool = ProcessPoolExecutor(workers, context, _start, (messages, stop))
    try:
        # Processes inherit the mask: only this one ends on Ctrl-C, and stops the others.
        mask = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
        numbers = {pool.submit(_work, n, task, settings): n for n, task in enumerate(tasks)}
        signal.pthread_sigmask(signal.SIG_SETMASK, mask)
        waiting: set[Future[Result]] = set(numbers)
        while waiting:
            done, waiting = wait(waiting, _POLL_S, FIRST_COMPLETED)
            for message in _received(messages):
                report(*message)
            for future in done:
                yield numbers[future], _result(future, tasks[numbers[future]])
    finally:
        stop.set()
        pool.shutdown(cancel_futures=True)


def _received(messages: "Queue[_Message]") -> Iterator[_Message]:
    while True:
        try:
            yield messages.get_nowait()
        except queue.Empty:
            return


def _result(future: "Future[Result]", task: Task) -> Result:
    try:
        return future.result()
    except BrokenProcessPool:
        text = f"The process that worked on {task.source.path}, or on another recording, was ended."
        hint = "Run the command again, with fewer --workers if memory is short; it goes on there."
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
