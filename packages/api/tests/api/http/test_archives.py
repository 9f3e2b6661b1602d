"""Archives: each member has its own result or error, and unpacking is limited."""

import io
import re
import struct
import tracemalloc
import zipfile
import zlib
from collections.abc import Callable
from typing import Any

import pytest
from fastapi.testclient import TestClient

from packages.api.tests.support import MIB, items, outcome, pack
from vocalbaby.api.app import create_app
from vocalbaby.api.http.archives import Archive, ArchiveLimits
from vocalbaby.api.settings import Settings
from vocalbaby.api.upload import Upload
from vocalbaby.exception import TooManyFilesError

#: Makes a recording: seconds, rate, channels.
MakeWav = Callable[..., bytes]


#: Makes a predictor; its argument is called with the clips' names first.
MakeFake = Callable[..., Any]


def classify(client: TestClient, data: bytes) -> Any:
    return client.post("/predict_zip", content=data, headers={"content-type": "application/zip"})


def test_results_are_complete_and_in_the_order_of_the_archive(
    client: TestClient, wav: MakeWav
) -> None:
    members = [(f"s/{i % 7}.wav", wav(0.1 + 0.01 * i)) for i in range(40)]
    body = classify(client, pack(*members)).json()
    assert [r["filename"] for r in body["results"]] == [name for name, _ in members]
    lengths = [0.1 + 0.01 * i for i in range(40)]
    assert [r["duration_s"] for r in body["results"]] == pytest.approx(lengths)
    assert body["model_version"] == "fake-1"
    assert body["skipped"] == []
    assert body["notes"] == [
        "7 recordings are named more than once: s/0.wav, s/1.wav, s/2.wav and 4 more."
    ]


def test_an_archive_may_be_sent_in_a_form(client: TestClient, wav: MakeWav) -> None:
    data = pack(("a.wav", wav(0.2)), method=zipfile.ZIP_STORED)
    answer = client.post("/predict_zip", files={"file": ("x.zip", data)})
    assert [r["label"] for r in answer.json()["results"]] == ["Crying"]


