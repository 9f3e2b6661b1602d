"""The file of API keys, which a thread reads again and again."""

import datetime as dt
import hashlib
import hmac
import logging
import threading
import time
from pathlib import Path
from typing import Final

from vocalbaby.api.middleware.keys import HINT, Key, read_file, read_keys
from vocalbaby.api.models.registry import Fault
from vocalbaby.exception import (
    ConfigError,
    KeyFileError,
    KeyRefusedError,
    KeyRequiredError,
    VocalBabyError,
)
from vocalbaby.exception.table import TABLE
from vocalbaby.monitoring.key_metrics import KeyMetrics
from vocalbaby.utils.time_limit import TimeLimit

__all__ = ["KeyFile"]

#: Time between two looks. A change takes effect at the second look that finds it.
_POLL_SECONDS: Final = 0.25
#: A look that takes longer is a fault, such as a network mount that hangs.
_READ_SECONDS: Final = 5.0
_SEND: Final = "Send it as the header: Authorization: Bearer KEY"

_log = logging.getLogger(__name__)


class KeyFile:
    """The current keys of a file.

    The whole file is read at every look, since neither its times nor its size change with every
    edit. A change takes effect within a second, once two looks in a row found the same bytes.
    While the file cannot be read or is malformed, the previous keys stay valid, and `faults`
    and the metrics say so.

    Args:
        path: The file.
        metrics: Shows whether the keys are up to date; None for no metrics.

    Raises:
        KeyFileError: It cannot be read, is malformed, or has no valid key.
    """

    def __init__(self, path: Path, metrics: KeyMetrics | None = None) -> None:
        self._path = path
        self._metrics = metrics
        self._limit = TimeLimit(_READ_SECONDS)
        self._data = self._read()
        self._new: bytes | None = None
        self._keys = self._parse(self._data)
        self._read_at = time.monotonic()
        self._faults: tuple[Fault, ...] = ()
        self._reported = ""
        self._stop = threading.Event()
        if not any(map(_is_valid, self._keys)):
            raise KeyFileError(f"{path} holds no valid key.", hint=HINT)

    def start(self) -> None:
        """Start the thread."""
        stop = self._stop = threading.Event()
        threading.Thread(target=self._run, args=(stop,), name="api-keys", daemon=True).start()

    def close(self) -> None:
        """Stop the thread, without waiting for a file system that does not answer."""
        self._stop.set()

    def faults(self) -> tuple[Fault, ...]:
        """Why the keys are not up to date, since the time at which they were."""
        return self._faults

    def check(self, given: bytes | None) -> str:
        """The name of the client that a key belongs to.

        Raises:
            KeyRequiredError: No key is given, or one that is not in the file.
            KeyRefusedError: It was revoked, or its last day has passed.
        """
        if given is None:
            raise KeyRequiredError("The request has no key.", hint=_SEND)
        digest = hashlib.sha256(given).digest()
        found: Key | None = None
        for key in self._keys:  # compare all of them, so that the time reveals nothing
            if hmac.compare_digest(key.digest, digest):
                found = key
        if found is None:
            raise KeyRequiredError("The service does not know the key.", hint=_SEND)
        if not _is_valid(found):
            how = "was revoked" if found.revoked else "has expired"
            raise KeyRefusedError(f"The key {found.name!r} {how}.", hint="Ask for a new one.")
        return found.name

    def poll(self) -> None:
        """Look at the file once."""
        try:
            data = self._read()
            keys = self._keys if data == self._data else self._parse(data)
        except VocalBabyError as error:
            self._new = None
            self._fail(error)
        else:
            if data == self._data:
                self._succeed()
            elif data == self._new:
                self._data, self._keys = data, keys
                _log.info("%d API keys have been read", len(keys))
                self._succeed()
            self._new = data
        if self._metrics is not None:
            self._metrics.set(is_fault=bool(self._faults), age_s=time.monotonic() - self._read_at)

    def _run(self, stop: threading.Event) -> None:
        while not stop.wait(_POLL_SECONDS):
            try:
                self.poll()
            except Exception:  # noqa: BLE001 - the thread must live on
                _log.exception("reading the API keys failed")

    def _succeed(self) -> None:
        self._read_at = time.monotonic()
        if self._faults:
            _log.info("the file of API keys can be used again")
        self._faults, self._reported = (), ""

    def _fail(self, error: VocalBabyError) -> None:
        if str(error) != self._reported:
            _log.error("the API keys are not updated: %s", error)
        self._reported = str(error)
        if not self._faults:
            code, now = KeyFileError.code, dt.datetime.now(dt.UTC)
            since = now - dt.timedelta(seconds=time.monotonic() - self._read_at)
            stamp = since.isoformat(timespec="seconds")
            self._faults = (Fault(code, TABLE[code].title, None, stamp),)

    def _read(self) -> bytes:
        try:
            return self._limit.call(lambda: read_file(self._path))
        except OSError as error:
            raise self._unusable(error.strerror or str(error)) from error

    def _parse(self, data: bytes) -> tuple[Key, ...]:
        try:
            return read_keys(data.decode("utf-8-sig"), str(self._path))
        except UnicodeDecodeError as error:
            raise self._unusable("It is not UTF-8 text") from error
        except ConfigError as error:
            raise KeyFileError(error.message, hint=error.hint) from error

    def _unusable(self, why: str) -> KeyFileError:
        return KeyFileError(f"The keys in {self._path} cannot be read: {why}.", hint=HINT)


def _is_valid(key: Key) -> bool:
    today = dt.datetime.now(dt.UTC).date()
    return not key.revoked and (key.until is None or today <= key.until)
