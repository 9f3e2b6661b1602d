"""Whether a file of `phone_formats` is whole, by the sizes that its container gives.

FFmpeg reads a file that was cut without an error, if it ends between two packets.

Sources: ISO/IEC 14496-12 (boxes of MP4), RFC 8794 and RFC 9559 (EBML and Matroska), the
"Advanced Systems Format Specification" of Microsoft (2012), section 3.2, and ISO/IEC 13818-1.
"""

from typing import Final

from vocalbaby.audio.base import Data
from vocalbaby.audio.signatures import transport_packet

__all__ = ["cut_off", "unfinished"]

_CUT: Final = "the file ends before its last samples"

#: IDs of EBML elements whose size may be unknown: Segment and Cluster.
_OPEN_ENDED: Final = frozenset({0x18538067, 0x1F43B675})
_FILE_PROPERTIES: Final = bytes.fromhex("a1dcab8c47a9cf118ee400c00c205365")
_ASF_HEADER_BYTES: Final = 65_536


def cut_off(data: Data, demuxer: str) -> str | None:
    """Return what is missing at the end of a file, or None if nothing is known to be.

    Args:
        data: The bytes of the file.
        demuxer: FFmpeg's name of its format.
    """
    match demuxer:
        case "mov":
            is_cut = _boxes(data)[0]
        case "matroska":
            is_cut = _elements_end(data) > len(data)
        case "asf":
            is_cut = _asf_size(data) > len(data)
        case "avi":
            size = int.from_bytes(data[4:8], "little")
            is_cut = size < 2**32 - 1 and 8 + size > len(data)
        case "mpegts":
            is_cut = len(data) % (transport_packet(data[:400]) or 1) != 0
        case _:
            is_cut = False
    return _CUT if is_cut else None


def unfinished(data: Data, demuxer: str) -> str | None:
    r"""Return why a file cannot be opened, if it was not written to its end.

    Example:
        >>> unfinished(b"\0\0\0\x08ftyp" + b"\0\0\1\0mdat", "mov")
        'it is cut, or was not finished: its index (moov), often written last, is missing'
    """
    if demuxer == "mov" and b"moov" not in _boxes(data)[1]:
        return "it is cut, or was not finished: its index (moov), often written last, is missing"
    return None


def _boxes(data: Data) -> tuple[bool, set[bytes]]:
    """Return whether a box of MP4 goes beyond the end, and the types of all boxes."""
    at, kinds = 0, set()
    while at + 8 <= len(data):
        head = data[at : at + 16]
        size, start = int.from_bytes(head[:4], "big"), 8
        if size == 1:
            size, start = int.from_bytes(head[8:16], "big"), 16
        kinds.add(head[4:8])
        if size == 0:  # to the end of the file
            return False, kinds
        if size < start:  # no box: other data may follow the last one
            return False, kinds
        at += size
    return at > len(data), kinds


def _elements_end(data: Data) -> int:
    """Return where the last element of a Matroska file ends, by its own size."""
    at = 0
    while at < len(data):
        head = data[at : at + 16]
        id_bytes = 9 - head[0].bit_length()
        if id_bytes > 4:  # no element: other data may follow the last one
            return at
        size_bytes = 9 - int.from_bytes(head[id_bytes : id_bytes + 1], "big").bit_length()
        start = id_bytes + size_bytes
        if len(head) < start:
            return at + start
        if size_bytes > 8:
            return at
        mask = 2 ** (7 * size_bytes) - 1
        size = int.from_bytes(head[id_bytes:start], "big") & mask
        element = int.from_bytes(head[:id_bytes], "big")
        if size == mask and element not in _OPEN_ENDED:
            return at
        at += start if size == mask else start + size
    return at


def _asf_size(data: Data) -> int:
    """Return the size of an ASF file by its header; 0 if the writer did not know it."""
    head = data[:_ASF_HEADER_BYTES]
    at = head.find(_FILE_PROPERTIES)
    if at < 0 or head[at + 88 : at + 89] in {b"", b"\1", b"\3"}:  # flag: broadcast
        return 0
    return int.from_bytes(head[at + 40 : at + 48], "little")
