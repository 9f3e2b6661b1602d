"""Tables and files that write the same name in different ways."""

import unicodedata
from collections.abc import Callable
from pathlib import Path

import pytest

from vocalbaby.corpora.babblecor import babblecor
from vocalbaby.corpora.folder import folder
from vocalbaby.entity.manifest import Manifest

MakeWav = Callable[..., Path]

NFC, NFD = (unicodedata.normalize(form, "bébé") for form in ("NFC", "NFD"))


@pytest.fixture
def read(tmp_path: Path, make_wav: MakeWav) -> Callable[..., Manifest]:
    def run(name: str, *files: str) -> Manifest:
        for seed, file in enumerate(files):
            make_wav(tmp_path / "clips" / file, seed)
        (tmp_path / "m.csv").write_text(
            f"clip_ID,child_ID,Answer\n{name},1,Junk\n", encoding="utf-8"
        )
        return babblecor(tmp_path / "m.csv", tmp_path / "clips")

    return run


@pytest.mark.parametrize(
    ("name", "file"),
    [
        (f"{NFC}.wav", f"{NFD}.wav"),
        (f"{NFD}.wav", f"{NFC}.wav"),
        (f"{NFC}", f"{NFD}.WAV"),
        ("Clip1.wav", "clip1.WAV"),
        (f"{NFC}/A.wav", f"{NFD}/a.wav"),
        ("1.0", "1.wav"),
        ("1", "001.wav"),
        ("Kid/1.0", "kid/1.wav"),
    ],
)
def test_finds_a_file_that_is_named_otherwise_and_says_so(
    read: Callable[..., Manifest], tmp_path: Path, name: str, file: str
) -> None:
    manifest = read(name, file, "other.wav")
    (record,) = manifest.records
    assert (record.clip_ID, record.path) == (name, str(tmp_path / "clips" / file))
    (note,) = manifest.notes
    assert (note.code, ascii(file) in note.message) == ("file_name_differs", True)


def test_an_exact_name_needs_no_note(read: Callable[..., Manifest], tmp_path: Path) -> None:
    manifest = read("a.wav", "a.wav", "A.wav")
    assert [r.path for r in manifest.records] == [str(tmp_path / "clips" / "a.wav")]
    assert manifest.notes == ()


def test_prefers_a_file_that_differs_in_unicode_form_only(
    read: Callable[..., Manifest], tmp_path: Path
) -> None:
    (record,) = read(f"{NFC}.wav", f"{NFD}.WAV", f"{NFD}.wav").records
    assert record.path == str(tmp_path / "clips" / f"{NFD}.wav")


@pytest.mark.parametrize(
    ("name", "files"),
    [
        ("AB.wav", ("ab.wav", "Ab.wav")),
        ("1", ("01.wav", "001.wav")),
        ("K/a.wav", ("k/A.wav", "k/á.wav", "k/a.WAV")),
    ],
)
def test_several_files_that_could_be_meant_are_a_rejection(
    read: Callable[..., Manifest], name: str, files: tuple[str, ...]
) -> None:
    manifest = read(name, *files)
    assert manifest.records == ()
    (rejection,) = manifest.rejections
    assert rejection.code == "file_ambiguous"
    assert Path(files[0]).name in rejection.reason
    assert Path(files[-1]).name in rejection.reason


@pytest.mark.parametrize("name", ["a.mp3", "a.FLAC"])
def test_a_clip_id_may_have_the_suffix_of_any_audio_format(
    read: Callable[..., Manifest], name: str
) -> None:
    (record,) = read(name, name).records
    assert record.clip_ID == name


def test_files_of_a_folder_that_differ_in_unicode_form_are_one_clip(
    tmp_path: Path, make_wav: MakeWav
) -> None:
    for seed, name in enumerate((NFC, NFD, NFC.upper())):
        make_wav(tmp_path / "Junk" / "kid" / f"{name}.wav", seed)
    manifest = folder(tmp_path)
    assert len(manifest.records) == 2
    (rejection,) = manifest.rejections
    assert rejection.code == "duplicate_clip_id"
    assert "other audio" in rejection.reason
