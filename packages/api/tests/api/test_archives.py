"""Archives: every member gets its own result or error, and nothing spends memory unasked."""

import io
import re
import struct
import tracemalloc
import warnings
import zipfile
import zlib
from collections.abc import Callable
from typing import Any

import pytest
from fastapi.testclient import TestClient
from hypothesis import given, settings
from hypothesis import strategies as st

from vocalbaby.api.app import create_app
from vocalbaby.api.http.archives import Archive, ArchiveLimits, Item
from vocalbaby.api.settings import Settings
from vocalbaby.api.upload import Upload
from vocalbaby.exception import ArchiveError, RequestError, TooManyFilesError, VocalBabyError

#: Makes a recording: seconds, rate, channels.
MakeWav = Callable[..., bytes]
#: Makes a predictor; its argument is called with the clips' names first.
MakeFake = Callable[..., Any]

MIB = 2**20


def pack(*members: tuple[str, bytes], method: int = zipfile.ZIP_DEFLATED) -> bytes:
    buffer = io.BytesIO()
    with warnings.catch_warnings(), zipfile.ZipFile(buffer, "w", method) as archive:
        warnings.simplefilter("ignore")  # duplicates are wanted here
        for name, data in members:
            archive.writestr(name, data)
    return buffer.getvalue()


def items(data: bytes, **limits: Any) -> list[Item]:
    archive = Archive(data, ArchiveLimits(**limits))
    return [item for batch in archive.batches(clips=3, size=MIB) for item in batch]


def outcome(item: Item) -> bytes | str:
    return item.data if isinstance(item, Upload) else item.code


def ask(client: TestClient, data: bytes) -> Any:
    return client.post("/predict_zip", content=data, headers={"content-type": "application/zip"})


def test_results_stand_in_the_archives_order_and_lose_nothing(
    client: TestClient, wav: MakeWav
) -> None:
    members = [(f"s/{i % 7}.wav", wav(0.1 + 0.01 * i)) for i in range(40)]
    body = ask(client, pack(*members)).json()
    assert [r["filename"] for r in body["results"]] == [name for name, _ in members]
    lengths = [0.1 + 0.01 * i for i in range(40)]
    assert [r["duration_s"] for r in body["results"]] == pytest.approx(lengths)
    assert body["model_version"] == "fake-1"
    assert body["skipped"] == []


def test_a_form_works_too(client: TestClient, wav: MakeWav) -> None:
    data = pack(("a.wav", wav(0.2)), method=zipfile.ZIP_STORED)
    answer = client.post("/predict_zip", files={"file": ("x.zip", data)})
    assert [r["label"] for r in answer.json()["results"]] == ["Crying"]


def test_a_clip_and_an_archive_are_sent_each_to_its_own_path(
    client: TestClient, wav: MakeWav
) -> None:
    archive, clip = pack(("a.wav", wav(0.2))), wav(0.2)
    for kind in ("application/zip", "audio/wav", "application/octet-stream"):
        answer = client.post("/predict", content=archive, headers={"content-type": kind})
        assert "/predict_zip" in answer.json()["hint"]
        answer = client.post("/predict_zip", content=clip, headers={"content-type": kind})
        assert re.search(r"/predict\b(?!_)", answer.json()["hint"])
    answer = client.post("/predict", files=[("files", archive), ("files", clip)])
    assert "/predict_zip" in answer.json()["results"][0]["error"]["hint"]
    answer = client.post("/predict_zip", files={"file": clip})
    assert re.search(r"/predict\b(?!_)", answer.json()["hint"])


