"""Archives that are expensive to read."""

import io
import struct
import warnings
import zipfile
from collections.abc import Iterable

from benchmarks.cost.sent import Kinds, Sent, clip

__all__ = ["ARCHIVES"]

_EMPTY_BLOCK = b"\x00\x00\x00\xff\xff"  # of Deflate


def _send(data: bytes) -> Sent:
    return Sent("/predict_zip", "application/zip", data)


def _pack(members: Iterable[tuple[str, bytes]], method: int = zipfile.ZIP_DEFLATED) -> Sent:
    file = io.BytesIO()
    with warnings.catch_warnings(), zipfile.ZipFile(file, "w", method) as archive:
        warnings.simplefilter("ignore")
        for name, data in members:
            archive.writestr(name, data)
    return _send(file.getvalue())


def _raw(  # noqa: PLR0913 - the fields of an archive
    name: bytes,
    *,
    count: int = 1,
    extra: bytes = b"",
    comment: bytes = b"",
    body: bytes = b"",
    size: int = 0,
    method: int = 0,
    utf8: bool = True,
) -> Sent:
    """An archive with one local member, which the directory names many times."""
    flags = 0x800 if utf8 else 0
    sizes = (0, len(body), size)
    local = struct.pack("<4s5H3L2H", b"PK\3\4", 20, flags, method, 0, 33, *sizes, len(name), 0)
    lengths = (len(name), len(extra), len(comment))
    head = struct.pack("<4s6H3L", b"PK\1\2", 20, 20, flags, method, 0, 33, *sizes)
    entry = head + struct.pack("<5H2L", *lengths, 0, 0, 0, 0) + name + extra + comment
    start = local + name + body
    entries = entry * count
    end = struct.pack("<4s4H2LH", b"PK\5\6", 0, 0, count, count, len(entries), len(start), 0)
    return _send(start + entries + end)


def _names(piece: str, size: int, *, utf8: bool = True) -> Sent:
    longest = min(60_000, max(64, size // 4))
    encoded = (piece * (longest // len(piece.encode()) + 1)).encode()[:longest]
    name = encoded.decode(errors="ignore").encode() + b".wav"
    return _raw(name, count=min(256, max(1, size // (len(name) + 46))), utf8=utf8)


def _extra(size: int) -> Sent:
    extra = struct.pack("<HH", 2, 0) * (min(60_000, size // 4) // 4)
    return _raw(b"a.wav", count=min(4000, max(1, size // (len(extra) + 46))), extra=extra)


ARCHIVES: Kinds = {
    "zip: clips of 0.4 s": lambda n: _pack(
        ((f"{i}.wav", clip(0.4)) for i in range(max(1, min(256, n // 13_000)))), zipfile.ZIP_STORED
    ),
    "zip: silence": lambda n: _pack((f"{i}.wav", clip(0.1) + bytes(n)) for i in range(3)),
    "zip: bomb": lambda n: _pack([("a.wav", bytes(min(60 * n, 2**28)))]),
    "zip: empty members": lambda n: _raw(b"a.wav", count=max(1, min(60_000, n // 51))),
    "zip: 256 empty members": lambda n: _raw(b"a.wav", count=max(1, min(256, n // 51))),
    "zip: signatures of entries": lambda n: _send(b"PK\1\2" * (n // 4)),
    "zip: signatures of ends": lambda n: _send(b"PK\3\4" + b"PK\5\6" * (n // 4)),
    "zip: extra fields": _extra,
    "zip: comments": lambda n: _raw(
        b"a.wav", count=min(256, n // 60_000 + 1), comment=b"c" * 59_000
    ),
    "zip: long names": lambda n: _names("a", n),
    "zip: names of folders": lambda n: _names("a/", n),
    "zip: names of dots": lambda n: _names(".", n),
    "zip: names of combining marks": lambda n: _names("\u0315\u0300", n),
    "zip: names of combining marks, undeclared": lambda n: _names("\u0315\u0300", n, utf8=False),
    "zip: names that unfold": lambda n: _names("\u0390", n),
    "zip: member many times": lambda n: _raw(
        b"a.wav", count=256, body=clip(0.1) + bytes(n), size=len(clip(0.1)) + n
    ),
    "zip: empty blocks": lambda n: _raw(
        b"a.wav", body=_EMPTY_BLOCK * (n // 5), size=10, method=zipfile.ZIP_DEFLATED
    ),
    "zip: not an archive": lambda n: _send(bytes(n)),
}
