"""The tables of docs/api.md are generated from the code."""

from pathlib import Path

import pytest

from vocalbaby.api.docs_tables import error_table, setting_table

MANUAL = Path(__file__).parents[4] / "docs" / "api.md"


@pytest.mark.parametrize("table", [error_table(), setting_table()])
def test_the_page_on_the_api_has_the_current_table(table: str) -> None:
    manual = MANUAL.read_text(encoding="utf-8")
    assert table in manual, "paste the output of: python -m vocalbaby.api.docs_tables"
