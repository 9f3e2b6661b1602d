"""How much sound waits for answers, and whose turn it is.

A request is refused if, with fair turns, too much would come before its last clip: of
every other request that waits, as much as it has itself. So large requests shed large
ones, and a short clip is let in beside them.
"""

import contextlib
import itertools
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Final

from vocalbaby.exception import OverloadedError

__all__ = ["Backlog", "Place", "refuse_beyond"]

_ages: Final = itertools.count()


@dataclass(slots=True, eq=False)
class Place:
    """A request's place among those that wait; an archive keeps it from part to part.

    Attributes:
        sound_s: Seconds of sound that it has, or seems to have.
        served_s: Seconds of sound whose turn has come.
        age: Lower for those who came earlier.
    """

    sound_s: float = 0.0
    served_s: float = 0.0
    age: int = field(default_factory=_ages.__next__)


class Backlog:
    """Bounds the sound of the requests that wait; for one event loop.

    Args:
        limit_s: Most seconds of sound to come before a request's end, itself included; a
            request that finds nothing waiting may have more.
        length_s: Seconds of sound of a file, by its header.
    """

    def __init__(self, limit_s: float, length_s: Callable[[bytes], float]) -> None:
        self._limit_s = limit_s
        self._length_s = length_s
        self._places: dict[Place, None] = {}
        self._total_s = 0.0

    def measure(self, files: Sequence[bytes]) -> list[float]:
        """Seconds of sound of each file; may be called from any thread."""
        return [self._length_s(data) for data in files]

    @contextlib.contextmanager
    def enter(self, sound_s: float) -> Iterator[Place]:
        """Hold a place for a request.

        Raises:
            OverloadedError: Too much would come first; nothing waits.
        """
        if self._total_s + sound_s > self._limit_s:
            others = [place.sound_s for place in self._places]
            refuse_beyond(self._limit_s, sound_s, others, "seconds of sound")
        place = Place()
        self._places[place] = None
        try:
            self.expect(place, sound_s)
            yield place
        finally:
            del self._places[place]
            self._total_s = self._total_s - place.sound_s if self._places else 0.0

    def expect(self, place: Place, sound_s: float) -> None:
        """Note that a request has more sound than it seemed to have; it stays accepted."""
        more = max(sound_s - place.sound_s, 0.0)
        place.sound_s += more
        self._total_s += more


def refuse_beyond(limit: float, own: float, others: Sequence[float], what: str) -> None:
    """Refuse a request that too much would come before.

    Args:
        limit: Most that may come before its end, itself included.
        own: How much it has.
        others: How much each of those has that wait; a request alone is never refused.
        what: What is counted, for the message.

    Raises:
        OverloadedError: It is too much.
    """
    first = sum(min(own, other) for other in others)
    if first > 0 and first + own > limit:
        raise OverloadedError(
            f"{first:.0f} {what} would come first.",
            hint="Wait for the seconds in Retry-After, then send it again.",
        )
