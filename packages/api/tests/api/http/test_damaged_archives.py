"""Damaged, unusual and very large archives."""

import io
import struct
import tracemalloc
import zipfile

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from packages.api.tests.support import MIB, items, outcome, pack
from vocalbaby.api.upload import Upload
from vocalbaby.exception import ArchiveError, RequestError, TooManyFilesError, VocalBabyError


def test_unusual_archives_are_read() -> None:
    want = bytes(range(256)) * 9
    buffer = io.BytesIO()
    with (
        zipfile.ZipFile(buffer, "w") as archive,
        archive.open("a.wav", "w", force_zip64=True) as file,
    ):
        file.write(want)
    assert items(buffer.getvalue()) == [Upload("a.wav", want)]
    with_prefix = b"#!/bin/sh\n" * 40 + pack(("a.wav", want))
    assert items(with_prefix) == [Upload("a.wav", want)]
    commented = bytearray(pack(("a.wav", want)) + b"words")
    commented[-7:-5] = struct.pack("<H", 5)
    assert items(bytes(commented)) == [Upload("a.wav", want)]
    for method in (zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA):
        assert outcome(items(pack(("a.wav", want), method=method))[0]) == "archive_member_refused"


def test_a_zip64_directory_is_read() -> None:
    data = pack(("a.wav", b"12345"), method=zipfile.ZIP_STORED)
    at, end = data.rfind(b"PK\x01\x02"), data.rfind(b"PK\x05\x06")
    entry = bytearray(data[at:end])
    entry[20:28] = b"\xff" * 8
    entry[30:32] = struct.pack("<H", 20)
    entry += struct.pack("<2H2Q", 1, 16, 5, 5)
    record = struct.pack("<4sQ2H2I4Q", b"PK\x06\x06", 44, 45, 45, 0, 0, 1, 1, len(entry), at)
    locator = struct.pack("<4sIQI", b"PK\x06\x07", 0, at + len(entry), 1)
    tail = struct.pack("<4s4H2IH", b"PK\x05\x06", 0, 0, 1, 1, len(entry), 0xFFFFFFFF, 0)
    assert items(data[:at] + entry + record + locator + tail) == [Upload("a.wav", b"12345")]


def test_a_small_archive_in_zip64_as_a_pipe_makes_it_is_read() -> None:
    """``cat a.wav | zip - -`` (Info-ZIP): sizes of 64 bits in the local header only."""
    want = b"RIFF\x24\0\0\0WAVEfmt " + bytes(range(256)) * 9
    data = pack(("-", want))
    at, end = data.rfind(b"PK\x01\x02"), data.rfind(b"PK\x05\x06")
    packed, size = struct.unpack_from("<2I", data, at + 20)
    local = bytearray(data[:31])
    local[4:6] = struct.pack("<H", 45)
    local[18:26] = b"\xff" * 8
    local[28:30] = struct.pack("<H", 20)
    local += struct.pack("<2H2Q", 1, 16, size, packed)
    entry = data[at:end]
    at += 20
    record = struct.pack("<4sQ2H2I4Q", b"PK\x06\x06", 44, 798, 45, 0, 0, 1, 1, len(entry), at)
    locator = struct.pack("<4sIQI", b"PK\x06\x07", 0, at + len(entry), 1)
    tail = struct.pack("<4s4H2IH", b"PK\x05\x06", 0, 0, 1, 1, len(entry), at, 0)
    whole = bytes(local) + data[31 : at - 20] + entry + record + locator + tail
    assert items(whole) == [Upload("-", want)]


def test_a_member_whose_sizes_follow_it_is_read() -> None:
    """A program that cannot seek writes sizes after the member (data descriptor)."""

    class Pipe(io.BytesIO):
        def seekable(self) -> bool:
            return False

    for zip64 in (False, True):
        pipe = Pipe()
        archive = zipfile.ZipFile(pipe, "w", zipfile.ZIP_DEFLATED)
        with archive, archive.open("a.wav", "w", force_zip64=zip64) as file:
            file.write(b"12345" * 99)
        assert items(pipe.getvalue()) == [Upload("a.wav", b"12345" * 99)]


def test_a_member_without_suffix_that_cannot_be_read_is_an_error() -> None:
    encrypted = bytearray(pack(("secret", b"x" * 99), ("notes.txt", b"x" * 99)))
    at = -1
    while (at := encrypted.find(b"PK\x01\x02", at + 1)) >= 0:
        encrypted[at + 8] |= 1
    assert [outcome(item) for item in items(bytes(encrypted))] == ["archive_member_refused"]
    found = items(pack(("secret", b"x" * 99), method=zipfile.ZIP_LZMA))
    assert [outcome(item) for item in found] == ["archive_member_refused"]


def test_an_archive_of_very_many_members_is_refused_before_its_directory_is_read() -> None:
    entry = struct.pack("<4s6H3I5H2I", b"PK\x01\x02", *[0] * 9, 1, *[0] * 6) + b"a"
    directory = entry * (2 * MIB // len(entry))
    tail = struct.pack("<4s4H2IH", b"PK\x05\x06", 0, 0, 9, 9, len(directory), 0, 0)
    tracemalloc.start()
    with pytest.raises(TooManyFilesError):
        items(directory + tail)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 4 * MIB  # zipfile alone would take 16 MiB


def test_a_stored_archive_of_many_members_is_one_refused_member() -> None:
    inner = pack(*[(f"{i}.wav", b"") for i in range(1000)])
    found = items(pack(("inner.zip", inner), ("a.wav", b"x"), method=zipfile.ZIP_STORED))
    assert [outcome(item) for item in found] == ["archive_member_refused", b"x"]


def test_names_in_utf_8_are_read_without_the_flag_that_declares_them() -> None:
    data = bytearray(pack(("\N{LATIN SMALL LETTER E WITH ACUTE}.wav", b"x")))
    for magic, offset in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        flags = data.find(magic) + offset
        data[flags : flags + 2] = b"\0\0"
    assert items(bytes(data)) == [Upload("\N{LATIN SMALL LETTER E WITH ACUTE}.wav", b"x")]


SEEDS = [
    pack(("a.wav", bytes(range(256)) * 8), ("b/", b""), ("b/c.wav", b"12345" * 99)),
    pack(("a.wav", b"1" * 50), ("a.wav", b"2" * 50), method=zipfile.ZIP_STORED),
    pack(("inner.zip", pack(("x", b"y")))),
]


@settings(max_examples=300, deadline=None)
@given(
    st.sampled_from(SEEDS),
    st.lists(st.tuples(st.floats(0, 1), st.integers(0, 255)), max_size=10),
    st.floats(0, 1),
    st.binary(max_size=30),
)
def test_a_damaged_archive_or_member_is_an_error_and_never_a_crash(
    seed: bytes, edits: list[tuple[float, int]], keep: float, tail: bytes
) -> None:
    data = bytearray(seed)
    for where, value in edits:
        data[min(int(where * len(data)), len(data) - 1)] = value
    damaged = bytes(data[: int(keep * len(data)) + 1]) + tail if keep < 0.9 else bytes(data)
    try:
        found = items(damaged)
    except RequestError:
        return
    assert found
    for item in found:
        assert isinstance(item, Upload | VocalBabyError)


@settings(max_examples=200, deadline=None)
@given(st.binary(max_size=400))
def test_arbitrary_bytes_after_the_magic_are_an_error(tail: bytes) -> None:
    with pytest.raises((ArchiveError, TooManyFilesError)):
        items(b"PK\x03\x04" + tail)
