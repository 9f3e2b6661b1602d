"""Which files of a folder are recordings, and why the others are passed over."""

import os
import socket
from pathlib import Path

import pytest

from vocalbaby.audio.listing import (
    REASONS,
    Listed,
    by_name,
    count,
    describe_counts,
    list_folder,
    look_at,
    same_but_for_case,
)

WAV = b"RIFF\x24\0\0\0WAVEfmt "


def make(root: Path, *names: str, data: bytes = WAV) -> None:
    for name in names:
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_bytes(data)


def reasons(root: Path, *, recursive: bool = True) -> dict[str, str]:
    found = list_folder(str(root), recursive=recursive)
    assert all(file.message for file in found if file.reason)
    assert {file.reason for file in found} <= {"", *REASONS}
    return {os.path.relpath(file.path, root): file.reason for file in found}


@pytest.mark.parametrize(
    ("name", "reason"),
    [
        ("a.wav", ""),
        ("day 1/A.WAV", ""),
        ("./a.Flac", ""),
        ("phone.M4A", ""),
        ("video.mov", ""),
        ("rec.w64", ""),
        ("a\udcff.wav", ""),
        ("REC001", "not_audio"),
        ("a.TextGrid", "not_audio"),
        ("day2.tar.gz", "archive"),
        ("a.wav.bad", "not_audio"),
        (".a.wav", "hidden"),
        (".hidden/a.wav", "hidden"),
        ("._a.wav", "apple_double"),
        ("day1\\._a.wav", "apple_double"),
        ("__MACOSX/._a.wav", "system_folder"),
        ("clips/__macosx/", "system_folder"),
        ("@eaDir/a.wav", "system_folder"),
        (".DS_Store", "system_file"),
        ("day1/Thumbs.db", "system_file"),
        ("day1/", "subfolder"),
        ("../a.wav", ""),
    ],
)
def test_a_name_is_a_recording_or_has_a_reason(name: str, reason: str) -> None:
    assert by_name(name) == reason


def test_every_file_of_a_folder_is_listed_in_order(tmp_path: Path) -> None:
    make(tmp_path, "b.wav", "A.WAV", "phone.3GP", "sub/c.webm", "sub/__MACOSX/._c.webm", ".git/x")
    make(tmp_path, "notes.txt", "README", data=b"Read me first, please.")
    make(tmp_path, "text", data="text".encode("utf-16"))
    make(tmp_path, "REC001", "a.wav.bad")
    make(tmp_path, "IMG_1", data=b"\0\0\0\x18ftypheic\0\0\0\0")
    expected = {
        ".git": "system_folder",
        "A.WAV": "",
        "IMG_1": "not_audio",
        "README": "not_audio",
        "REC001": "",
        "a.wav.bad": "other_suffix",
        "b.wav": "",
        "notes.txt": "not_audio",
        "phone.3GP": "",
        "sub/__MACOSX": "system_folder",
        "sub/c.webm": "",
        "text": "not_audio",
    }
    assert list(reasons(tmp_path).items()) == list(expected.items())
    shallow = reasons(tmp_path, recursive=False)
    assert shallow["sub"] == "subfolder"
    assert "sub/c.webm" not in shallow


def test_names_that_are_not_utf8_are_listed(tmp_path: Path) -> None:
    name = os.fsdecode(b"\xff.wav")
    make(tmp_path, name)
    assert reasons(tmp_path) == {name: ""}


def test_a_linked_folder_is_listed_once_under_its_own_name(tmp_path: Path) -> None:
    root = tmp_path / "root"
    make(root, "day1/a.wav")
    make(tmp_path, "outside/deep/b.wav")
    (root / "a_link").symlink_to("day1")
    (root / "deep").symlink_to(tmp_path / "outside" / "deep")
    (root / "far").symlink_to(tmp_path / "outside")
    assert reasons(root) == {
        "a_link": "same_folder",
        "day1/a.wav": "",
        "deep/b.wav": "",
        "far/deep": "same_folder",
    }


def test_links_cannot_make_a_circle(tmp_path: Path) -> None:
    root = tmp_path / "root"
    make(root, "day1/a.wav")
    make(tmp_path, "outside/b.wav")
    (root / "self.wav").symlink_to("self.wav")
    (root / "day1" / "up").symlink_to(root)
    (root / "day1" / "top").symlink_to("/")
    (root / "far").symlink_to(tmp_path / "outside")
    (tmp_path / "outside" / "back").symlink_to(root)
    found = reasons(root)
    assert found == {
        "day1/a.wav": "",
        "day1/top": "loop",
        "day1/up": "loop",
        "far/b.wav": "",
        "far/back": "same_folder",
        "self.wav": "loop",
    }
    assert [file.lost for file in list_folder(str(root)) if file.reason == "loop"] == [
        False,
        False,
        True,
    ]


