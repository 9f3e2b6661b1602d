"""A running VocalBaby service, as a client sees it. Standard library only."""

import http.client
import io
import json
import math
import struct
import urllib.error
import urllib.request
import wave
from collections.abc import Mapping
from typing import Any, Final, NamedTuple

__all__ = ["Reply", "Service", "tone"]

_TIMEOUT_S: Final = 20.0
_BOUNDARY: Final = "vocalbaby-smoke-test"


class Reply(NamedTuple):
    """The reply to a request.

    Attributes:
        status: HTTP status; 0 when there was no reply.
        body: The body; without a reply, what went wrong.
    """

    status: int
    body: bytes

    @property
    def text(self) -> str:
        """The beginning of the body, for messages."""
        return self.body[:300].decode(errors="replace")

    def json(self) -> dict[str, Any]:
        """The body as a JSON object.

        Raises:
            ValueError: The status is not 200, or the body is no JSON object.
        """
        if self.status != 200:
            raise ValueError(f"HTTP {self.status}: {self.text}")
        found = json.loads(self.body)
        if not isinstance(found, dict):
            raise TypeError(f"not a JSON object: {self.text}")
        return found


class Service:
    """A service at an address.

    Args:
        url: Address of the service.
        key: API key; empty for none.
    """

    def __init__(self, url: str, key: str = "") -> None:
        self.url = url.rstrip("/")
        self.has_key = bool(key)
        self._key = {"Authorization": f"Bearer {key}"} if key else {}

    def get(self, path: str) -> Reply:
        """Request a path of the service, or a whole URL elsewhere, which gets no key."""
        if path.startswith("http"):
            return self._send(path, None, {})
        return self._send(self.url + path, None, self._key)

    def classify(self, clip: bytes, *, with_key: bool = True) -> Reply:
        """Have a WAV file classified."""
        head = f'--{_BOUNDARY}\r\nContent-Disposition: form-data; name="files"; filename="clip.wav"'
        body = f"{head}\r\nContent-Type: audio/wav\r\n\r\n".encode() + clip
        body += f"\r\n--{_BOUNDARY}--\r\n".encode()
        headers = {"Content-Type": f"multipart/form-data; boundary={_BOUNDARY}"}
        return self._send(f"{self.url}/predict", body, headers | (self._key if with_key else {}))

    def infer(self, version: str, tensor: Mapping[str, Any]) -> Reply:
        """Have a certain model version classify the clips of a V2 tensor."""
        body = json.dumps({"inputs": [tensor]}).encode()
        url = f"{self.url}/v2/models/vocalbaby/versions/{version}/infer"
        return self._send(url, body, {**self._key, "Content-Type": "application/json"})

    @staticmethod
    def _send(url: str, body: bytes | None, headers: Mapping[str, str]) -> Reply:
        try:
            request = urllib.request.Request(url, body, dict(headers))  # noqa: S310
            try:
                with urllib.request.urlopen(request, timeout=_TIMEOUT_S) as response:  # noqa: S310
                    return Reply(response.status, response.read())
            except urllib.error.HTTPError as error:
                return Reply(error.code, error.read())
        except (OSError, ValueError, http.client.HTTPException) as error:
            return Reply(0, repr(error).encode())


def tone() -> bytes:
    """A WAV file of half a second of a 440 Hz tone at 16 kHz."""
    samples = (int(8000 * math.sin(440 * math.tau * i / 16000)) for i in range(8000))
    buffer = io.BytesIO()
    with wave.open(buffer, "wb") as file:
        file.setparams((1, 2, 16000, 0, "NONE", ""))
        file.writeframes(b"".join(struct.pack("<h", sample) for sample in samples))
    return buffer.getvalue()
