"""The links of an Ogg file: its parts one after the other, each with headers of its own."""

from itertools import pairwise
from typing import Final, NamedTuple

from vocalbaby.audio.base import Data
from vocalbaby.audio.ogg.codecs import Codec, FlacCodec, identify
from vocalbaby.audio.ogg.pages import CONTINUED, FIRST, LAST, CleanPages, Page, PageReader

__all__ = ["Link", "OggFile", "read_file"]


class Link(NamedTuple):
    """A stream of sound that can be decoded.

    Attributes:
        codec: Its codec.
        data: A file of its packets alone: an Ogg file, or for FLAC a FLAC file.
        frames: How many frames it decodes to; None for FLAC, whose decoder counts.
        gaps: Before which of these frames others are lost, and how many, by the granule positions.
    """

    codec: Codec
    data: Data
    frames: int | None
    gaps: tuple[tuple[int, int], ...] = ()


class OggFile(NamedTuple):
    """What an Ogg file holds.

    Attributes:
        links: Its sound, in order.
        missing: What cannot be decoded, each as a clause.
    """

    links: list[Link]
    missing: list[str]


def read_file(data: Data) -> OggFile:
    """Read the pages of an Ogg file.

    Streams that begin together, at the start or in the middle of a file, are of one link.
    """
    file = OggFile([], [])
    reader = PageReader(data)
    streams: dict[int, _Stream] = {}
    begun, firsts = False, 0
    for page in reader:
        if page.flags & FIRST:
            firsts += 1
            if firsts > _MOST_STREAMS:
                file.missing.append(f"it has more than {_MOST_STREAMS:,} streams")
                break
            if begun or page.serial in streams:
                _finish(streams, file)
                streams, begun = {}, False
            streams[page.serial] = _Stream(data)
        else:
            begun = True
        if page.serial in streams:
            streams[page.serial].add(page)
        elif page.lacing and _HEADLESS not in file.missing:
            file.missing.append(_HEADLESS)
    _finish(streams, file)
    if not file.links and not file.missing:
        file.missing.append("it has no whole page")
    return file


#: Of a damaged file, hundreds of thousands could be found; no more than 256 links are decoded.
_MOST_STREAMS: Final = 1000
_HEADLESS: Final = "a stream has no header, because its start is missing"


def _finish(streams: "dict[int, _Stream]", file: OggFile) -> None:
    """Add the sound of the streams of a link."""
    sounds: list[tuple[_Stream, Codec]] = []
    for stream in streams.values():
        stream.check_headers()
        if stream.fault is not None:
            file.missing.append(stream.fault)
        elif isinstance(stream.codec, Codec):
            sounds.append((stream, stream.codec))
    if len(sounds) > 1:
        file.missing.append("it holds several streams of sound at once; the first one is read")
    for stream, codec in sounds[:1]:
        file.links.append(stream.finish(codec))
        file.missing.extend(stream.missing)
    if streams and not sounds:
        names = [s.codec for s in streams.values() if isinstance(s.codec, str)]
        file.missing.extend(f"it holds {name}, which is not read" for name in names)