def test_bad_members_do_not_take_the_good_ones_with_them(client: TestClient, wav: MakeWav) -> None:
    encrypted = bytearray(pack(("secret.wav", wav(0.2))))
    data = pack(
        ("a.wav", wav(0.2)),
        ("notes.txt", b"these are words, not sounds"),
        ("inner.zip", pack(("a.wav", wav(0.2)))),
        ("empty.wav", b""),
        ("bomb.wav", bytes(3 * MIB)),
        ("z.wav", wav(0.3)),
    )
    results = ask(client, data).json()["results"]
    assert [(r["filename"], (r["error"] or {}).get("code")) for r in results] == [
        ("a.wav", None),
        ("notes.txt", "audio_unreadable"),
        ("inner.zip", "archive_member_refused"),
        ("empty.wav", "audio_empty"),
        ("bomb.wav", "archive_too_large"),
        ("z.wav", None),
    ]
    encrypted[encrypted.rfind(b"PK\x01\x02") + 8] |= 1
    answer = ask(client, bytes(encrypted))
    assert answer.status_code == 422
    assert answer.json()["results"][0]["error"]["detail"] == "It is encrypted."


@pytest.mark.parametrize(
    "name", ["../../etc/passwd", "/etc/shadow", "C:\\x\\y.wav", "a\nb.wav", "é 哭.wav", "a//b"]
)
def test_a_members_name_is_a_name_and_nothing_else(
    client: TestClient, wav: MakeWav, name: str
) -> None:
    assert ask(client, pack((name, wav(0.2)))).json()["results"][0]["filename"] == name


def test_what_computers_add_is_skipped_and_said(client: TestClient, wav: MakeWav) -> None:
    data = pack(
        ("clips/", b""),
        ("clips/a.wav", wav(0.2)),
        ("__MACOSX/clips/._a.wav", b"x"),
        ("clips/.DS_Store", b"x"),
        ("Thumbs.db", b"x"),
    )
    body = ask(client, data).json()
    assert [r["filename"] for r in body["results"]] == ["clips/a.wav"]
    assert [(s["filename"], s["reason"]) for s in body["skipped"]] == [
        ("clips/", "folder"),
        ("__MACOSX/clips/._a.wav", "system file"),
        ("clips/.DS_Store", "system file"),
        ("Thumbs.db", "system file"),
    ]


@pytest.mark.parametrize(
    ("data", "code", "status"),
    [
        (b"", "archive_invalid", 422),
        (b"no archive at all", "archive_invalid", 422),
        (pack(("a", b"x" * 999))[:-30], "archive_invalid", 422),
        (pack(), "archive_invalid", 422),
        (pack(("only/", b"")), "archive_invalid", 422),
        (pack(*[(str(i), b"") for i in range(257)]), "too_many_files", 413),
    ],
)
def test_an_archive_that_cannot_be_used_is_a_problem(
    client: TestClient, data: bytes, code: str, status: int
) -> None:
    answer = ask(client, data)
    assert (answer.status_code, answer.json()["code"]) == (status, code)
    assert answer.json()["hint"]


def test_another_type_is_refused(client: TestClient) -> None:
    assert client.post("/predict_zip", json={}).status_code == 415


@pytest.mark.parametrize(
    ("declared", "code"),
    [
        (16 * MIB, "archive_too_large"),
        (100, "archive_member_refused"),  # a lie
        (MIB, "archive_member_refused"),  # one that is below the ratio
    ],
)
def test_a_bomb_is_not_unpacked(declared: int, code: str) -> None:
    bomb = bytearray(pack(*[(f"{i}.wav", bytes(16 * MIB)) for i in range(6)]))
    at = 0
    while (at := bomb.find(b"PK\x01\x02", at)) >= 0:
        bomb[at + 24 : at + 28] = struct.pack("<I", declared)
        at += 4
    tracemalloc.start()
    found = items(bytes(bomb))
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert [outcome(item) for item in found] == [code] * 6
    assert peak < 4 * MIB


def test_all_that_comes_out_together_is_bounded() -> None:
    noise = zlib.compress(bytes(range(256)) * 64)
    members = [(str(i), noise * 20) for i in range(10)]
    size = len(noise) * 20
    found = items(pack(*members), total_bytes=4 * size)
    assert [outcome(item) for item in found[:4]] == [members[0][1]] * 4
    assert [outcome(item) for item in found[4:]] == ["archive_too_large"] * 6


