"""Client traffic of the live test: valid requests, invalid requests and overload."""

import threading
import urllib.error
import urllib.request
from collections import Counter
from collections.abc import Sequence
from typing import Self

from scripts.send_clips import CLIPS_PER_CHILD, classify

__all__ = ["Flood", "MixedTraffic"]


class _Clients:
    """Threads that send requests until the context manager exits.

    Attributes:
        answers: The number of responses by status.
    """

    def __init__(self, count: int) -> None:
        self.answers: Counter[str] = Counter()
        self._stopped = threading.Event()
        self._threads = [threading.Thread(target=self._run) for _ in range(count)]

    def __enter__(self) -> Self:
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stopped.set()
        for thread in self._threads:
            thread.join(30)

    def _run(self) -> None:
        index = 0
        while not self._stopped.is_set():
            self.answers[self.send(index)] += 1
            index += 1

    def send(self, index: int) -> str:
        """Send the request with this index and return the status of the response."""
        raise NotImplementedError


class MixedTraffic(_Clients):
    """One client that sends clips of many children, now and then an invalid request or a job."""

    def __init__(self, url: str, clips: Sequence[bytes], key: str) -> None:
        super().__init__(1)
        self._url, self._key = url, key
        self.clips = clips

    def send(self, index: int) -> str:
        """Send one clip, an invalid request, or a recording to segment."""
        self._stopped.wait(0.05)
        if index % 25 == 0:
            return classify(self._url, b"This is no audio.", key=self._key)
        if index % 25 == 5:
            return classify(self._url, self.clips[0])
        if index % 25 == 10:
            try:
                urllib.request.urlopen(f"{self._url}/no/such/page", timeout=10).close()
            except urllib.error.HTTPError as error:
                return str(error.code)
        if index % 25 == 15:
            return self._segment(self.clips[0])
        position = index % len(self.clips)
        child = f"child-{position // CLIPS_PER_CHILD}"
        return classify(self._url, self.clips[position], participant=child, key=self._key)

    def _segment(self, recording: bytes) -> str:
        headers = {"Content-Type": "audio/wav", "Authorization": f"Bearer {self._key}"}
        request = urllib.request.Request(f"{self._url}/segment", recording, headers)
        try:
            with urllib.request.urlopen(request, timeout=10) as answer:
                return str(answer.status)
        except urllib.error.HTTPError as error:  # e.g. too many jobs
            return str(error.code)


class Flood(_Clients):
    """Many concurrent clients that send requests without pause."""

    def __init__(self, url: str, clip: bytes, key: str, clients: int) -> None:
        super().__init__(clients)
        self._url, self._clip, self._key = url, clip, key

    def send(self, index: int) -> str:
        """Send the clip."""
        return classify(self._url, self._clip, key=self._key)
