"""The tables of errors and settings in docs/api.md: ``python -m vocalbaby.api.docs_tables``."""

import sys
from collections.abc import Iterable, Sequence

from vocalbaby.api.settings import ENV_PREFIX, Settings
from vocalbaby.exception.table import TABLE

__all__ = ["error_table", "setting_table"]


def error_table() -> str:
    """Every problem's code, status and title, in Markdown."""
    rows = ((f"`{code}`", row.http_status, row.title) for code, row in TABLE.items())
    return _table(("code", "status", "title"), rows)


def setting_table() -> str:
    """Every setting, in Markdown."""
    rows = (
        (
            f"`--{name.replace('_', '-')}`",
            f"`{ENV_PREFIX}{name.upper()}`",
            "" if field.default is None else f"`{field.default}`",
            field.description or "",
        )
        for name, field in Settings.model_fields.items()
    )
    return _table(("option", "environment", "default", "meaning"), rows)


def _table(head: Sequence[str], rows: Iterable[Sequence[object]]) -> str:
    lines = [head, ["---"] * len(head), *rows]
    return "\n".join(f"| {' | '.join(map(str, line))} |" for line in lines)


if __name__ == "__main__":
    sys.stdout.write(f"{error_table()}\n\n{setting_table()}\n")