def test_members_that_share_their_bytes_are_bounded_too() -> None:
    """The directory may name the same packed bytes again and again."""
    data = pack(("a", bytes(range(256)) * 4096), method=zipfile.ZIP_STORED)
    at = data.rfind(b"PK\x01\x02")
    end = data.rfind(b"PK\x05\x06")
    entry = data[at:end]
    tail = struct.pack("<4s4H2IH", b"PK\x05\x06", 0, 0, 200, 200, 200 * len(entry), at, 0)
    found = items(data[:at] + entry * 200 + tail, total_bytes=10 * MIB)
    assert [isinstance(item, Upload) for item in found] == [True] * 10 + [False] * 190


def test_batches_are_small() -> None:
    members = [(str(i), bytes(range(256)) * 1024) for i in range(20)]
    archive = Archive(pack(*members, method=zipfile.ZIP_STORED), ArchiveLimits())
    sizes = [len(batch) for batch in archive.batches(clips=16, size=MIB)]
    assert sizes == [5, 5, 5, 5]


def test_unusual_archives_are_read() -> None:
    want = bytes(range(256)) * 9
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive, archive.open("a", "w", force_zip64=True) as file:
        file.write(want)
    assert items(buffer.getvalue()) == [Upload("a", want)]
    with_prefix = b"#!/bin/sh\n" * 40 + pack(("a", want))
    assert items(with_prefix) == [Upload("a", want)]
    commented = bytearray(pack(("a", want)) + b"words")
    commented[-7:-5] = struct.pack("<H", 5)
    assert items(bytes(commented)) == [Upload("a", want)]
    for method in (zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA):
        assert outcome(items(pack(("a", want), method=method))[0]) == "archive_member_refused"


def test_a_zip64_directory_is_read() -> None:
    data = pack(("a", b"12345"), method=zipfile.ZIP_STORED)
    at, end = data.rfind(b"PK\x01\x02"), data.rfind(b"PK\x05\x06")
    entry = bytearray(data[at:end])
    entry[20:28] = b"\xff" * 8
    entry[30:32] = struct.pack("<H", 20)
    entry += struct.pack("<2H2Q", 1, 16, 5, 5)
    record = struct.pack("<4sQ2H2I4Q", b"PK\x06\x06", 44, 45, 45, 0, 0, 1, 1, len(entry), at)
    locator = struct.pack("<4sIQI", b"PK\x06\x07", 0, at + len(entry), 1)
    tail = struct.pack("<4s4H2IH", b"PK\x05\x06", 0, 0, 1, 1, len(entry), 0xFFFFFFFF, 0)
    assert items(data[:at] + entry + record + locator + tail) == [Upload("a", b"12345")]


def test_unpacked_bytes_count_as_held(fake: MakeFake, wav: MakeWav) -> None:
    data = pack(*[(str(i), wav(1.0)) for i in range(4)])
    limits = Settings(max_held_bytes=len(data) + 3 * len(wav(1.0)))
    with TestClient(create_app(limits, fake())) as client:
        answer = ask(client, data)
        assert (answer.status_code, answer.json()["code"]) == (503, "overloaded")
        again = ask(client, pack(("a", wav(1.0))))
    assert again.status_code == 200


def test_the_limits_of_members_is_that_of_the_archive() -> None:
    data = pack(*[(str(i), b"x") for i in range(9)])
    assert len(items(data, members=9)) == 9
    with pytest.raises(TooManyFilesError):
        items(data, members=8)


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
    inner = pack(*[(str(i), b"") for i in range(1000)])
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
    pack(("a", b"1" * 50), ("a", b"2" * 50), method=zipfile.ZIP_STORED),
    pack(("inner.zip", pack(("x", b"y")))),
]


@settings(max_examples=300, deadline=None)
@given(
    st.sampled_from(SEEDS),
    st.lists(st.tuples(st.floats(0, 1), st.integers(0, 255)), max_size=10),
    st.floats(0, 1),
    st.binary(max_size=30),
)
def test_damaged_archives_are_errors_or_members_never_crashes(
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
def test_any_bytes_at_the_end_of_an_archive(tail: bytes) -> None:
    with pytest.raises((ArchiveError, TooManyFilesError)):
        items(b"PK\x03\x04" + tail)
