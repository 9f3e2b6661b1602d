"""What cannot be opened is reported, and links in a circle do not make a pattern endless."""

import builtins
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from vocalbaby.audio.listing import expand_pattern, list_folder
from vocalbaby.commands.inputs import expand


def test_a_pattern_over_links_in_a_circle_ends(tmp_path: Path) -> None:
    (tmp_path / "d").mkdir()
    for name in ("a.wav", "d/b.wav", "notes.txt"):
        (tmp_path / name).write_bytes(b"")
    for name in ("x", "y", "d/up"):
        (tmp_path / name).symlink_to(tmp_path)
    found = [str(match) for match in expand_pattern(f"{tmp_path}/**/*.wav")]
    assert [os.path.relpath(path, tmp_path) for path in found] == ["a.wav", "d/b.wav"]


def test_patterns_match_as_those_of_the_shell(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for folder in ("day1/am", "day2", ".git"):
        (tmp_path / folder).mkdir(parents=True)
    for name in ("day1/a.wav", "day1/am/b.wav", "day2/c.wav", "d.wav", ".git/e.wav"):
        (tmp_path / name).write_bytes(b"")
    monkeypatch.chdir(tmp_path)
    expected = {
        "*.wav": ["d.wav"],
        "day?/*.wav": ["day1/a.wav", "day2/c.wav"],
        "day[12]/am/b.wav": ["day1/am/b.wav"],
        "**/*.wav": ["d.wav", "day1/a.wav", "day1/am/b.wav", "day2/c.wav"],
        "./*/": ["./day1/", "./day2/"],
        "da*": ["day1", "day2"],
        "*/none.wav": [],
    }
    assert {pattern: expand_pattern(pattern) for pattern in expected} == expected


def shut(monkeypatch: pytest.MonkeyPatch, path: Path) -> None:
    """Let opening or listing a path fail as for another user's file, also for root."""
    scandir, opened = os.scandir, builtins.open

    def denied_scandir(folder: str) -> Iterator[os.DirEntry[str]]:
        if folder.rstrip("/") == str(path):
            raise PermissionError(13, "Permission denied", folder)
        return scandir(folder)

    def denied_open(file: str, *args: Any, **kwargs: Any) -> Any:
        if str(file) == str(path):
            raise PermissionError(13, "Permission denied", file)
        return opened(file, *args, **kwargs)

    monkeypatch.setattr(os, "scandir", denied_scandir)
    monkeypatch.setattr(builtins, "open", denied_open)


@pytest.mark.parametrize("pattern", ["**/*.wav", "shut/*.wav"])
def test_a_folder_that_a_pattern_cannot_search_is_lost(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, pattern: str
) -> None:
    (tmp_path / "shut").mkdir()
    (tmp_path / "a.wav").write_bytes(b"")
    shut(monkeypatch, tmp_path / "shut")
    lost = [file for file in expand([f"{tmp_path}/{pattern}"]) if file.lost]
    assert [file.reason for file in lost] == ["unreadable"]
    assert "shut/ cannot be read: Permission denied" in lost[0].message


def test_an_unreadable_file_without_a_suffix_may_be_a_recording(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("REC001", "notes.txt"):
        (tmp_path / name).write_bytes(b"RIFF....WAVE")
    shut(monkeypatch, tmp_path / "REC001")
    found = {Path(file.path).name: (file.reason, file.lost) for file in list_folder(str(tmp_path))}
    assert found == {"REC001": ("unreadable", True), "notes.txt": ("other_suffix", False)}


def test_a_broken_link_that_may_be_a_folder_is_lost(tmp_path: Path) -> None:
    links = {"child.01": "day", "kid.x": "day", "day": "day2", "a.txt": "b.txt", "a.wav": "b.wav"}
    for name, target in links.items():
        (tmp_path / name).symlink_to(f"/nowhere/{target}")
    lost = {Path(file.path).name for file in list_folder(str(tmp_path)) if file.lost}
    assert lost == {"child.01", "kid.x", "day", "a.wav"}