@pytest.mark.parametrize(
    ("target", "hint"),
    [
        (".git/annex/objects/Fk/0P/MD5E-s4--1.wav/MD5E-s4--1.wav", "git annex get"),
        ("/home/me/.cache/dvc/files/md5/ab/cdef", "dvc pull"),
        ("/disk2/a.wav", "Restore that file"),
    ],
)
def test_a_broken_link_says_how_to_fetch_the_file(tmp_path: Path, target: str, hint: str) -> None:
    (tmp_path / "a.wav").symlink_to(target)
    (tmp_path / "notes.txt").symlink_to(target)
    link, notes = list_folder(str(tmp_path))
    assert (link.reason, link.lost, notes.reason) == ("broken_link", True, "not_audio")
    assert target in link.message
    assert hint in link.hint
    assert look_at(link.path) == link


def test_a_stand_in_for_a_file_that_is_not_fetched_is_told(tmp_path: Path) -> None:
    make(tmp_path, "a.wav", data=b"/annex/objects/MD5E-s4--1.wav\n")
    make(tmp_path, "b.wav", data=b"version https://git-lfs.github.com/spec/v1\noid sha256:1\n")
    make(tmp_path, "c.wav.dvc", "d.wav.dvc", "clips.dvc", data=b"outs:\n")
    make(tmp_path, "d.wav")
    found = {Path(file.path).name: file for file in list_folder(str(tmp_path))}
    missing = [name for name, file in found.items() if file.reason == "not_fetched" and file.lost]
    assert missing == ["a.wav", "b.wav", "c.wav.dvc", "clips.dvc"]
    assert "git annex get" in found["a.wav"].hint
    assert "git lfs pull" in found["b.wav"].hint
    assert "dvc pull" in found["c.wav.dvc"].hint
    assert (found["d.wav"].reason, found["d.wav.dvc"].reason) == ("", "not_audio")


def test_pipes_and_sockets_are_never_opened(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe.wav")  # opening it would wait for a writer
    os.mkfifo(tmp_path / "pipe")
    (tmp_path / "zero.wav").symlink_to("/dev/zero")
    with socket.socket(socket.AF_UNIX) as server:
        server.bind(str(tmp_path / "s.wav"))
        found = list_folder(str(tmp_path))
    assert {Path(f.path).name: (f.reason, f.lost) for f in found} == {
        "pipe": ("special_file", False),
        "pipe.wav": ("special_file", True),
        "s.wav": ("special_file", True),
        "zero.wav": ("special_file", True),
    }
    assert look_at(str(tmp_path / "pipe.wav")).reason == "special_file"


def test_a_folder_that_cannot_be_read_is_lost(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    make(tmp_path, "a.wav", "locked/b.wav")
    scan = os.scandir

    def deny(path: str) -> object:  # the superuser, who may run the tests, reads everything
        if path.endswith("locked"):
            raise PermissionError(13, "Permission denied", path)
        return scan(path)

    monkeypatch.setattr(os, "scandir", deny)
    readable, locked = list_folder(str(tmp_path))
    assert (readable.reason, locked.reason, locked.lost) == ("", "unreadable", True)
    assert "Permission denied" in locked.message


def test_a_file_that_is_named_is_a_recording_whatever_its_name(tmp_path: Path) -> None:
    make(tmp_path, "._a.txt", data=b"x")
    assert look_at(str(tmp_path / "._a.txt")) == Listed(str(tmp_path / "._a.txt"))
    assert look_at(str(tmp_path / "none")).reason == ""


def test_counts_by_reason() -> None:
    found = [
        Listed("a.wav"),
        Listed("a.txt", "not_audio"),
        Listed("B.TXT", "not_audio"),
        Listed("x", "not_audio"),
        Listed(".x", "hidden"),
    ]
    assert count(found) == {"hidden": 1, "not_audio": 3}
    assert describe_counts(found) == "1 hidden, 3 not_audio (.txt 2, no suffix 1)"


def test_names_that_are_one_name_elsewhere_are_grouped() -> None:
    assert same_but_for_case(["é.wav", "b.wav", "e\u0301.WAV", "b.wav"]) == [
        ["é.wav", "e\u0301.WAV"]
    ]
