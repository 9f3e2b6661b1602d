"""What a file that is not read here looks like, for the error message.

Source: the specifications of the formats, and the list of brands at mp4ra.org.
"""

from typing import Final

__all__ = ["describe", "identify", "transport_packet"]

#: Offset and value of a format's first bytes, and its name.
_SIGNATURES: Final = (
    (0, b"\x1a\x45\xdf\xa3", "a WebM/Matroska file"),
    (0, bytes.fromhex("3026b2758e66cf11"), "a Windows Media file (WMA/ASF)"),
    (0, b"#!AMR", "an AMR file"),
    (0, b".RMF", "a RealMedia file"),
    (0, b".ra\xfd", "a RealAudio file"),
    (0, b"MThd", "a MIDI file, which holds notes and no sound"),
    (8, b"RMID", "a MIDI file, which holds notes and no sound"),
    (0, b"NIST_1A", "a NIST Sphere file"),
    (0, b"wvpk", "a WavPack file"),
    (0, b"MAC ", "a Monkey's Audio file"),
    (0, b"TTA1", "a True Audio file"),
    (0, b"TTA2", "a True Audio file"),
    (0, b"MPCK", "a Musepack file"),
    (0, b"MP+", "a Musepack file"),
    (0, b"OFR ", "an OptimFROG file"),
    (0, b"TOM ", "a Tom's lossless audio file"),
    (0, b"ajkg", "a Shorten file"),
    (0, b"DSD ", "a DSD file (DSF)"),
    (0, b"FRM8", "a DSD file (DSDIFF)"),
    (0, b"Creative Voice File", "a Creative Voice file (VOC)"),
    (0, b".SoX", "a file in SoX's own format"),
    (0, b"XoS.", "a file in SoX's own format"),
    (0, b"\x64\xa3\x01\x00", "an IRCAM file"),
    (0, b"\x64\xa3\x02\x00", "an IRCAM file"),
    (0, b"\x64\xa3\x03\x00", "an IRCAM file"),
    (0, b"2BIT", "an AVR file"),
    (0, b"#!SILK", "a SILK voice message"),
    (1, b"#!SILK", "a SILK voice message"),
    (0, b"FWS", "a Flash file"),
    (0, b"CWS", "a Flash file"),
    (0, b"FLV\x01", "a Flash video"),
    (0, b"\x00\x00\x01\xba", "an MPEG video"),
    (0, b"\x00\x00\x01\xb3", "an MPEG video"),
    (0, b"\x0b\x77", "an AC-3 file"),
    (0, b"\x7f\xfe\x80\x01", "a DTS file"),
    (8, b"AVI ", "an AVI video"),
    (8, b"WEBP", "a WebP picture"),
    (8, b"8SVX", "an Amiga 8SVX file"),
    (8, b"16SV", "an Amiga 16SV file"),
    (0, b"PK\x03\x04", "a ZIP archive"),
    (0, b"PK\x05\x06", "a ZIP archive"),
    (0, b"Rar!", "a RAR archive"),
    (0, b"7z\xbc\xaf\x27\x1c", "a 7-Zip archive"),
    (0, b"\x1f\x8b", "a gzip archive"),
    (0, b"BZh", "a bzip2 archive"),
    (0, b"\xfd7zXZ\x00", "an xz archive"),
    (0, b"\x28\xb5\x2f\xfd", "a Zstandard archive"),
    (257, b"ustar", "a tar archive"),
    (0, b"%PDF", "a PDF document"),
    (0, b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "an older Microsoft Office document"),
    (0, b"\x89PNG", "a PNG picture"),
    (0, b"\xff\xd8\xff", "a JPEG picture"),
    (0, b"GIF8", "a GIF picture"),
    (0, b"MATLAB 5.0", "a MATLAB file"),
    (0, b"\x93NUMPY", "a NumPy array"),
    (0, b"\x89HDF", "an HDF5 file"),
    (0, b"SQLite format 3", "a SQLite database"),
    (0, b"\x00\x05\x16\x07", "an AppleDouble file, which macOS writes beside the recording"),
    (0, b"version https://git-lfs", "a Git LFS pointer, whose file was not downloaded"),
    (0, b"\x7fELF", "a program or library (ELF)"),
    (0, b"\xfe\xed\xfa\xce", "a program or library (Mach-O)"),
    (0, b"\xfe\xed\xfa\xcf", "a program or library (Mach-O)"),
    (0, b"\xce\xfa\xed\xfe", "a program or library (Mach-O)"),
    (0, b"\xcf\xfa\xed\xfe", "a program or library (Mach-O)"),
    (0, b"\xca\xfe\xba\xbe", "a program (Mach-O or Java)"),
    (78, b"This program ", "a program or library of Windows (PE)"),
    (0, b"\0asm", "a WebAssembly program"),
    (0, b"!<arch>\n", "an archive of a compiler or of Debian (ar)"),
    (0, b"\xed\xab\xee\xdb", "an RPM package"),
    (0, b"MSCF", "a cabinet archive"),
    (0, b"\x04\x22\x4d\x18", "an LZ4 archive"),
    (0, b"II*\0", "a TIFF picture"),
    (0, b"MM\0*", "a TIFF picture"),
    (0, b"8BPS", "a Photoshop picture"),
    (0, b"\0\0\1\0", "an icon"),
    (0, b"OTTO", "a font"),
    (0, b"wOF", "a font"),
    (0, b"PAR1", "a Parquet table"),
    (0, b"ARROW1", "an Arrow table"),
    (0, b"Extended Module: ", "a tracker module, which holds notes"),
    (0, b"IMPM", "a tracker module, which holds notes"),
    (128, b"HCOM", "a Macintosh HCOM file"),
    (0, b"PVF1", "a Portable Voice Format file (PVF)"),
    (0, b"PVF2", "a Portable Voice Format file (PVF)"),
    (0, b"ALawSoundFile**", "a Psion sound file"),
    (0, b"SOUND SAMPLE DATA ", "a Turtle Beach SampleVision file"),
    (0, b"LM8953", "a Yamaha TX-16W file"),
    (0, b" paf", "an Ensoniq PARIS file"),
    (0, b"fap ", "an Ensoniq PARIS file"),
    (8, b"MAUD", "an Amiga MAUD file"),
    (0, b"TWIN", "a TwinVQ file"),
    (0, b"/annex/objects/", "a git-annex pointer, whose file was not downloaded"),
)
#: By the brand of an ISO base media file; the longer ones first.
_BRANDS: Final = (
    (b"3g2", "a 3GP2 file"),
    (b"3g", "a 3GP file"),
    (b"qt  ", "a QuickTime file"),
    (b"M4A", "an MP4/M4A file"),
    (b"M4B", "an MP4/M4A file (audio book)"),
    (b"M4V", "an MP4 video"),
    (b"hei", "a HEIF picture"),
    (b"mif1", "a HEIF picture"),
    (b"avif", "an AVIF picture"),
    (b"crx", "a Canon raw picture"),
)
#: Atoms with which QuickTime files without a brand begin.
_ATOMS: Final = (b"moov", b"mdat", b"wide", b"free", b"skip", b"pnot")


