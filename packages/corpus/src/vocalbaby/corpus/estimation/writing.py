"""Estimates as CSV, as JSON, and as a paragraph for a methods section."""

import csv
import io
import math
from collections.abc import Iterator
from typing import Any

from vocalbaby.corpus.estimation.estimating import Estimates, Row
from vocalbaby.corpus.estimation.inference import Interval
from vocalbaby.utils.version import VERSION

__all__ = ["COLUMNS", "methods_paragraph", "to_csv", "to_values"]


def to_csv(estimates: Estimates) -> str:
    """Write one row for each figure of each group; what cannot be estimated is an empty cell.

    Args:
        estimates: The estimates.

    Examples:
        >>> from vocalbaby.corpus.estimation import estimate
        >>> to_csv(estimate([], [], [])).split(",")[:4]
        ['by', 'group', 'figure', 'unit']
    """
    stream = io.StringIO()
    writer = csv.DictWriter(stream, COLUMNS, lineterminator="\n")
    writer.writeheader()
    for row in to_values(estimates)["rows"]:
        writer.writerow({key: "" if value is None else value for key, value in row.items()})
    return stream.getvalue()


def to_values(estimates: Estimates) -> dict[str, Any]:
    """Return the estimates as what JSON can hold; null is what cannot be estimated.

    Args:
        estimates: The estimates.

    Examples:
        >>> from vocalbaby.corpus.estimation import estimate
        >>> to_values(estimate([], [], []))["level"]
        0.95
    """
    return {
        "level": estimates.level,
        "sampler": estimates.sampler,
        "unit": estimates.unit,
        "n_stretches": estimates.n_stretches,
        "annotated_minutes": round(estimates.annotated_s / 60, 3),
        "population_hours": round(estimates.population_s / 3600, 4),
        "warnings": list(estimates.warnings),
        "rows": [_row(row) for row in estimates.rows],
    }


def _row(row: Row) -> dict[str, Any]:
    values: dict[str, Any] = {
        "by": row.by,
        "group": row.group,
        "figure": row.figure,
        "unit": row.unit,
        "uncorrected": _rounded(row.uncorrected),
    }
    for name, found in (("corrected", row.assisted), ("sample_only", row.weighted)):
        values |= dict(_interval(name, found, is_estimable=row.is_estimable))
    return values | {
        "n_stretches": row.assisted.n,
        "n_events": row.assisted.n_events,
        "is_reliable": row.is_estimable and row.assisted.is_reliable,
        "gain": _rounded(gain_of(row)) if row.is_estimable else None,
    }


def _interval(
    name: str, found: Interval, *, is_estimable: bool
) -> Iterator[tuple[str, float | None]]:
    for end, value in (("", found.value), ("_low", found.low), ("_high", found.high)):
        yield f"{name}{end}", _rounded(value) if is_estimable else None


def gain_of(row: Row) -> float:
    """Return how many times as much annotation the sample alone would need for this interval.

    It is the ratio of the variances; NaN if one is not known.
    """
    alone, helped = row.weighted.standard_error, row.assisted.standard_error
    return (alone / helped) ** 2 if helped > 0 else math.nan


def _rounded(value: float) -> float | None:
    return float(f"{value:.6g}") if math.isfinite(value) else None


#: Columns of the table.
COLUMNS = (
    "by",
    "group",
    "figure",
    "unit",
    "uncorrected",
    *(f"{name}{end}" for name in ("corrected", "sample_only") for end in ("", "_low", "_high")),
    "n_stretches",
    "n_events",
    "is_reliable",
    "gain",
)


def methods_paragraph(estimates: Estimates) -> str:
    """Return sentences with the figures of the archive, ready for a methods section.

    Args:
        estimates: The estimates, with rows of the archive.
    """
    whole = {row.figure: row for row in estimates.rows if row.by == "archive"}
    hours, minutes = estimates.population_s / 3600, estimates.annotated_s / 60
    kind = "segments" if estimates.unit == "clips" else "stretches"
    text = (
        f"From {hours:.1f} hours of recordings, {estimates.n_stretches} {kind} ({minutes:.1f} "
        f"minutes) were drawn with known inclusion probabilities (sampler {estimates.sampler}) and "
        "annotated. Figures are model-assisted regression estimates (Särndal et al., 1992; "
        "prediction-powered inference with power tuning, Angelopoulos et al., 2023), computed by "
        f"VocalBaby {VERSION}, with {100 * estimates.level:g} % confidence intervals."
    )
    row = whole.get("cp_n")
    if row is not None and row.is_estimable and math.isfinite(row.assisted.low):
        found = row.assisted
        text += (
            f" The canonical proportion was {found.value:.3f} ({found.low:.3f} to "
            f"{found.high:.3f}); that of the model's labels alone was {row.uncorrected:.3f}."
        )
    return text
