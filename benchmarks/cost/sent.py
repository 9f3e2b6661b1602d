"""Requests whose cost is measured, as functions of their size."""

import io
import wave
from collections.abc import Callable
from typing import NamedTuple

import numpy as np

__all__ = ["FORM", "Kind", "Kinds", "Sent", "clip", "form", "part", "repeat"]

FORM = "multipart/form-data; boundary=b"


class Sent(NamedTuple):
    """A request.

    Attributes:
        path: The path and the query.
        content_type: Of the body.
        body: The body; empty for GET.
        headers: Other headers.
        method: The method.
    """

    path: str
    content_type: str = ""
    body: bytes = b""
    headers: tuple[tuple[str, str], ...] = ()
    method: str = "POST"

    def size(self) -> int:
        """Bytes of the body, and of what a client chooses of the head."""
        head = len(self.path) + len(self.content_type)
        return len(self.body) + head + sum(len(a) + len(b) for a, b in self.headers)


#: Makes a request of about as many bytes.
Kind = Callable[[int], Sent]
#: Kinds of requests by their names.
Kinds = dict[str, Kind]


def repeat(piece: bytes, size: int) -> bytes:
    """A piece, repeated up to a size."""
    return piece * max(1, size // len(piece))


def clip(seconds: float) -> bytes:
    """Noise as a WAV file, 16 kHz, 16 bit."""
    samples = 3000 * np.random.default_rng(0).standard_normal(round(16_000 * seconds))
    file = io.BytesIO()
    with wave.open(file, "wb") as out:
        out.setparams((1, 2, 16_000, 0, "NONE", ""))
        out.writeframes(samples.astype("<i2").tobytes())
    return file.getvalue()


def part(disposition: bytes, content: bytes, *more: bytes) -> bytes:
    """A part of a form, with its boundary before it."""
    lines = (b"--b", b"Content-Disposition: form-data; " + disposition, *more, b"", content)
    return b"\r\n".join(lines) + b"\r\n"


def form(*parts: bytes, path: str = "/predict", content_type: str = FORM) -> Sent:
    """A form of parts."""
    return Sent(path, content_type, b"".join(parts) + b"--b--\r\n")
