"""Headers and packet durations of the codecs in Ogg: Vorbis, Opus and FLAC.

A header that libsndfile would refuse must be found here: libsndfile does not free its memory
after some of them (docs/decisions/0027-ogg-pages.md).

Sources: Xiph.Org, "Vorbis I specification" (2020), sections 1.3.2, 4.2 and A.2; T. Terriberry et
al., "Ogg Encapsulation for the Opus Audio Codec", RFC 7845 (2016); J. Valin et al., "Definition of
the Opus Audio Codec", RFC 6716 (2012), section 3.1.
"""

import struct
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Final, Protocol, runtime_checkable

__all__ = ["Codec", "FlacCodec", "OpusCodec", "VorbisCodec", "identify"]

#: Names of what else Ogg files hold, by the first bytes of a stream.
_OTHERS: Final = {
    b"Speex   ": "Speex",
    b"CELT    ": "CELT",
    b"PCM     ": "PCM",
    b"\x80theora": "Theora video",
    b"OVP80": "VP8 video",
    b"BBCD": "Dirac video",
    b"fishead\0": "a Skeleton index",
    b"\x80kate": "Kate subtitles",
    b"CMML\0": "CMML text",
}
#: Samples per frame at 48 kHz, by the configuration in the first byte of an Opus packet.
_OPUS_FRAMES: Final = (
    *(480, 960, 1920, 2880) * 3,
    *(480, 960) * 2,
    *(120, 240, 480, 960) * 4,
)
_OPUS_MOST: Final = 5760
#: libsndfile would decode Opus at the rate that the header gives for the original, and at 8 kHz
#: where it gives none. RFC 7845, section 5.1, advises 48 kHz.
_OPUS_RATE: Final = 48_000


@runtime_checkable
class Codec(Protocol):
    """One stream of a codec: its headers, and how many samples its packets add.

    Attributes:
        rate: Frames per second of the decoded sound.
        granule_rate: Units per second of the granule positions.
        channels: Number of channels.
        n_headers: Number of packets before the first one with sound.
        lapped: Whether the first packet after a gap gives no samples.
        pre_skip: Units of granule positions to leave out at the start.
        first: The first packet, as it is handed to the decoder.
    """

    rate: int
    granule_rate: int
    channels: int
    n_headers: int
    lapped: bool
    pre_skip: int
    first: bytes

    def check_headers(self, packets: Sequence[bytes]) -> None:
        """Read the header packets.

        Raises:
            ValueError: One of them is damaged; the message says which.
        """

    def duration(self, packet: bytes, /) -> int | None:
        """Return what the next packet adds to the granule position; its first bytes suffice.

        A decoder passes over a packet for which this is None.
        """


@dataclass(slots=True)
class VorbisCodec:
    """Vorbis: the blocks of neighbouring packets overlap."""

    rate: int
    channels: int
    first: bytes
    sizes: tuple[int, int]
    granule_rate: int
    n_headers: int = 3
    lapped: bool = True
    pre_skip: int = 0
    _long: list[int] = field(default_factory=list)
    _last: int = 0

    @classmethod
    def read(cls, packet: bytes) -> "VorbisCodec":
        """Read the identification header."""
        if len(packet) < 30:
            raise ValueError("its first header is cut short")
        version, channels, rate = struct.unpack_from("<IBI", packet, 7)
        sizes = (1 << (packet[28] & 15), 1 << (packet[28] >> 4))
        sound = not version and channels and 0 < rate < 2**31 and packet[29] & 1
        if not sound or not 64 <= sizes[0] <= sizes[1] <= 8192:
            raise ValueError("its first header is damaged")
        return cls(rate, channels, packet, sizes, rate)

    def check_headers(self, packets: Sequence[bytes]) -> None:
        """Read the size of the blocks of each mode; it stands at the end of the last header."""
        _, comments, setup = packets
        if not comments.startswith(b"\x03vorbis") or not setup.startswith(b"\x05vorbis"):
            raise ValueError("its headers are damaged")
        bits = int.from_bytes(setup, "little")
        at = bits.bit_length() - 1  # the last bit that is set ends the header
        long: list[int] = []
        while at > 56 + 41 + 6 and len(long) < 64:
            at -= 41
            mode = bits >> at & (1 << 41) - 1
            if mode >> 1 & 0xFFFFFFFF or mode >> 33 > 63:
                break
            long.insert(0, mode & 1)
            if (bits >> at - 6 & 63) + 1 == len(long):
                self._long = long.copy()
        if not self._long:
            raise ValueError("its setup header is damaged")

    def duration(self, packet: bytes, /) -> int | None:
        """See `Codec`."""
        if not packet:
            return 0
        modes = len(self._long)
        mode = packet[0] >> 1 & (1 << (modes - 1).bit_length()) - 1
        if mode >= modes or packet[0] & 1:
            return None
        last, self._last = self._last, self.sizes[self._long[mode]]
        return (last + self._last) // 4 if last else 0


