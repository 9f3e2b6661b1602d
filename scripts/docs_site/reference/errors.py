"""The page of error codes."""

from typing import Final

from scripts.docs_site.tables import code, table
from vocalbaby import exception
from vocalbaby.exception.table import TABLE

__all__ = ["pages"]

_HEAD: Final = """\
# Error codes

Every error has a stable code, which is the same in the library, the command and the service. In
Python, it is the attribute `code` of a subclass of [`VocalBabyError`](python/exception.md); the
command ends with the exit code; and the service responds with the status, and a [problem
document](../api.md#problems) that has the code. Some codes belong to the service or to the
command only.

"""


def pages() -> dict[str, str]:
    """Path -> text of the page."""
    classes = {
        getattr(exception, name).code: name
        for name in exception.__all__
        if "code" in vars(getattr(exception, name))
    }
    rows = (
        (
            code(name),
            row.title,
            code(classes.get(name, "")),
            str(row.exit_code),
            str(row.http_status),
        )
        for name, row in TABLE.items()
    )
    head = ("code", "title", "exception", "exit code", "HTTP status")
    return {"reference/errors.md": _HEAD + table(head, rows)}
