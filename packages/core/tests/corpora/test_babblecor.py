import os
from collections.abc import Callable
from hashlib import sha256
from pathlib import Path

import pytest
import soundfile

from vocalbaby.corpora.babblecor import babblecor
from vocalbaby.entity.manifest import Manifest
from vocalbaby.exception import ConfigError, DataError, DataNotFoundError

MakeWav = Callable[..., Path]
Read = Callable[..., Manifest]

HEADER = "clip_ID,child_ID,Answer,corpus,age_mo_round,child_gender,licence\n"
GOOD = "a.wav,c1,Crying,Seedlings,7,F,MIT\n"


@pytest.fixture
def read(tmp_path: Path, make_wav: MakeWav) -> Callable[..., Manifest]:
    """Read rows of a table for the recordings a.wav to e.wav."""
    for seed, name in enumerate("abcde"):
        make_wav(tmp_path / "clips" / f"{name}.wav", seed)

    def run(
        rows: str,
        header: str = HEADER,
        where: dict[str, list[str]] | None = None,
        same_child: dict[str, str] | None = None,
        corpus: str = "BabbleCor",
        progress: Callable[[int, int], None] | None = None,
    ) -> Manifest:
        (tmp_path / "metadata.csv").write_text(header + rows, encoding="utf-8")
        return babblecor(
            tmp_path / "metadata.csv",
            tmp_path / "clips",
            where=where,
            same_child=same_child,
            corpus=corpus,
            progress=progress,
        )

    return run


def rejection_code(manifest: Manifest) -> str:
    """Code of the only rejection; the valid row is the only record."""
    assert [r.clip_ID for r in manifest.records] == ["a.wav"]
    (only,) = manifest.rejections
    assert only.reason
    assert only.row == "metadata.csv:3"
    return only.code


def test_complete_row_becomes_a_record(read: Callable[..., Manifest], tmp_path: Path) -> None:
    (record,) = read(GOOD).records
    assert (record.clip_ID, record.child_ID, record.Answer) == ("a.wav", "c1", "Crying")
    assert (record.corpus, record.age_mo_round, record.child_gender) == ("Seedlings", 7, "F")
    assert record.duration_s == 0.25
    assert record.sha256 == sha256((tmp_path / "clips" / "a.wav").read_bytes()).hexdigest()
    assert record.split == ""


def test_accepts_empty_cells_and_clip_ids_without_suffix(
    read: Callable[..., Manifest],
) -> None:
    (record,) = read("a,c1,crying,,,NA,\n", corpus="Mine").records
    assert (record.clip_ID, record.Answer, record.corpus) == ("a", "Crying", "Mine")
    assert record.age_mo_round is None
    assert record.child_gender == ""


def test_requires_only_three_columns_and_keeps_a_given_split(read: Callable[..., Manifest]) -> None:
    (record,) = read("a.wav,c1,Junk,devel\n", header="clip_ID,child_ID,Answer,split\n").records
    assert (record.corpus, record.split) == ("BabbleCor", "devel")


@pytest.mark.parametrize(
    ("row", "code"),
    [
        ("z.wav,c1,Crying,,,,\n", "file_missing"),
        ("../clips/../../z.wav,c1,Crying,,,,\n", "path_outside"),
        ("b.wav,c1,Babbling,,,,\n", "label_unknown"),
        ("b.wav,c1,,,,,\n", "label_missing"),
        ("b.wav,,Crying,,,,\n", "child_missing"),
        ("b.wav,Unknown,Crying,,,,\n", "child_missing"),
        ("b.wav#2,c1,Crying,,,,\n", "clip_id_invalid"),
        ("b.wav,c1,Crying,Seedlings, Ohio,7,F,MIT\n", "row_malformed"),
        (",c1,Crying,,,,\n", "clip_id_missing"),
        ("a.wav,c2,Junk,Seedlings,,,\n", "duplicate_clip_id"),
        ("a.wav,c2,Junk,,,,\n", "duplicate_audio"),
        ("short row\n", "child_missing"),
    ],
)
def test_rejects_an_invalid_row_with_its_reason(
    read: Callable[..., Manifest], row: str, code: str
) -> None:
    assert rejection_code(read(GOOD + row)) == code


@pytest.mark.parametrize("age", ["seven", "-1", "400", "inf", '"7,5,1"', "7 months", "1e3"])
def test_an_unusable_age_costs_the_cell_and_not_the_clip(
    read: Callable[..., Manifest], age: str
) -> None:
    manifest = read(GOOD + f"b.wav,c1,Crying,,{age},F,\n")
    assert [r.age_mo_round for r in manifest.records] == [7, None]
    assert manifest.records[1].child_gender == "F"
    (note,) = manifest.notes
    assert (note.row, note.clip_ID, note.code) == ("metadata.csv:3", "b.wav", "age_invalid")
    assert age.strip('"') in note.message


