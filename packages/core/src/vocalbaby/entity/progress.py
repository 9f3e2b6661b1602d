"""The callbacks by which long work reports how far it is."""

from collections.abc import Callable

__all__ = ["ProgressCallback", "TaskProgressCallback", "for_task"]

#: Called with (steps done, steps in all).
ProgressCallback = Callable[[int, int], None]

#: Called with (task, steps done, steps in all), by work that consists of several tasks.
TaskProgressCallback = Callable[[str, int, int], None]


def for_task(progress: TaskProgressCallback | None, task: str) -> ProgressCallback | None:
    """Bind a callback to one task.

    Args:
        progress: The callback; None if there is none.
        task: The name that `progress` is called with.

    Returns:
        A callback of the steps alone; None if `progress` is None.

    Examples:
        >>> report = for_task(print, "decoding")
        >>> report(3, 10)
        decoding 3 10
    """
    if progress is None:
        return None
    return lambda done, total: progress(task, done, total)
