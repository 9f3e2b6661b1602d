"""Tables of the page."""

from collections.abc import Sequence
from html import escape

from vocalbaby.corpus.agreement.results import Confusion

__all__ = ["figure_table", "heat_map"]


def figure_table(
    caption: str, heads: Sequence[str], rows: Sequence[tuple[str, Sequence[str]]]
) -> str:
    """Write a table of figures; intervals in brackets are on a line of their own.

    Args:
        caption: Caption.
        heads: Heads of the columns.
        rows: Name and cells of each row.

    Returns:
        HTML.

    Examples:
        >>> "<small>0.1 to 0.3</small>" in figure_table("a", ["Class", "F1"],
        ...                                             [("A", ["0.2 (0.1 to 0.3)"])])
        True
    """
    head = "".join(f"<th scope=col>{escape(text)}</th>" for text in heads)
    body = "".join(
        f"<tr><th scope=row>{escape(name)}</th>{''.join(map(_cell, cells))}</tr>"
        for name, cells in rows
    )
    return (
        f'<div class="wide"><table><caption>{escape(caption)}</caption><thead><tr>{head}</tr>'
        f"</thead><tbody>{body}</tbody></table></div>"
    )


def _cell(text: str) -> str:
    value, _, ends = text.partition(" (")
    return (
        f"<td>{escape(value)}" + (f"<small>{escape(ends[:-1])}</small>" if ends else "") + "</td>"
    )


def heat_map(matrix: Confusion, caption: str) -> str:
    """Write a confusion matrix as a table whose cells are darker for larger shares of the row.

    Args:
        matrix: The matrix.
        caption: Caption.

    Returns:
        HTML.

    Examples:
        >>> matrix = Confusion("units", ("A", "B"), ("A", "B"), ((3.0, 1.0), (0.0, 4.0)))
        >>> page = heat_map(matrix, "Units")
        >>> "75 %" in page, page.count("hit")
        (True, 2)
    """
    head = "".join(f"<th scope=col>{escape(name)}</th>" for name in matrix.columns)
    lines = []
    for i, (name, counts) in enumerate(zip(matrix.rows, matrix.counts, strict=True)):
        total = sum(counts)
        cells = []
        for j, count in enumerate(counts):
            share = count / total if total else 0.0
            style = ' class="hit"' if matrix.rows[i] == matrix.columns[j] else ""
            text = f"{100 * share:.0f} %" if total else "-"
            cells.append(
                f'<td{style} style="--share:{share:.3f}">{text}<small>{count:,.0f}</small></td>'
            )
        lines.append(f"<tr><th scope=row>{escape(name)}</th>{''.join(cells)}</tr>")
    return (
        f'<div class="wide"><table class="heat"><caption>Rows: reference, columns: other side. '
        f"{escape(caption)}</caption><thead><tr><td></td>{head}</tr></thead>"
        f"<tbody>{''.join(lines)}</tbody></table></div>"
    )