class _Stream:
    """Collects the pages of one stream.

    Attributes:
        codec: The codec, or what else it holds.
        fault: Why it cannot be decoded, as a clause, or None.
        missing: What is missing in it, as clauses.
    """

    def __init__(self, data: Data) -> None:
        self.codec: Codec | str | None = None
        self.fault: str | None = None
        self.missing: list[str] = []
        self._data = data
        self._headers: list[bytes] = []
        self._partial: bytearray | None = None  # the start of a packet; two bytes of sound do
        self._ended = False
        self._sequence = -1
        self._clean = CleanPages(data, bare=False)
        self._total = 0
        # Of the last page with a packet: the granule position before it and after it, the
        # units that it and its last packet add.
        self._before = self._granule = self._page_units = self._packet_units = 0
        # Granule positions minus the units that are there; where the last hole is; all gaps.
        self._offset: int | None = None
        self._hole: int | None = None
        self._gaps: list[tuple[int, int]] = []

    def add(self, page: Page) -> None:
        """Take the next page; `fault` says whether the headers can be used."""
        if self.fault is not None or isinstance(self.codec, str):
            return
        try:
            self._add(page)
        except ValueError as error:
            self.fault = str(error)

    def check_headers(self) -> None:
        """Note a fault if the stream ends before its headers do."""
        if self.fault is None and isinstance(self.codec, Codec) and self._reading_headers():
            self.fault = "it ends within its headers"

    def finish(self, codec: Codec) -> Link:
        """Return the link, after the last page."""
        if not self._ended:
            self.missing.append("the file ends before the last page of the stream")
        elif self._partial is not None:
            self.missing.append("the file ends within a packet")
        trim = self._trim(codec)
        self._clean.finish(codec.first, trim)
        units = max(self._total - trim - codec.pre_skip, 0)
        frames = -(-units * codec.rate // codec.granule_rate)
        if isinstance(codec, FlacCodec):
            return Link(codec, self._clean, None)
        gaps = tuple((max(at - codec.pre_skip, 0), lost) for at, lost in self._gaps)
        return Link(codec, self._clean, frames, gaps)

    def _trim(self, codec: Codec) -> int:
        """Return by how much the granule position of the last page shortens the sound.

        As in FFmpeg and libvorbis, it may shorten Vorbis by its last packet and Opus by its
        last page at most; if it is lower, it is wrong, and nothing is left out.
        """
        before = self._before if self._before >= 0 else self._total - self._page_units
        trim = before + self._page_units - self._granule
        most = self._packet_units if codec.lapped else self._page_units
        most -= self._before <= 0
        believed = self._ended and self._granule >= 0
        return trim if believed and 0 < trim <= most else 0

    def _add(self, page: Page) -> None:
        gap = 0 <= self._sequence < page.sequence - 1
        lost = self._partial is not None and not page.flags & CONTINUED
        self._sequence = page.sequence
        if (lost or (gap and self._partial is not None)) and self._reading_headers():
            raise ValueError("a page of its headers is missing")
        packets = self._packets(page)
        if self.codec is None:
            self._identify(packets)
        if self.codec is None or isinstance(self.codec, str):
            return
        durations, cuts = self._take(packets, self.codec)
        units = sum(durations)
        hole = lost or (gap and self._is_hole(page, units))
        if hole:
            begun = bool(page.flags & CONTINUED)
            units -= sum(durations[: begun + self.codec.lapped])
            self.missing = ["pages in its middle are missing"]
            self._hole = self._total
        self._total += units
        if durations and page.granule >= 0 and not page.flags & LAST:
            self._note_gap(page.granule - self._total)
        for first, last in pairwise((0, *cuts, len(page.lacing))):
            granule = 0 if packets else -1
            if durations and last == len(page.lacing):
                granule = self._total
            flags = page.flags & CONTINUED if first == 0 else 0
            self._clean.append(page, first, last, flags=flags, granule=granule, gap=hole)
        self._ended = bool(page.flags & LAST)
        if durations:
            self._before, self._granule = self._granule, page.granule
            self._page_units, self._packet_units = units, durations[-1]
        elif self._ended and page.granule >= 0 and self._total:
            self._granule = page.granule

    def _note_gap(self, offset: int) -> None:
        """Note how much is lost in a hole: by so much the granule positions go ahead."""
        if self._hole is not None and self._offset is not None and offset > self._offset:
            self._gaps.append((self._hole, offset - self._offset))
        self._offset, self._hole = offset, None

    def _reading_headers(self) -> bool:
        return not isinstance(self.codec, Codec) or len(self._headers) < self.codec.n_headers

    def _packets(self, page: Page) -> list[tuple[int, bytes]]:
        """Return behind which segment each packet ends, and its bytes; of sound, the last ones."""
        packets, at, begin = [], 0, 0
        for number, size in enumerate(page.lacing, 1):
            at += size
            if size < 255:
                packets.append((number, page.body[begin:at]))
                begin = at
        open_end = page.lacing[-1:] == b"\xff"
        before, self._partial = self._partial if page.flags & CONTINUED else None, None
        if packets and page.flags & CONTINUED:
            if before is None:
                del packets[0]
            else:
                packets[0] = (packets[0][0], bytes(before) + packets[0][1])
                before = None
        if open_end and (packets or before is not None or not page.flags & CONTINUED):
            self._partial = before if before is not None else bytearray()
            if self._reading_headers() or len(self._partial) < 2:
                self._partial += page.body[begin:]
        return packets

    def _identify(self, packets: list[tuple[int, bytes]]) -> None:
        if not packets:
            raise ValueError("its first header is cut short")
        self.codec = identify(packets[0][1])
        self._clean = CleanPages(self._data, bare=isinstance(self.codec, FlacCodec))

    def _take(self, packets: list[tuple[int, bytes]], codec: Codec) -> tuple[list[int], list[int]]:
        """Read the packets of a page.

        Returns:
            How many units each packet of sound adds, and behind which segments a new page must
            begin: a decoder ignores what follows headers on their page.
        """
        durations, cuts = [], []
        for end, packet in packets:
            if len(self._headers) >= codec.n_headers:
                duration = codec.duration(packet[:2])
                if duration is None:
                    self.missing = ["some of its packets are damaged"]
                durations.append(duration or 0)
                continue
            self._headers.append(packet)
            if end != packets[-1][0] and len(self._headers) in (1, codec.n_headers):
                cuts.append(end)
            if len(self._headers) == codec.n_headers:
                codec.check_headers(self._headers)
        return durations, cuts

    def _is_hole(self, page: Page, units: int) -> bool:
        """Whether packets are missing in front of a page, and not just its number is wrong."""
        if min(page.granule, self._granule) < 0 or isinstance(self.codec, FlacCodec):
            return True
        return page.granule - self._granule > units
