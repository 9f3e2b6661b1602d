"""Names of folders and files."""

import re
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vocalbaby.monitoring.prediction_log.file_key import LogFileKey, hour_of, parse, version_folder

#: As core's storages allow a part of a key.
PART = re.compile(r"[A-Za-z0-9_=+-][A-Za-z0-9._=+-]*")


@given(st.text())
def test_every_version_has_a_folder(version: str) -> None:
    folder = version_folder(version)
    assert PART.fullmatch(folder)
    assert len(folder) <= 200


@given(st.lists(st.text(), min_size=2, max_size=2, unique=True))
def test_versions_do_not_share_a_folder(versions: list[str]) -> None:
    assert len({version_folder(version) for version in versions}) == 2


@pytest.mark.parametrize(
    ("version", "folder"),
    [
        ("vocalbaby-0.1_a+b", "vocalbaby-0.1_a+b"),
        ("../x", "=2E.=2Fx"),
        ("a=b", "a=3Db"),
        ("é", "=C3=A9"),
        ("", "="),
    ],
)
def test_a_version_folder_is_readable(version: str, folder: str) -> None:
    assert version_folder(version) == folder


def test_long_versions_have_different_folders() -> None:
    one, other = version_folder("x" * 400 + "1"), version_folder("x" * 400 + "2")
    assert one != other
    assert len(one) == 200


def test_a_key_is_parsed_into_its_parts() -> None:
    file_key = LogFileKey("m-1", hour_of(1_772_361_000 * 10**9), "0123456789abcdef-000001", ".part")
    assert file_key.key == "m-1/2026-03-01T10/0123456789abcdef-000001.part"
    assert parse(file_key.key) == file_key
    assert file_key.begins == datetime(2026, 3, 1, 10, tzinfo=UTC)
    assert file_key.ends == datetime(2026, 3, 1, 11, tzinfo=UTC)


@pytest.mark.parametrize(
    "key",
    [
        "notes.txt",
        "m/2026-03-01T10/notes.arrows",
        "m/2026-03-01/0123456789abcdef-000001.arrows",
        "a/m/2026-03-01T10/0123456789abcdef-000001.arrows",
        "m/2026-03-01T10/0123456789abcdef-000001.arrow",
        "m/2026-13-01T10/0123456789abcdef-000001.arrows",
    ],
)
def test_keys_of_other_files_are_not_parsed(key: str) -> None:
    assert parse(key) is None
