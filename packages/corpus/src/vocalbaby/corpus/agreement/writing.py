"""Figures as a tidy table and as JSON."""

import csv
import io
import json
from collections.abc import Iterator
from dataclasses import asdict
from typing import Any, Final

from vocalbaby.corpus.agreement.methods import methods_paragraph
from vocalbaby.corpus.agreement.results import Agreement
from vocalbaby.utils.version import VERSION

__all__ = ["COLUMNS", "comparisons", "to_csv", "to_document"]

#: Columns of the table, in order.
COLUMNS: Final = (
    "comparison",
    "by",
    "group",
    "level",
    "class",
    "measure",
    "value",
    "low",
    "high",
    "n",
)


def comparisons(agreement: Agreement) -> Iterator[tuple[str, Agreement]]:
    """Yield the comparisons by name: ``other``, and both rows of a second coder.

    Args:
        agreement: The comparison.

    Examples:
        >>> from vocalbaby.corpus.agreement.comparing import compare
        >>> from vocalbaby.entity.timeline import Timeline
        >>> day = Timeline("day1", duration_s=60.0)
        >>> [name for name, _ in comparisons(compare([day], [day], second=[day]))]
        ['other', 'other on the stretches of the second coder', 'second coder']
    """
    yield "other", agreement
    if agreement.same_stretches is not None and agreement.second is not None:
        yield "other on the stretches of the second coder", agreement.same_stretches
        yield "second coder", agreement.second


def to_csv(agreement: Agreement) -> str:
    """Write all figures as CSV, one row a figure; cells that are not defined are empty.

    Args:
        agreement: The comparison.

    Returns:
        CSV with the columns `COLUMNS`.

    Examples:
        >>> from vocalbaby.corpus.agreement.comparing import compare
        >>> from vocalbaby.entity.timeline import Timeline
        >>> day = Timeline("day1", duration_s=60.0)
        >>> to_csv(compare([day], [day])).splitlines()[1]
        'other,all,all,units,,agreement,1.0,,,600.0'
    """
    stream = io.StringIO()
    writer = csv.writer(stream, lineterminator="\n")
    writer.writerow(COLUMNS)
    for name, own in comparisons(agreement):
        for f in own.figures:
            row = (f.by, f.group, f.level, f.class_, f.measure, f.value, f.low, f.high, f.n)
            writer.writerow((name, *("" if each is None else each for each in row)))
    return stream.getvalue()


def to_document(agreement: Agreement) -> dict[str, Any]:
    """Return the comparison as JSON can hold it, with settings, notes and the paragraph.

    Args:
        agreement: The comparison.

    Returns:
        Keys ``version``, ``settings``, ``coverage``, ``figures``, ``confusions``, ``pairs``,
        ``notes`` and ``methods``.

    Examples:
        >>> from vocalbaby.corpus.agreement.comparing import compare
        >>> from vocalbaby.entity.timeline import Timeline
        >>> day = Timeline("day1", duration_s=60.0)
        >>> to_document(compare([day], [day]))["coverage"]["compared_s"]
        60.0
    """
    figures = [
        {"comparison": name, **{key.rstrip("_"): value for key, value in asdict(figure).items()}}
        for name, own in comparisons(agreement)
        for figure in own.figures
    ]
    document = {
        "version": VERSION,
        "labels": agreement.mode,
        "classes": agreement.classes,
        "none": agreement.none,
        "settings": agreement.config.model_dump(mode="json"),
        "coverage": asdict(agreement.coverage),
        "figures": figures,
        "confusions": [asdict(each) for each in agreement.confusions],
        "pairs": [asdict(each) for each in agreement.pairs],
        "notes": agreement.notes,
        "methods": methods_paragraph(agreement),
    }
    found: dict[str, Any] = json.loads(json.dumps(document))
    return found
