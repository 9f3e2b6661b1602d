"""Which clips are next: fair turns among the requests that wait.

Half of the sound is of the oldest request, so that every request comes to its end however
many come after it; the other half of the one that has been served least, counted with its
next clip, so that a short request need not wait for the large ones before it.
"""

import bisect
from collections.abc import Iterator

from vocalbaby.api.inference.batches import Part, Work

__all__ = ["Queue"]


class Queue:
    """Requests of which clips wait; not safe for threads."""

    def __init__(self) -> None:
        self._works: list[Work] = []  # the oldest first
        #: Seconds of sound that were served by age, less those that were not.
        self._lead_s = 0.0
        self.clips = 0

    def __bool__(self) -> bool:
        return bool(self._works)

    def __iter__(self) -> Iterator[Work]:
        return iter(self._works)

    def add(self, work: Work) -> None:
        """Let a request wait, where its age places it."""
        if self._works and self._works[-1].place.age > work.place.age:  # a part of an archive
            bisect.insort(self._works, work, key=_age)
        else:
            self._works.append(work)
        self.clips += work.left()

    def remove(self, work: Work) -> None:
        """Forget a request, if any of its clips wait."""
        if work in self._works:
            self._works.remove(work)
            self.clips -= work.left()

    def take(self, clips: int, sound_s: float) -> list[Part]:
        """The next batch, of at most so many clips and seconds of sound; at least one clip."""
        parts: dict[Work, Part] = {}
        works = self._works
        while works and clips > 0:
            by_age = self._lead_s <= 0
            work = works[0] if by_age or len(works) == 1 else min(works, key=_served)
            length_s = work.lengths_s[work.taken]
            if parts and length_s > sound_s:
                break
            clips -= 1
            sound_s -= length_s
            self._lead_s += length_s if by_age else -length_s
            part = parts.get(work)
            if part is None:
                part = parts[work] = Part(work, work.taken, work.taken)
            part.end = work.taken = work.taken + 1
            work.place.served_s += length_s
            self.clips -= 1
            if work.taken == len(work.uploads):
                works.remove(work)
        return list(parts.values())


def _age(work: Work) -> int:
    return work.place.age


def _served(work: Work) -> float:
    """Seconds of sound that it would have been served with one more turn."""
    return work.place.served_s + work.lengths_s[work.taken]