@pytest.mark.parametrize("gender", ["x", "boy", "girl", "1", "0"])
def test_an_unusable_gender_costs_the_cell_and_not_the_clip(
    read: Callable[..., Manifest], gender: str
) -> None:
    manifest = read(GOOD + f"b.wav,c1,Crying,,7,{gender},\n")
    assert [(r.age_mo_round, r.child_gender) for r in manifest.records] == [(7, "F"), (7, "")]
    assert [(n.code, repr(gender) in n.message) for n in manifest.notes] == [
        ("gender_invalid", True)
    ]


def test_a_row_that_is_rejected_has_no_note(read: Callable[..., Manifest]) -> None:
    manifest = read(GOOD + "a.wav,c1,Crying,Seedlings,seven,boy,\n")
    assert rejection_code(manifest) == "duplicate_clip_id"
    assert manifest.notes == ()


def test_rejects_an_unknown_split(read: Callable[..., Manifest]) -> None:
    header = "clip_ID,child_ID,Answer,split\n"
    assert (
        rejection_code(read("a.wav,c1,Junk,\nb.wav,c1,Junk,held-out\n", header=header))
        == "split_unknown"
    )


def test_keeps_the_first_of_two_identical_recordings_and_reports_conflicting_labels(
    read: Callable[..., Manifest], tmp_path: Path
) -> None:
    (tmp_path / "clips" / "copy.wav").write_bytes((tmp_path / "clips" / "a.wav").read_bytes())
    manifest = read(GOOD + "copy.wav,c2,Junk,,,,\n")
    assert rejection_code(manifest) == "duplicate_audio"
    assert "a.wav, there labelled Crying" in manifest.rejections[0].reason


@pytest.mark.parametrize(
    ("data", "code"),
    [(b"", "audio_empty"), (b"no audio at all, but text", "audio_unreadable")],
)
def test_rejects_invalid_audio_with_the_code_of_the_decoder(
    read: Callable[..., Manifest], tmp_path: Path, data: bytes, code: str
) -> None:
    (tmp_path / "clips" / "bad.wav").write_bytes(data)
    assert rejection_code(read(GOOD + "bad.wav,c1,Crying,,,,\n")) == code


def test_rejects_a_folder_in_place_of_a_file(read: Callable[..., Manifest], tmp_path: Path) -> None:
    (tmp_path / "clips" / "dir.wav").mkdir()
    assert rejection_code(read(GOOD + "dir.wav,c1,Crying,,,,\n")) == "file_unreadable"


def test_rejects_impossible_file_names(read: Callable[..., Manifest]) -> None:
    assert rejection_code(read(GOOD + "b\0.wav,c1,Crying,,,,\n")) == "file_unreadable"
    assert rejection_code(read(GOOD + "b" * 300 + ".wav,c1,Crying,,,,\n")) == "file_unreadable"


def test_follows_links_that_lead_out_of_the_folder(
    read: Callable[..., Manifest], tmp_path: Path, make_wav: MakeWav
) -> None:
    (tmp_path / "clips" / "link.wav").symlink_to(make_wav(tmp_path / "cache" / "0a1b", 9))
    (record,) = read("link.wav,c1,Junk,,,,\n").records
    assert record.path == str(tmp_path / "clips" / "link.wav")


def test_where_keeps_only_the_accepted_values(read: Callable[..., Manifest]) -> None:
    rows = GOOD + "b.wav,c1,Crying,,,,CC-BY-SA-4.0\n"
    manifest = read(rows, where={"licence": ["MIT", "CC-BY-3.0"]})
    assert rejection_code(manifest) == "excluded"
    assert manifest.rejections[0].reason == "licence is 'CC-BY-SA-4.0'"


def test_a_child_under_two_ids_is_one_child(read: Callable[..., Manifest]) -> None:
    rows = GOOD + "b.wav,2.0,Junk,,,,\nc.wav,c3,Junk,,,,\n"
    manifest = read(rows, same_child={"2": "c1"})
    assert [r.child_ID for r in manifest.records] == ["c1", "c1", "c3"]
    for wrong in ({"c4": "c1"}, {"c3": "c4"}):
        with pytest.raises(ConfigError, match=r"'c4', which is no child_ID of .*metadata\.csv"):
            read(rows, same_child=wrong)


def test_every_row_is_accounted_for(read: Callable[..., Manifest]) -> None:
    rows = GOOD + "b.wav,c1,Junk,,,,\nz.wav,c1,Junk,,,,\nc.wav,,Junk,,,,\na.wav,c1,Junk,,,,\n"
    seen: list[tuple[int, int]] = []
    manifest = read(rows, progress=lambda done, total: seen.append((done, total)))
    assert len(manifest.records) + len(manifest.rejections) == 5
    assert seen == [(done, 5) for done in range(1, 6)]


