"""The most probable sequence of classes, when changes of class are rare.

A hidden Markov model in which every change has a probability that depends on the class that begins:
stretches of a class then have geometrically distributed durations. The path is found by the
algorithm of Viterbi (1967); see Rabiner, "A tutorial on hidden Markov models" (1989).
"""

import numpy as np
from numpy.typing import NDArray

from vocalbaby import kernel

__all__ = ["best_path"]


def best_path(
    scores: NDArray[np.float32], change: NDArray[np.float32], entry: NDArray[np.float32]
) -> NDArray[np.uint8]:
    """Find the path with the highest sum of scores, less the costs of changes.

    Args:
        scores: Log-likelihood of each class in each step, (n, k).
        change: Cost of a change into each step, (n,); 0 where a new sound begins.
        entry: Additional cost of a change to each class, (k,).

    Returns:
        Class of each step, (n,).

    Examples:
        >>> import numpy as np
        >>> scores = np.array([[0, -2], [-1, 0], [0, -2], [-4, 0]], np.float32)
        >>> best_path(scores, np.full(4, 1.5, np.float32), np.zeros(2, np.float32)).tolist()
        [0, 0, 0, 1]
    """
    n, k = scores.shape
    if kernel.native is not None and hasattr(kernel.native, "viterbi"):
        path = np.empty(n, np.uint8)
        kernel.native.viterbi(
            np.ascontiguousarray(scores, np.float32),
            *(n, k, np.ascontiguousarray(change, np.float32)),
            *(np.ascontiguousarray(entry, np.float32), path),
        )
        return path
    came_from = np.empty((n, k), np.uint8)
    own = np.arange(k, dtype=np.uint8)
    total = np.zeros(k, np.float32)
    for t in range(n):
        best = int(total.argmax())
        changed = (total[best] - change[t]) - entry if change[t] > 0 else np.full(k, total[best])
        came_from[t] = np.where(changed > total, best, own)
        total = np.maximum(changed, total) + scores[t]
    path = np.empty(n, np.uint8)
    state = int(total.argmax()) if n else 0
    for t in range(n - 1, -1, -1):
        path[t] = state
        state = int(came_from[t, state])
    return path
