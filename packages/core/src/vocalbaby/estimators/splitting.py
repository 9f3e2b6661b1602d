"""The split of the given clips into those to fit and those to calibrate."""

import numpy as np
from numpy.typing import NDArray

__all__ = ["held_out_clips"]


def held_out_clips(
    y: NDArray[np.intp], groups: NDArray[np.str_], share: float, seed: int
) -> NDArray[np.bool_]:
    """Choose whole groups for early stopping and calibration.

    Each class stays among the other clips. A class is among the chosen clips if it has clips in two
    groups or more and these can be chosen.

    Args:
        y: Numbers of the classes, shape (n_clips,).
        groups: Children, shape (n_clips,).
        share: Share of the clips to choose.
        seed: Seed of the order in which groups are chosen.

    Returns:
        Whether each clip is chosen; no clip is if there is only one group.

    Examples:
        >>> y = np.array([0, 1, 0, 1, 0, 1])
        >>> chosen = held_out_clips(y, np.array(list("aabbcc")), share=0.3, seed=0)
        >>> chosen.sum(), y[chosen].tolist()
        (np.int64(2), [0, 1])
    """
    names, members = np.unique(groups, return_inverse=True)
    counts = np.zeros((len(names), int(y.max()) + 1), np.int64)
    np.add.at(counts, (members, y), 1)
    remaining = counts.sum(axis=0)
    order = np.random.default_rng(seed).permutation(len(names))
    chosen = np.zeros(len(names), np.bool_)

    def choose(group: np.intp) -> bool:
        nonlocal remaining
        left = remaining - counts[group]
        if chosen[group] or (left[remaining > 0] == 0).any():
            return False
        chosen[group], remaining = True, left
        return True

    for label in np.argsort(remaining, kind="stable"):  # the rarest class first
        if remaining[label] and not counts[chosen, label].any():
            next((g for g in order if counts[g, label] and choose(g)), None)
    for group in order:
        if counts[chosen].sum() >= share * len(y):
            break
        choose(group)
    return chosen[members]
