from pathlib import Path

import pytest

from vocalbaby.features.table import render, update

PAGE = Path("docs/features.md")


def test_the_documented_columns_are_current() -> None:
    text = PAGE.read_text(encoding="utf-8")
    assert update(text) == text, f"run: python -m vocalbaby.features.table {PAGE}"


def test_tables_name_every_column() -> None:
    assert render().count("\n| `") == 40 + 105 + 88 + 1 + 1


def test_a_set_of_many_columns_has_one_row() -> None:
    assert "| `embedding_0001` to `embedding_1023` | 1 | embedding | 478 columns" in render()


def test_a_page_without_markers_is_refused() -> None:
    with pytest.raises(ValueError, match="not enough values"):
        update("# Features")