def test_rejects_a_table_that_lacks_a_column(read: Callable[..., Manifest]) -> None:
    with pytest.raises(DataError, match=r"has no column Answer\. Its columns are: clip_ID, child"):
        read("a.wav,c1\n", header="clip_ID,child_ID\n")
    with pytest.raises(DataError, match="has no column source"):
        read(GOOD, where={"source": ["x"]})


def test_rejects_a_duplicate_column_only_if_it_is_used(
    read: Callable[..., Manifest],
) -> None:
    with pytest.raises(DataError, match="has the column Answer twice"):
        read("a.wav,c1,Crying,Junk\n", header="clip_ID,child_ID,Answer,Answer\n")
    assert read("a.wav,c1,Crying,,\n", header="clip_ID,child_ID,Answer,,\n").records


def test_rejects_an_unclosed_quote(read: Callable[..., Manifest]) -> None:
    with pytest.raises(DataError, match="not a CSV table"):
        read('a.wav,c1,"Crying,,,,\n' + GOOD)


def test_reads_a_table_saved_by_a_spreadsheet(tmp_path: Path, make_wav: MakeWav) -> None:
    make_wav(tmp_path / "a.wav")
    table = "\ufeffclip_ID,child_ID,Answer\r\na.wav,c1, crying \r\n"
    (tmp_path / "metadata.csv").write_bytes(table.encode())
    (record,) = babblecor(tmp_path / "metadata.csv", tmp_path).records
    assert (record.child_ID, record.Answer) == ("c1", "Crying")


def test_rejects_a_huge_file_without_reading_it(
    read: Callable[..., Manifest], tmp_path: Path
) -> None:
    with (tmp_path / "clips" / "huge.wav").open("wb") as stream:
        stream.truncate(2**40)
    assert rejection_code(read(GOOD + "huge.wav,c1,Crying,,,,\n")) == "audio_too_long"


def test_reports_missing_files_and_tables_that_are_not_text(
    read: Callable[..., Manifest], tmp_path: Path
) -> None:
    with pytest.raises(DataNotFoundError, match="no metadata table"):
        babblecor(tmp_path / "none.csv", tmp_path)
    read(GOOD)
    with pytest.raises(DataNotFoundError, match="no audio folder"):
        babblecor(tmp_path / "metadata.csv", tmp_path / "none")
    (tmp_path / "metadata.csv").write_bytes(b"clip_ID,child_ID,Answer\n\xff\xfe,c,Junk\n")
    with pytest.raises(DataError, match="not a CSV table in UTF-8"):
        babblecor(tmp_path / "metadata.csv", tmp_path / "clips")


def test_recordings_in_no_row_and_files_that_cannot_be_read_are_told(
    read: Read, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    (tmp_path / "clips" / "f.wav").symlink_to(".git/annex/objects/x/MD5E-s4.wav")
    os.mkfifo(tmp_path / "clips" / "g.wav")  # opening it would wait for a writer
    (tmp_path / "clips" / "notes.txt").write_text("text")
    manifest = read(GOOD + "f.wav,c1,Crying,,,,\n" + "g.wav,c1,Crying,,,,\n")
    assert [record.clip_ID for record in manifest.records] == ["a.wav"]
    assert [rejection.code for rejection in manifest.rejections] == ["broken_link", "special_file"]
    assert "git annex get" in manifest.rejections[0].reason
    assert "4 of 5 recordings in" in caplog.text


@pytest.mark.parametrize(
    ("split", "meaning"),
    [("Dev", "devel"), ("validation", "devel"), ("training", "train"), ("eval", "test")],
)
def test_reads_other_names_of_the_splits_and_decimal_commas(
    read: Callable[..., Manifest], split: str, meaning: str
) -> None:
    header = "clip_ID,child_ID,Answer,split,age_mo_round\n"
    (record,) = read(f'a.wav,c1,Junk,{split},"7,6"\n', header=header).records
    assert (record.split, record.age_mo_round) == (meaning, 8)


def test_reads_absolute_paths_inside_of_the_folder(
    read: Callable[..., Manifest], tmp_path: Path
) -> None:
    header = "clip_ID,child_ID,Answer\n"
    manifest = read(f"{tmp_path}/clips/a.wav,c1,Junk\n{tmp_path}/b.wav,c1,Junk\n", header=header)
    assert [record.clip_ID for record in manifest.records] == ["a.wav"]
    assert [rejection.code for rejection in manifest.rejections] == ["path_outside"]


def test_a_clip_without_suffix_may_be_in_another_format(
    read: Callable[..., Manifest], tmp_path: Path
) -> None:
    samples, rate = soundfile.read(tmp_path / "clips" / "a.wav")
    soundfile.write(tmp_path / "clips" / "flac.flac", samples, rate)
    manifest = read("flac,c1,Junk\n", header="clip_ID,child_ID,Answer\n")
    assert [Path(record.path).name for record in manifest.records] == ["flac.flac"]
    assert [note.code for note in manifest.notes] == ["file_name_differs"]
