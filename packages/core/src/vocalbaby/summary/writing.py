"""Figures as CSV in the manner of ChildProject's metrics, and as JSON."""

import csv
import io
import json
from collections.abc import Mapping
from typing import Any, Final

from vocalbaby.summary.metrics import METRICS, unit_of
from vocalbaby.summary.summarizing import Estimate, Figures, Summary

__all__ = ["to_csv", "to_json"]

_ENDS: Final = ("", "_low", "_high")


def to_csv(summary: Summary) -> str:
    """Write one row for each unit, with a column for each figure and each end of its interval.

    The columns ``recording_filename`` and ``child_id`` and the figures have ChildProject's names.
    Corrected figures have the ending ``_corrected``. A figure without a value is ``NA``.

    Args:
        summary: The figures.

    Returns:
        The text of the file, whose first line has the names of the columns.

    Examples:
        >>> from vocalbaby import summary
        >>> from vocalbaby.entity.timeline import Segment, Timeline
        >>> day = Timeline("day1", (Segment(0, 2, "Crying"),), duration_s=3600.0)
        >>> text = summary.to_csv(summary.summarize(day, by=["recording"]))
        >>> head, row = (line.split(",") for line in text.splitlines())
        >>> dict(zip(head, row))["cry_voc_chi_ph"]
        '1'
    """
    corrected = any(row.corrected is not None for row in summary.figures)
    kinds = ("", "_corrected") if corrected else ("",)
    names = [f"{metric}{kind}{end}" for metric in METRICS for kind in kinds for end in _ENDS]
    stream = io.StringIO()
    writer = csv.writer(stream, lineterminator="\n")
    writer.writerow([*_identity(None), *names])
    for row in summary.figures:
        values: list[str] = []
        for metric in METRICS:
            for figures in (row.given, row.corrected)[: len(kinds)]:
                values += _cells(figures[metric] if figures else None)
        writer.writerow([*_identity(row).values(), *values])
    return stream.getvalue()


def _identity(row: Figures | None) -> dict[str, str]:
    unit = row.unit if row else None
    found = {
        "by": unit and unit.by,
        "recording_filename": unit and unit.recording_id,
        "child_id": unit and unit.child_id,
        "experiment": unit and unit.corpus,
        "age_months": unit and unit.age_months,
        "hour": unit and unit.hour,
        "hour_start": unit and unit.hour_start and unit.hour_start.isoformat(),
        "recordings": row and row.recordings,
        "duration": row and round(1000 * row.observed_s),
    }
    return {name: "NA" if value in (None, "") else str(value) for name, value in found.items()}


def _cells(estimate: Estimate | None) -> list[str]:
    if estimate is None:
        return ["NA"] * len(_ENDS)
    return [
        "NA" if value is None else f"{value:.7g}"
        for value in (estimate.value, estimate.low, estimate.high)
    ]


def to_json(summary: Summary) -> str:
    """Write an object with settings, warnings, units of the figures, and the figures.

    Args:
        summary: The figures.

    Returns:
        The text of the file.

    Examples:
        >>> import json
        >>> from vocalbaby import summary
        >>> from vocalbaby.entity.timeline import Segment, Timeline
        >>> day = Timeline("day1", (Segment(0, 2, "Crying"),), duration_s=3600.0)
        >>> data = json.loads(summary.to_json(summary.summarize(day, by=["recording"])))
        >>> data["units"]["cry_voc_chi_ph"], data["figures"][0]["given"]["cry_voc_chi_ph"]["value"]
        ('1/h', 1.0)
    """
    data = {
        "format": 1,
        "confusion_model_version": summary.model_version or None,
        "config": summary.config.model_dump(),
        "warnings": list(summary.warnings),
        "units": {name: unit_of(name) for name in METRICS},
        "figures": [_row(row) for row in summary.figures],
    }
    return json.dumps(data, indent=1) + "\n"


def _row(row: Figures) -> dict[str, Any]:
    unit = row.unit
    return {
        "by": unit.by,
        "recording_id": unit.recording_id,
        "child_id": unit.child_id,
        "corpus": unit.corpus or None,
        "age_months": unit.age_months,
        "hour": unit.hour,
        "hour_start": unit.hour_start.isoformat() if unit.hour_start else None,
        "recordings": row.recordings,
        "observed_s": round(row.observed_s, 3),
        "given": _estimates(row.given),
        "corrected": None if row.corrected is None else _estimates(row.corrected),
    }


def _estimates(figures: Mapping[str, Estimate]) -> dict[str, dict[str, float | None]]:
    return {
        name: {
            "value": _rounded(estimate.value),
            "low": _rounded(estimate.low),
            "high": _rounded(estimate.high),
        }
        for name, estimate in figures.items()
    }


def _rounded(value: float | None) -> float | None:
    return None if value is None else float(f"{value:.7g}")
