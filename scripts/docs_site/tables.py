"""Tables and texts in Markdown."""

import html
from collections.abc import Iterable, Sequence

__all__ = ["cell", "code", "table"]


def table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """A table.

    >>> print(table(["a", "b"], [["1", "2"]]), end="")
    | a | b |
    | --- | --- |
    | 1 | 2 |
    """
    lines = [head, ["---"] * len(head), *rows]
    return "".join(f"| {' | '.join(line)} |\n" for line in lines)


def cell(text: str) -> str:
    r"""A text in one cell of a table, with its markup escaped.

    >>> cell("a|b <c>\nd")
    'a\\|b &lt;c&gt; d'
    """
    text = " ".join(text.split()).replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    return text.replace("|", "\\|").replace("*", "\\*")


def code(text: object) -> str:
    """A literal in one cell of a table; nothing if it is empty.

    >>> code("a b"), code("a|b"), code("")
    ('`a b`', '<code>a&#124;b</code>', '')
    """
    literal = " ".join(str(text).split())
    if "|" in literal:  # Python-Markdown shows the backslash of an escaped one
        return f"<code>{html.escape(literal).replace('|', '&#124;')}</code>"
    return f"`{literal}`" if literal else ""
