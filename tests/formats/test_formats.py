"""Every format of every encoder is read exactly, to its end, and docs/formats.md says so.

Write the page anew with ``python -m tests.formats.table``.
"""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.formats.encoders import ENCODERS, Encoder
from tests.formats.table import PAGE, Row, measure, page, render

_found: dict[tuple[str, str], Row] = {}


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    yield tmp_path_factory.mktemp("formats")
    _found.clear()


def found(encoder: Encoder, folder: Path) -> Row:
    key = encoder.format, encoder.program
    if key not in _found:
        _found[key] = measure(encoder, folder)
    return _found[key]


@pytest.mark.parametrize("encoder", ENCODERS, ids=lambda e: f"{e.format}: {e.program}")
def test_samples_length_and_end_are_those_of_the_reference(encoder: Encoder, folder: Path) -> None:
    row = found(encoder, folder)
    assert row.faults == []
    assert row.refusal or row.cuts


def test_the_page_is_up_to_date(folder: Path) -> None:
    text = PAGE.read_text(encoding="utf-8")
    assert page(text, render([found(encoder, folder) for encoder in ENCODERS])) == text
