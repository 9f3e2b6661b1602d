"""What clients send: good clips, bad ones, and far too many."""

import threading
import urllib.error
import urllib.request
from collections import Counter
from collections.abc import Sequence
from typing import Self

from scripts.send_clips import CLIPS_PER_CHILD, ask

__all__ = ["Flood", "Mixed"]


class _Clients:
    """Threads that ask until the end; a context manager.

    Attributes:
        answers: How often each answer came.
    """

    def __init__(self, count: int) -> None:
        self.answers: Counter[str] = Counter()
        self._stopped = threading.Event()
        self._threads = [threading.Thread(target=self._run, args=(n,)) for n in range(count)]

    def __enter__(self) -> Self:
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stopped.set()
        for thread in self._threads:
            thread.join(30)

    def _run(self, number: int) -> None:
        turn = 0
        while not self._stopped.is_set():
            self.answers[self.turn(number, turn)] += 1
            turn += 1

    def turn(self, number: int, turn: int) -> str:
        """Ask once; gives the answer."""
        raise NotImplementedError


class Mixed(_Clients):
    """Clips of many children, one after the other, and now and then something wrong."""

    def __init__(self, url: str, clips: Sequence[bytes], key: str) -> None:
        super().__init__(1)
        self._url, self._key = url, key
        self.clips = clips

    def turn(self, number: int, turn: int) -> str:
        """Ask for a clip."""
        self._stopped.wait(0.05)
        if turn % 25 == 0:
            return ask(self._url, b"This is no audio.", key=self._key)
        if turn % 25 == 5:
            return ask(self._url, self.clips[0])
        if turn % 25 == 10:
            try:
                urllib.request.urlopen(f"{self._url}/no/such/page", timeout=10).close()
            except urllib.error.HTTPError as problem:
                return str(problem.code)
        at = turn % len(self.clips)
        child = f"child-{at // CLIPS_PER_CHILD}"
        return ask(self._url, self.clips[at], participant=child, key=self._key)


class Flood(_Clients):
    """Many clients at once, who do not wait."""

    def __init__(self, url: str, clip: bytes, key: str, clients: int) -> None:
        super().__init__(clients)
        self._url, self._clip, self._key = url, clip, key

    def turn(self, number: int, turn: int) -> str:
        """Ask for the clip."""
        return ask(self._url, self._clip, key=self._key)