@dataclass(slots=True)
class OpusCodec:
    """Opus, which is decoded at 48 kHz."""

    rate: int
    channels: int
    first: bytes
    pre_skip: int
    granule_rate: int = _OPUS_RATE
    n_headers: int = 2
    lapped: bool = False

    @classmethod
    def read(cls, packet: bytes) -> "OpusCodec":
        """Read the identification header."""
        if len(packet) < 19:
            raise ValueError("its first header is cut short")
        version, channels, pre_skip, _, gain, mapping = struct.unpack_from("<BBHIhB", packet, 8)
        size = 21 + channels if mapping else 19
        if version > 15 or not channels or len(packet) < size or (not mapping and channels > 2):
            raise ValueError("its first header is damaged")
        fields = (1, channels, pre_skip, _OPUS_RATE, gain, mapping)
        first = b"OpusHead" + struct.pack("<BBHIhB", *fields) + packet[19:size]
        return cls(_OPUS_RATE, channels, first, pre_skip)

    def check_headers(self, packets: Sequence[bytes]) -> None:
        """See `Codec`."""
        if not packets[1].startswith(b"OpusTags"):
            raise ValueError("its headers are damaged")

    def duration(self, packet: bytes, /) -> int | None:
        """See `Codec`."""
        if not packet or (packet[0] & 3 == 3 and len(packet) < 2):
            return None
        frames = (1, 2, 2, packet[1] & 63 if len(packet) > 1 else 0)[packet[0] & 3]
        samples = frames * _OPUS_FRAMES[packet[0] >> 3]
        return samples if 0 < samples <= _OPUS_MOST else None


@dataclass(slots=True)
class FlacCodec:
    """FLAC: its frames need no Ogg, and are handed on as a FLAC file."""

    rate: int
    channels: int
    first: bytes
    granule_rate: int
    n_headers: int = 1
    lapped: bool = False
    pre_skip: int = 0

    @classmethod
    def read(cls, packet: bytes) -> "FlacCodec":
        """Read the identification header, which has STREAMINFO in it."""
        if len(packet) < 51 or packet[9:13] != b"fLaC" or packet[13] & 0x7F:
            raise ValueError("its first header is damaged")
        word = int.from_bytes(packet[27:35], "big")
        if not word >> 44:
            raise ValueError("its first header is damaged")
        return cls(word >> 44, (word >> 41 & 7) + 1, packet[9:], word >> 44)

    def check_headers(self, packets: Sequence[bytes]) -> None:
        """See `Codec`."""

    def duration(self, _packet: bytes, /) -> int:
        """Return 0: the decoder of FLAC counts."""
        return 0


def identify(packet: bytes) -> Codec | str:
    """Return the codec of a stream, or what else it holds, as a clause, by its first packet.

    Raises:
        ValueError: It is a codec that is read here, and the header is damaged.

    Examples:
        >>> identify(b"Speex   1.2.1")
        'Speex'
        >>> codec = identify(bytes.fromhex("4f707573 48656164 0101 3801 803e0000 0000 00"))
        >>> codec.rate, codec.channels, codec.pre_skip, codec.duration(bytes.fromhex("4800"))
        (48000, 1, 312, 960)
    """
    if packet.startswith(b"\x01vorbis"):
        return VorbisCodec.read(packet)
    if packet.startswith(b"OpusHead"):
        return OpusCodec.read(packet)
    if packet.startswith(b"\x7fFLAC"):
        return FlacCodec.read(packet)
    return next(
        (name for magic, name in _OTHERS.items() if packet.startswith(magic)), "an unknown stream"
    )