def identify(head: bytes) -> str | None:
    r"""Return the name of a format that is not read, by its first 300 bytes or more.

    Examples:
        >>> identify(b"\x00\x00\x00\x18ftyp3gp4")
        'a 3GP file'
    """
    if head[4:8] == b"ftyp":
        brands = (name for brand, name in _BRANDS if head[8:].startswith(brand))
        return next(brands, "an MP4/M4A file")
    for offset, magic, name in _SIGNATURES:
        if head[offset : offset + len(magic)] == magic:
            return name
    if head[4:8] in _ATOMS and int.from_bytes(head[:4], "big") < 2**31:
        return "a QuickTime file"
    if transport_packet(head):
        return "an MPEG transport stream"
    if len(head) > 1 and head[0] == 0xFF and head[1] & 0xF6 == 0xF0:
        return "an AAC file (ADTS)"
    return None if head.strip(b"\0") else "a file of zeros"


def transport_packet(head: bytes) -> int:
    """Return the bytes of a packet of an MPEG transport stream, or 0 for other formats."""
    for start, size in ((0, 188), (4, 192)):  # cameras put a time stamp in front of each
        if len(head) > start + size and head[start] == head[start + size] == 0x47:
            return size
    return 0


def describe(head: bytes) -> str:
    """Return what a file that is not read looks like, for the error message.

    Examples:
        >>> describe(b"Dear editor,")
        'text'
    """
    if name := identify(head):
        return name
    head = head[:256]
    printable = sum(32 <= byte < 127 or byte in (9, 10, 13) for byte in head)
    return "text" if printable == len(head) else "an unknown format"
