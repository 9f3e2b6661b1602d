"""Segments that overlap, in formats whose tiers hold one segment at a time."""

import heapq
from collections.abc import Collection, Sequence

from vocalbaby.entity.timeline import Segment

__all__ = ["free_name", "layer_numbers"]


def layer_numbers(segments: Sequence[Segment]) -> list[int]:
    """Distribute segments to the fewest layers in which none begins before another ends.

    Args:
        segments: In any order.

    Returns:
        The number of the layer of each segment, 0 for all of them if none overlap.

    Examples:
        >>> layer_numbers([Segment(1.0, 3.0), Segment(0.0, 2.0), Segment(2.0, 4.0)])
        [1, 0, 0]
    """
    numbers = [0] * len(segments)
    free: list[int] = []  # layers whose last segment has ended
    busy: list[tuple[float, int]] = []  # ends of the last segments of the other layers
    for i in sorted(range(len(segments)), key=lambda i: segments[i].onset_s):
        while busy and busy[0][0] <= segments[i].onset_s:
            heapq.heappush(free, heapq.heappop(busy)[1])
        numbers[i] = heapq.heappop(free) if free else len(busy)
        heapq.heappush(busy, (segments[i].offset_s, numbers[i]))
    return numbers


def free_name(name: str, taken: Collection[str], first: str = "") -> str:
    """Name a further tier after another one.

    Examples:
        >>> free_name("CHI", {"CHI", "CHI (2)"})
        'CHI (3)'
        >>> free_name("CHI", {"CHI"}, "points")
        'CHI (points)'
    """
    if first and (candidate := f"{name} ({first})") not in taken:
        return candidate
    number = 2
    while (candidate := f"{name} ({number})") in taken:
        number += 1
    return candidate
