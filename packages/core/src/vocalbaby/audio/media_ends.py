"""Whether a file of `phone_formats` is whole, by the sizes that its container gives.

FFmpeg reads a file that was cut without an error, if it ends between two packets.

Sources: ISO/IEC 14496-12 (boxes of MP4), RFC 8794 and RFC 9559 (EBML and Matroska), the
"Advanced Systems Format Specification" of Microsoft (2012), section 3.2, and ISO/IEC 13818-1.
"""

import re
from typing import Final, NamedTuple

from vocalbaby.audio import tags
from vocalbaby.audio.base import Data
from vocalbaby.audio.signatures import transport_packet
from vocalbaby.utils.wording import counted

__all__ = ["CUT_FRAME", "MediaEnd", "cut_off", "find_end", "is_cut_adts", "unfinished"]

#: What is missing where a file of frames without an index was cut.
CUT_FRAME: Final = "the file ends within a frame"
_CUT: Final = "the file ends before its last samples"

_SEGMENT: Final = 0x18538067
_CLUSTER: Final = 0x1F43B675
_EBML: Final = b"\x1a\x45\xdf\xa3"
#: Elements and boxes without sound, which may be cut at the end of a file: Cues, Tags, Void,
#: Chapters and Attachments; mfra and others.
_SILENT_ELEMENTS: Final = frozenset({0x1C53BB6B, 0x1254C367, 0xEC, 0x1043A770, 0x1941A469})
_SILENT_BOXES: Final = frozenset({b"mfra", b"free", b"skip", b"udta", b"meta", b"uuid"})
_FILE_PROPERTIES: Final = bytes.fromhex("a1dcab8c47a9cf118ee400c00c205365")
_ASF_HEADER_BYTES: Final = 65_536
#: Bytes of a frame of AMR by the type in its header, narrow and wide band.
_AMR: Final = (13, 14, 16, 18, 20, 21, 27, 32, 6, *(1,) * 7)
_AMR_WIDE: Final = (18, 24, 33, 37, 41, 47, 51, 59, 61, 6, *(1,) * 6)
#: Frames of one byte in both, up to a tag.
_NO_SOUND: Final = re.compile(
    rb"(?:[%b]|T(?!AG|A?\Z))+"
    % re.escape(bytes(b for b in range(256) if b >> 3 & 15 > 9 and b != ord("T")))
)
_RUN: Final = 256


class MediaEnd(NamedTuple):
    """Where a file ends: before tags, zeros, and another file that is joined to it.

    Attributes:
        stop: Position behind the file.
        following: Where another file of the same format begins, or None.
        missing: As of `AudioStream`.
    """

    stop: int
    following: int | None = None
    missing: str | None = None


def find_end(data: Data, demuxer: str) -> MediaEnd:
    """Find the end of the first file of some bytes.

    Args:
        data: The bytes.
        demuxer: FFmpeg's name of the format.
    """
    end = len(data)
    stop, is_cut = _measure(data, demuxer)
    if is_cut or not 0 < stop < end:
        cut = CUT_FRAME if demuxer == "amr" else _CUT
        return MediaEnd(end, missing=cut if is_cut else None)
    behind = tags.skip(data, stop)
    if behind >= tags.behind(data):
        return MediaEnd(stop)
    near = data[max(behind - 3, stop) : behind + 12]  # a box may begin with zeros
    first = data[4:8] if demuxer == "mov" else data[:4]
    if (at := near.find(first)) >= 0:
        following = max(behind - 3, stop) + at - (4 if demuxer == "mov" else 0)
        return MediaEnd(stop, following)
    if demuxer == "mov":
        return MediaEnd(
            end,
            missing=f"it holds {counted(end - behind, 'byte')} behind its last box",
        )
    return MediaEnd(end, missing="a part of its data is damaged")


def cut_off(data: Data, demuxer: str) -> str | None:
    """Return what is missing at the end of a file, or None if nothing is known to be."""
    return find_end(data, demuxer).missing


def _measure(data: Data, demuxer: str) -> tuple[int, bool]:
    """Return where a file ends by its own sizes, and whether it has been cut."""
    end = len(data), False
    match demuxer:
        case "mov":
            end = _boxes(data)[:2]
        case "matroska":
            end = _elements(data)
        case "asf":
            size = _asf_size(data) or len(data)
            end = size, size > len(data)
        case "avi":
            end = _avi(data)
        case "mpegts":
            end = _packets(data)
        case "amr":
            end = _amr(data)
    return end


def is_cut_adts(frame: bytes) -> bool:
    r"""Whether a frame of AAC in ADTS has fewer bytes than its header says.

    Source: ISO/IEC 14496-3, table 1.A.6.

    Examples:
        >>> header = b"\xff\xf1\x50\x80\x02\x1f\xfc"  # of 16 bytes
        >>> is_cut_adts(header + bytes(8)), is_cut_adts(header + bytes(9))
        (True, False)
    """
    if len(frame) < 6:
        return True
    return len(frame) < ((frame[3] & 3) << 11 | frame[4] << 3 | frame[5] >> 5)