def test_an_upload_to_the_wrong_path_gets_a_hint_to_the_right_one(
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


def test_a_bad_member_does_not_affect_the_others(client: TestClient, wav: MakeWav) -> None:
    encrypted = bytearray(pack(("secret.wav", wav(0.2))))
    data = pack(
        ("a.wav", wav(0.2)),
        ("notes.txt", b"these are words, not sounds"),
        ("inner.zip", pack(("a.wav", wav(0.2)))),
        ("empty.wav", b""),
        ("bomb.wav", bytes(3 * MIB)),
        ("z.wav", wav(0.3)),
    )
    body = classify(client, data).json()
    assert body["skipped"] == [{"filename": "notes.txt", "reason": "not_audio"}]
    results = body["results"]
    assert [(r["filename"], (r["error"] or {}).get("code")) for r in results] == [
        ("a.wav", None),
        ("inner.zip", "archive_member_refused"),
        ("empty.wav", "audio_empty"),
        ("bomb.wav", "archive_too_large"),
        ("z.wav", None),
    ]
    encrypted[encrypted.rfind(b"PK\x01\x02") + 8] |= 1
    answer = classify(client, bytes(encrypted))
    assert answer.status_code == 422
    assert answer.json()["results"][0]["error"]["detail"] == "It is encrypted."


@pytest.mark.parametrize(
    "name", ["../../etc/passwd", "/etc/shadow", "C:\\x\\y.wav", "a\nb.wav", "é 哭.wav", "a//b"]
)
def test_a_members_name_is_never_used_as_a_path(
    client: TestClient, wav: MakeWav, name: str
) -> None:
    assert classify(client, pack((name, wav(0.2)))).json()["results"][0]["filename"] == name


def test_notes_name_members_that_are_the_same_on_other_file_systems(
    client: TestClient, wav: MakeWav
) -> None:
    names = ["é.wav", "e\u0301.wav", "cry.wav", "day/Cry.WAV", "CRY.wav", "b.wav"]
    body = classify(client, pack(*((name, wav(0.2)) for name in names))).json()
    assert body["notes"] == [
        "These names are the same on macOS and Windows: é.wav, e\u0301.wav.",
        "These names are the same on macOS and Windows: cry.wav, CRY.wav.",
    ]
    assert classify(client, pack(("a.wav", wav(0.2)), ("b.wav", wav(0.2)))).json()["notes"] == []


def test_members_that_are_no_recordings_are_listed_as_skipped(
    client: TestClient, wav: MakeWav
) -> None:
    data = pack(
        ("clips/", b""),
        ("clips/a.wav", wav(0.2)),
        ("__MACOSX/clips/._a.wav", b"x"),
        ("clips/.DS_Store", b"x"),
        ("Thumbs.db", b"x"),
        ("clips/.b.wav", wav(0.2)),
        ("clips/._a.wav", b"x"),
        ("clips/a.wav.bad", wav(0.2)),
        ("README", b"Read me first, please."),
    )
    body = classify(client, data).json()
    assert [r["filename"] for r in body["results"]] == ["clips/a.wav"]
    assert [(s["filename"], s["reason"]) for s in body["skipped"]] == [
        ("clips/", "folder"),
        ("__MACOSX/clips/._a.wav", "system_folder"),
        ("clips/.DS_Store", "system_file"),
        ("Thumbs.db", "system_file"),
        ("clips/.b.wav", "hidden"),
        ("clips/._a.wav", "apple_double"),
        ("clips/a.wav.bad", "other_suffix"),
        ("README", "not_audio"),
    ]


@pytest.mark.parametrize(
    ("data", "code", "status"),
    [
        (b"", "archive_invalid", 422),
        (b"no archive at all", "archive_invalid", 422),
        (pack(("a.wav", b"x" * 999))[:-30], "archive_invalid", 422),
        (pack(), "archive_invalid", 422),
        (pack(("only/", b"")), "archive_invalid", 422),
        (pack(("notes.txt", b"words")), "archive_invalid", 422),
        (pack(*[(f"{i}.wav", b"") for i in range(257)]), "too_many_files", 413),
    ],
)
def test_an_archive_that_cannot_be_used_is_a_problem(
    client: TestClient, data: bytes, code: str, status: int
) -> None:
    answer = classify(client, data)
    assert (answer.status_code, answer.json()["code"]) == (status, code)
    assert answer.json()["hint"]


def test_another_media_type_is_refused(client: TestClient) -> None:
    assert client.post("/predict_zip", json={}).status_code == 415


@pytest.mark.parametrize(
    ("declared", "code"),
    [
        (16 * MIB, "archive_too_large"),
        (100, "archive_member_refused"),  # wrong
        (MIB, "archive_member_refused"),  # one that is below the ratio
    ],
)
def test_a_decompression_bomb_is_not_unpacked(declared: int, code: str) -> None:
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


def test_all_unpacked_bytes_together_are_limited() -> None:
    noise = zlib.compress(bytes(range(256)) * 64)
    members = [(f"{i}.wav", noise * 20) for i in range(10)]
    size = len(noise) * 20
    found = items(pack(*members), total_bytes=4 * size)
    assert [outcome(item) for item in found[:4]] == [members[0][1]] * 4
    assert [outcome(item) for item in found[4:]] == ["archive_too_large"] * 6


def test_members_that_share_their_bytes_are_limited_too() -> None:
    """The directory may list the same packed bytes many times."""
    data = pack(("a.wav", bytes(range(256)) * 4096), method=zipfile.ZIP_STORED)
    at = data.rfind(b"PK\x01\x02")
    end = data.rfind(b"PK\x05\x06")
    entry = data[at:end]
    tail = struct.pack("<4s4H2IH", b"PK\x05\x06", 0, 0, 200, 200, 200 * len(entry), at, 0)
    found = items(data[:at] + entry * 200 + tail, total_bytes=10 * MIB)
    assert [isinstance(item, Upload) for item in found] == [True] * 10 + [False] * 190


def test_batches_are_small() -> None:
    members = [(f"{i}.wav", bytes(range(256)) * 1024) for i in range(20)]
    archive = Archive(pack(*members, method=zipfile.ZIP_STORED), ArchiveLimits())
    sizes = [len(batch) for batch in archive.batches(clips=16, size=MIB)]
    assert sizes == [5, 5, 5, 5]


def test_unpacked_bytes_count_against_the_memory_budget(fake: MakeFake, wav: MakeWav) -> None:
    data = pack(*[(f"{i}.wav", wav(1.0)) for i in range(4)])
    limits = Settings(max_held_bytes=len(data) + 3 * len(wav(1.0)))
    with TestClient(create_app(limits, fake())) as client:
        answer = classify(client, data)
        assert (answer.status_code, answer.json()["code"]) == (503, "overloaded")
        again = classify(client, pack(("a", wav(1.0))))
    assert again.status_code == 200


def test_the_number_of_members_is_limited() -> None:
    data = pack(*[(f"{i}.wav", b"x") for i in range(9)])
    assert len(items(data, members=9)) == 9
    with pytest.raises(TooManyFilesError):
        items(data, members=8)


def test_a_symbolic_link_is_told_as_such(client: TestClient, wav: MakeWav) -> None:
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as archive:
        archive.writestr("a.wav", wav(0.2))
        for name in ("link.wav", "notes.txt", "REC001"):
            link = zipfile.ZipInfo(name)
            link.create_system, link.external_attr = 3, 0o120777 << 16
            archive.writestr(link, "a.wav")
    body = classify(client, stream.getvalue()).json()
    errors = {r["filename"]: r["error"]["detail"] for r in body["results"] if r.get("error")}
    assert errors.keys() == {"link.wav", "REC001"}
    assert all("It is a symbolic link" in text for text in errors.values())
    assert body["skipped"] == [{"filename": "notes.txt", "reason": "not_audio"}]
