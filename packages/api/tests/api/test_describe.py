"""The manual's tables are those of the code."""

from pathlib import Path

import pytest

from vocalbaby.api.openapi.settings_table import error_table, setting_table

MANUAL = Path(__file__).parents[4] / "docs" / "api.md"


@pytest.mark.parametrize("table", [error_table(), setting_table()])
def test_the_manual_has_the_table_as_it_is_now(table: str) -> None:
    manual = MANUAL.read_text(encoding="utf-8")
    assert table in manual, "paste the output of: python -m vocalbaby.api.openapi.settings_table"
