"""Metadata tables as spreadsheets and pandas save them."""

from pathlib import Path

import pytest

from vocalbaby.corpora.tables import Table, read_table
from vocalbaby.exception import DataError, DataNotFoundError

REQUIRED = ("clip_ID", "child_ID", "Answer")
PLAIN = 'clip_ID,child_ID,Answer,note\na.wav,kid é,Crying,"one\ntwo"\nb.wav,2,Junk,\n'


def read(tmp_path: Path, data: bytes) -> Table:
    (tmp_path / "m.csv").write_bytes(data)
    return read_table(tmp_path / "m.csv", REQUIRED, ("age_mo_round",))


@pytest.mark.parametrize("separator", [",", ";", "\t", "|"])
@pytest.mark.parametrize("newline", ["\n", "\r\n", "\r"])
@pytest.mark.parametrize(
    "encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "utf-32"]
)
def test_reads_encodings_separators_and_line_ends(
    tmp_path: Path, encoding: str, separator: str, newline: str
) -> None:
    text = PLAIN.replace(",", separator).replace("\n", newline)
    table = read(tmp_path, text.encode(encoding))
    assert table.columns == (*REQUIRED, "note")
    assert [row.cells for row in table.rows] == [
        dict(zip(table.columns, ("a.wav", "kid é", "Crying", f"one{newline}two"), strict=True)),
        dict(zip(table.columns, ("b.wav", "2", "Junk", ""), strict=True)),
    ]
    assert [row.line for row in table.rows] == [3, 4]


def test_a_decimal_comma_does_not_split_a_row_of_semicolons(tmp_path: Path) -> None:
    text = "clip_ID;child_ID;Answer;age_mo_round\na.wav;1,0;Crying;7,5\n"
    (row,) = read(tmp_path, text.encode()).rows
    assert (row.cells["child_ID"], row.cells["age_mo_round"]) == ("1,0", "7,5")


def test_reads_the_separator_line_of_excel(tmp_path: Path) -> None:
    text = "sep=;\r\nclip_ID;child_ID;Answer\r\na;1;Junk\r\n"
    (row,) = read(tmp_path, text.encode()).rows
    assert (row.line, row.cells["Answer"]) == (3, "Junk")


def test_rows_of_empty_cells_are_counted_and_blank_lines_are_not(tmp_path: Path) -> None:
    table = read(tmp_path, b"\n" + PLAIN.encode() + b",,,\n\n , ,,\n")
    assert (len(table.rows), table.empty) == (2, 2)


def test_finds_columns_in_another_case_and_with_spaces(tmp_path: Path) -> None:
    table = read(tmp_path, b" Clip_ID,CHILD_ID ,answer,Age_Mo_Round,Other\na,1,Junk,7,x\n")
    assert table.columns == (*REQUIRED, "age_mo_round", "Other")
    both = read(tmp_path, b"clip_ID,child_ID,Answer,answer\na,1,Junk,x\n")
    assert both.rows[0].cells["Answer"] == "Junk"


def test_short_rows_have_empty_cells_and_long_ones_a_surplus(tmp_path: Path) -> None:
    short, long = read(tmp_path, b"clip_ID,child_ID,Answer\na\nb,1,Junk,x,y\n").rows
    assert (short.cells["Answer"], short.surplus) == ("", ())
    assert (long.cells["Answer"], long.surplus) == ("Junk", ("x", "y"))


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (b"clip_ID,child_ID\na,1\n", r"no column Answer\. Its columns are: clip_ID, child_ID\."),
        (
            b"clip_ID;child_ID;label\n",
            r"no column Answer\. Its columns are: clip_ID, child_ID, lab",
        ),
        (b"", r"no column clip_ID, child_ID, Answer\. Its columns are: none"),
        (b"clip_ID,child_ID,Answer,Answer\n", "the column Answer twice"),
        (b"clip_ID,child_ID,Answer,Age_mo_round,AGE_MO_ROUND \n", "column age_mo_round twice"),
        (b"PK\x03\x04rest of a workbook", "workbook of a spreadsheet"),
        (b"clip_ID,child_ID,Answer\nJos\xe9,1,Junk\n", "UTF-8: line 2 has the byte 0xe9"),
        (b"sep=;;\nclip_ID;;child_ID;;Answer\n", "separator ';;', which is not one character"),
        (
            b'clip_ID,child_ID,Answer\na,1,"Junk\nb,2,Junk\n',
            r"line 2, is not a CSV table: .* ends in line 3",
        ),
    ],
)
def test_says_what_is_wrong_with_a_table(tmp_path: Path, data: bytes, message: str) -> None:
    with pytest.raises(DataError, match=message):
        read(tmp_path, data)


def test_says_which_folder_a_path_is_relative_to(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    with pytest.raises(DataNotFoundError, match=f"no metadata table gone.csv in {tmp_path}"):
        read_table(Path("gone.csv"), REQUIRED)


@pytest.mark.parametrize("first", ["sep=;", "SEP=;", '"sep=;"', "sep=\t", '"sep=\t"', "sep=TAB"])
def test_reads_the_line_that_declares_the_separator(tmp_path: Path, first: str) -> None:
    separator = ";" if ";" in first else "\t"
    lines = ("clip_ID,child_ID,Answer", "a,1,Junk")
    text = "\n".join([first, *(line.replace(",", separator) for line in lines)])
    (tmp_path / "m.csv").write_text(text)
    (row,) = read_table(tmp_path / "m.csv", REQUIRED).rows
    assert (row.line, row.cells) == (3, {"clip_ID": "a", "child_ID": "1", "Answer": "Junk"})
