"""The queue of inference requests, which shares the worker fairly among them.

Half of the sound is taken from the oldest request, so that every request is finished however
many arrive after it. The other half is taken from the request that has been served least,
counted with its next clip, so that a short request does not wait for the large ones before it.
"""

import bisect
from collections.abc import Iterator

from vocalbaby.api.inference.requests import BatchSlice, InferenceRequest

__all__ = ["FairQueue"]


class FairQueue:
    """Requests with clips that wait; not thread-safe.

    Attributes:
        clips: Number of clips that wait.
    """

    def __init__(self) -> None:
        self._requests: list[InferenceRequest] = []  # the oldest first
        #: Seconds of sound taken from the oldest request, minus those taken from others.
        self._lead_s = 0.0
        self.clips = 0

    def __bool__(self) -> bool:
        return bool(self._requests)

    def __iter__(self) -> Iterator[InferenceRequest]:
        return iter(self._requests)

    def add(self, request: InferenceRequest) -> None:
        """Add a request, in order of its arrival."""
        queue = self._requests
        if queue and queue[-1].ticket.arrival > request.ticket.arrival:  # an archive's next chunk
            bisect.insort(queue, request, key=_arrival)
        else:
            queue.append(request)
        self.clips += request.waiting()

    def remove(self, request: InferenceRequest) -> None:
        """Remove a request, if any of its clips wait."""
        if request in self._requests:
            self._requests.remove(request)
            self.clips -= request.waiting()

    def take(self, clips: int, sound_s: float) -> list[BatchSlice]:
        """Take the next batch.

        Args:
            clips: Most clips of the batch.
            sound_s: Most seconds of sound of the batch; a first clip may exceed them.

        Returns:
            One slice for each request of which clips were taken.
        """
        slices: dict[InferenceRequest, BatchSlice] = {}
        queue = self._requests
        while queue and clips > 0:
            oldest_first = self._lead_s <= 0
            request = queue[0] if oldest_first or len(queue) == 1 else min(queue, key=_served_s)
            duration_s = request.durations_s[request.taken]
            if slices and duration_s > sound_s:
                break
            clips -= 1
            sound_s -= duration_s
            self._lead_s += duration_s if oldest_first else -duration_s
            taken = slices.get(request)
            if taken is None:
                taken = slices[request] = BatchSlice(request, request.taken, request.taken)
            taken.end = request.taken = request.taken + 1
            request.ticket.served_s += duration_s
            self.clips -= 1
            if not request.waiting():
                queue.remove(request)
        return list(slices.values())


def _arrival(request: InferenceRequest) -> int:
    return request.ticket.arrival


def _served_s(request: InferenceRequest) -> float:
    """Return the seconds of sound served, if the next clip were taken."""
    return request.ticket.served_s + request.durations_s[request.taken]
