import logging
import os
from collections.abc import Callable
from pathlib import Path

import pytest

from vocalbaby.components.manifests import read_manifest, write_manifest
from vocalbaby.corpora.folder import folder
from vocalbaby.exception import ConfigError, DataNotFoundError

MakeWav = Callable[..., Path]


def test_takes_class_and_child_from_the_folders_regardless_of_case(
    tmp_path: Path, make_wav: MakeWav, caplog: pytest.LogCaptureFixture
) -> None:
    make_wav(tmp_path / "CRYING" / "baby1" / "a.wav", 1)
    make_wav(tmp_path / "non-Canonical" / "baby2" / "deep" / "b.WAV", 2)
    manifest = folder(tmp_path, corpus="mine")
    found = [(r.clip_ID, r.Answer, r.child_ID, r.corpus) for r in manifest.records]
    assert found == [
        ("CRYING/baby1/a.wav", "Crying", "baby1", "mine"),
        ("non-Canonical/baby2/deep/b.WAV", "Non-canonical", "baby2", "mine"),
    ]
    assert not caplog.records


def test_takes_the_child_from_the_pattern_or_else_from_the_folder(
    tmp_path: Path, make_wav: MakeWav
) -> None:
    make_wav(tmp_path / "Junk" / "k07_a.wav", 1)
    make_wav(tmp_path / "Junk" / "room" / "plain.wav", 2)
    manifest = folder(tmp_path, child_pattern="^([^_]+)_")
    assert [r.child_ID for r in manifest.records] == ["k07", "room"]
    assert {r.corpus for r in manifest.records} == {tmp_path.name}


def test_warns_if_no_child_is_known_and_counts_each_file_as_a_child(
    tmp_path: Path, make_wav: MakeWav, caplog: pytest.LogCaptureFixture
) -> None:
    make_wav(tmp_path / "Junk" / "a.wav", 1)
    make_wav(tmp_path / "Junk" / "b.wav", 2)
    with caplog.at_level(logging.WARNING):
        manifest = folder(tmp_path)
    assert [r.child_ID for r in manifest.records] == ["Junk/a.wav", "Junk/b.wav"]
    assert "no child is known for 2 of 2 files" in caplog.text


def test_every_file_is_accounted_for(tmp_path: Path, make_wav: MakeWav) -> None:
    make_wav(tmp_path / "Junk" / "c" / "good.wav", 1)
    make_wav(tmp_path / "Junk" / "c" / "same.wav", 1)
    make_wav(tmp_path / "Singing" / "c" / "a.wav", 2)
    make_wav(tmp_path / "loose.wav", 3)
    (tmp_path / "notes.txt").write_text("not audio")
    (tmp_path / "Junk" / "text.wav").write_text("not audio either")
    (tmp_path / ".hidden").write_text("passed over")
    manifest = folder(tmp_path)
    assert [r.clip_ID for r in manifest.records] == ["Junk/c/good.wav"]
    assert {r.clip_ID: r.code for r in manifest.rejections} == {
        "Junk/c/same.wav": "duplicate_audio",
        "Junk/text.wav": "audio_unreadable",
        "Singing/c/a.wav": "label_unknown",
        "loose.wav": "label_unknown",
        "notes.txt": "not_audio",
        ".hidden": "hidden",
    }


def test_links_and_odd_names_are_accounted_for(tmp_path: Path, make_wav: MakeWav) -> None:
    root = tmp_path / "corpus"
    make_wav(root / "Junk" / "c" / "good.wav", 1)
    make_wav(tmp_path / "elsewhere" / "a.wav", 2)
    make_wav(root / "Junk" / "c" / "odd.wav", 3).rename(
        root / "Junk" / "c" / os.fsdecode(b"\xff.wav")
    )
    (root / "Junk" / "linked").symlink_to(tmp_path / "elsewhere")
    (root / "Junk" / "again").symlink_to(root / "Junk" / "c")
    (root / "Junk" / "up").symlink_to(tmp_path)
    (root / "Junk" / "c" / "gone.wav").symlink_to(tmp_path / "nowhere.wav")
    manifest = folder(root)
    assert [r.clip_ID for r in manifest.records] == ["Junk/c/good.wav", "Junk/linked/a.wav"]
    write_manifest(manifest, tmp_path / "out")
    assert {r.clip_ID: r.code for r in read_manifest(tmp_path / "out").rejections} == {
        "Junk/again": "same_folder",
        "Junk/up": "loop",
        "Junk/c/gone.wav": "broken_link",
        "Junk/c/\\udcff.wav": "name_invalid",
    }


def test_rejects_invalid_options(tmp_path: Path) -> None:
    with pytest.raises(DataNotFoundError, match="no folder"):
        folder(tmp_path / "none")
    with pytest.raises(ConfigError, match="not a regular expression"):
        folder(tmp_path, child_pattern="(")
    with pytest.raises(ConfigError, match="has 2 groups"):
        folder(tmp_path, child_pattern="(a)(b)")
    with pytest.raises(ConfigError, match="has 0 groups"):
        folder(tmp_path, child_pattern="abc")