def unfinished(data: Data, demuxer: str) -> str | None:
    r"""Return why a file cannot be opened, if it was not written to its end.

    Examples:
        >>> unfinished(b"\0\0\0\x08ftyp" + b"\0\0\1\0mdat", "mov")
        'it is cut, or was not finished: its index (moov), often written last, is missing'
    """
    if demuxer == "mov" and b"moov" not in _boxes(data)[2]:
        return "it is cut, or was not finished: its index (moov), often written last, is missing"
    return None


def _boxes(data: Data) -> tuple[int, bool, set[bytes]]:
    """Return where the boxes of MP4 end, whether the last one is cut, and their types."""
    at = 0
    kinds: set[bytes] = set()
    while at + 8 <= len(data):
        head = data[at : at + 16]
        size, start, kind = int.from_bytes(head[:4], "big"), 8, head[4:8]
        if size == 1:
            size, start = int.from_bytes(head[8:16], "big"), 16
        if head.startswith(tags.MARKS) or (kind == b"ftyp" and kinds):
            break
        if size == 0 and kind.strip(b"\0"):  # to the end of the file
            return len(data), False, kinds | {kind}
        if size < start or min(kind) < 32:  # no box
            break
        kinds.add(kind)
        at += size
        if at > len(data):
            return len(data), kind not in _SILENT_BOXES, kinds
    return at, False, kinds


def _elements(data: Data) -> tuple[int, bool]:
    """Return where the elements of a Matroska file end, and whether sound has been cut."""
    at, segment_end, element = 0, 0, 0
    while at < len(data):
        head = data[at : at + 16]
        id_bytes = 9 - head[0].bit_length()
        size_bytes = 9 - int.from_bytes(head[id_bytes : id_bytes + 1], "big").bit_length()
        if id_bytes > 4 or head.startswith(tags.MARKS) or (at and head.startswith(_EBML)):
            return at, False
        element, start = int.from_bytes(head[:id_bytes], "big"), id_bytes + size_bytes
        if len(head) < start:
            return at, element not in _SILENT_ELEMENTS
        mask = 2 ** (7 * size_bytes) - 1
        size = int.from_bytes(head[id_bytes:start], "big") & mask
        known = size != mask
        if size_bytes > 8 or not (known or element in (_SEGMENT, _CLUSTER)):
            return at, False
        at += start
        if element == _SEGMENT:
            segment_end = at + size if known else 0
        elif element != _CLUSTER:
            at += size
    is_cut = max(at, segment_end) > len(data)
    return len(data), is_cut and element not in _SILENT_ELEMENTS


def _avi(data: Data) -> tuple[int, bool]:
    """Return where the RIFF chunks of an AVI file end: files above 1 GB have several."""
    at, size = 0, 0
    while at == 0 or (data[at : at + 4] == b"RIFF" and data[at + 8 : at + 12] == b"AVIX"):
        size = int.from_bytes(data[at + 4 : at + 8], "little")
        if size == 2**32 - 1:
            return len(data), False
        at += 8 + size + size % 2
    return min(at, len(data)), at - size % 2 > len(data)


def _packets(data: Data) -> tuple[int, bool]:
    """Return where the packets of a transport stream end."""
    packet = transport_packet(data[:400]) or 1
    at = len(data) - len(data) % packet
    while at and data[at - 188 : at - 187] != b"\x47":
        at -= packet
    last = tags.behind(data)
    is_tag = tags.skip(data, at) >= last and not 0 < last - at < packet
    return (at, False) if at == len(data) or is_tag else (len(data), True)


def _amr(data: Data) -> tuple[int, bool]:
    """Return where the frames of an AMR file end, and whether the last one is cut."""
    wide = data[:9] == b"#!AMR-WB\n"
    sizes, at = (_AMR_WIDE, 9) if wide else (_AMR, 6)
    while at < len(data):
        head = data[at : at + 12]
        if head.startswith((*tags.MARKS, b"#!AMR")):
            return at, False
        if not head.strip(b"\0"):
            behind = tags.skip(data, at)
            if behind >= tags.behind(data) or data[behind : behind + 5] == b"#!AMR":
                return at, False
            at += max((behind - at) // sizes[0], 1) * sizes[0]
            continue
        if (size := sizes[head[0] >> 3 & 15]) > 1:
            at += size
        else:  # without sound: a damaged file may have millions
            run = _NO_SOUND.match(data[at : at + _RUN])
            at += run.end() if run else 1
    return len(data), at > len(data)


def _asf_size(data: Data) -> int:
    """Return the size of an ASF file by its header; 0 if the writer did not know it."""
    head = data[:_ASF_HEADER_BYTES]
    at = head.find(_FILE_PROPERTIES)
    if at < 0 or head[at + 88 : at + 89] in {b"", b"\1", b"\3"}:  # flag: broadcast
        return 0
    return int.from_bytes(head[at + 40 : at + 48], "little")
