from dataclasses import replace
from pathlib import Path

import pytest

from vocalbaby.components.manifests import read_manifest, write_manifest
from vocalbaby.entity.manifest import ClipRecord, Manifest, Rejection
from vocalbaby.exception import DataError, DataNotFoundError

RECORD = ClipRecord('a, "b".wav', "kïd", "Junk", "x", 7, "F", "a.wav", "train", 0.125, "ab" * 32)


def test_reads_what_was_written(tmp_path: Path) -> None:
    audio = tmp_path / "elsewhere" / "a.wav"
    manifest = Manifest(
        (
            replace(RECORD, path=str(audio)),
            replace(RECORD, clip_ID="c", age_mo_round=None, path=str(audio)),
        ),
        (Rejection("m.csv:3", "z", "file_missing", "not there, at all"),),
    )
    write_manifest(manifest, tmp_path / "out")
    again = read_manifest(tmp_path / "out")
    assert again.rejections == manifest.rejections
    assert [replace(r, path="") for r in again.records] == [
        replace(r, path="") for r in manifest.records
    ]
    assert {Path(r.path).resolve() for r in again.records} == {audio.resolve()}


def test_paths_are_relative_to_the_table(tmp_path: Path) -> None:
    tables = []
    for home in (tmp_path / "one", tmp_path / "another"):
        record = replace(RECORD, path=str(home / "audio" / "a.wav"))
        write_manifest(Manifest((record,)), home / "ingestion")
        tables.append((home / "ingestion" / "manifest.csv").read_bytes())
    assert tables[0] == tables[1]
    assert b"../audio/a.wav" in tables[0]


def test_reports_a_missing_or_invalid_table(tmp_path: Path) -> None:
    with pytest.raises(DataNotFoundError, match=r"no .*manifest\.csv"):
        read_manifest(tmp_path)
    write_manifest(Manifest((RECORD,)), tmp_path)
    table = tmp_path / "manifest.csv"
    text = table.read_text(encoding="utf-8")
    for faulty, message in (
        (text.replace("0.125", "long"), r"manifest\.csv:2: could not convert"),
        (text.replace(",7,", ",seven,"), "invalid literal"),
        (text.replace("duration_s", "length"), "has the columns"),
        (text.replace("train", "train,test"), "too many cells"),
        ("", "has the columns none"),
        (text.replace("x", "\ud800"), "not a CSV table in UTF-8"),
    ):
        table.write_bytes(faulty.encode("utf-8", errors="surrogatepass"))
        with pytest.raises(DataError, match=message):
            read_manifest(tmp_path)
