"""What a sample consists of, as text and as an object for JSON."""

from collections.abc import Mapping, Sequence
from typing import Any, Final

import numpy as np

from vocalbaby.corpus.sampling.drawing import Sample
from vocalbaby.corpus.sampling.manifest import SampledStretch
from vocalbaby.corpus.sampling.planning import expected_precision

__all__ = ["as_text", "describe"]

_ROWS: Final = 20
_WIDEST: Final = 0.5


def describe(sample: Sample) -> dict[str, Any]:
    """Describe a sample.

    Args:
        sample: The sample.

    Returns:
        ``stretches``, ``minutes``, ``recordings``, ``children`` and ``strata`` (lists of objects),
        ``population``, ``expected`` (half-widths of 95 % intervals of the canonical proportion;
        null where these are not known) and ``notes``.
    """
    frame, stretches = sample.frame, sample.stretches
    precision = None if sample.design is None else expected_precision(frame, sample.design)
    drawn = {(s.corpus, s.child_id) for s in stretches}
    without = [c for c in frame.children if c not in _children_of(stretches)]
    return {
        "stretches": len(stretches),
        "minutes": round(sum(s.duration_s for s in stretches) / 60, 3),
        "recordings": len({s.recording_id for s in stretches}),
        "population": {
            "units": len(frame),
            "minutes": round(float(frame.durations_s.sum()) / 60, 3),
            "recordings": len(frame.recordings),
            "children": len(frame.children),
        },
        "children": [
            _row({"corpus": corpus, "child_id": child}, stretches, corpus, child)
            for corpus, child in sorted(drawn)
        ],
        "children_without": ["/".join(filter(None, child)) for child in without],
        "strata": _strata(sample),
        "expected": None
        if precision is None
        else {
            "canonical_proportion": round(precision.proportion, 4),
            "half_width": round(precision.weighted, 4),
            "half_width_assisted": round(precision.assisted, 4),
        },
        "notes": list(sample.notes),
    }


def _children_of(stretches: Sequence[SampledStretch]) -> set[tuple[str, str]]:
    return {(s.corpus, s.child_id or f"recording {s.recording_id}") for s in stretches}


def _row(
    names: Mapping[str, str], stretches: Sequence[SampledStretch], corpus: str, child: str
) -> dict[str, Any]:
    own = [s.duration_s for s in stretches if (s.corpus, s.child_id) == (corpus, child)]
    return {**names, "stretches": len(own), "minutes": round(sum(own) / 60, 3)}


def _strata(sample: Sample) -> list[dict[str, Any]]:
    design = sample.design
    if design is None:
        return []
    n = len(design.names)
    populations = np.bincount(design.strata, minlength=n)
    counts = np.bincount(design.strata[sample.chosen], minlength=n)
    low = np.full(n, np.inf)
    high = np.zeros(n)
    np.minimum.at(low, design.strata, design.probabilities)
    np.maximum.at(high, design.strata, design.probabilities)
    return [
        {
            "stratum": name,
            "population": int(populations[i]),
            "sample": int(counts[i]),
            "smallest_probability": round(float(low[i]), 6),
            "largest_probability": round(float(high[i]), 6),
        }
        for i, name in enumerate(design.names)
        if populations[i]
    ]


def as_text(described: Mapping[str, Any], sampler: str, seed: int) -> str:
    """Write a description as text.

    Args:
        described: As of `describe`.
        sampler: Name of the sampler.
        seed: Seed of the draw.

    Returns:
        Lines for a terminal.
    """
    population = described["population"]
    first = (
        f"{described['stretches']} of {population['units']} units, "
        f"{described['minutes']:.1f} of {population['minutes']:.1f} minutes, "
        f"{described['recordings']} of {population['recordings']} recordings, "
        f"{population['children'] - len(described['children_without'])} of "
        f"{population['children']} children ({sampler}, seed {seed})"
    )
    lines = [first]
    if expected := described["expected"]:
        lines.append(
            f"Canonical proportion by the model: {expected['canonical_proportion']:.2f}. "
            f"Expected 95 % interval: {_interval(expected['half_width'])} from the sample alone, "
            f"{_interval(expected['half_width_assisted'])} with the predictions."
        )
    children = [
        [
            "/".join(filter(None, (c["corpus"], c["child_id"]))) or "not known",
            str(c["stretches"]),
            f"{c['minutes']:.1f}",
        ]
        for c in described["children"]
    ]
    lines += ["", *_table(["child", "units", "minutes"], children)]
    if len(described["strata"]) > 1:
        strata = [
            [
                s["stratum"],
                str(s["population"]),
                str(s["sample"]),
                f"{s['largest_probability']:.4f}",
            ]
            for s in described["strata"]
        ]
        head = ["stratum", "population", "sample", "largest probability"]
        lines += ["", *_table(head, strata)]
    return "\n".join(lines)


def _interval(half_width: float) -> str:
    return f"± {half_width:.3f}" if half_width < _WIDEST else f"over ± {_WIDEST}"


def _table(head: list[str], rows: list[list[str]]) -> list[str]:
    shown = rows[:_ROWS]
    widths = [max(map(len, column)) for column in zip(head, *shown, strict=True)]
    lines = [
        "  ".join(
            cell.ljust(width) if i == 0 else cell.rjust(width)
            for i, (cell, width) in enumerate(zip(row, widths, strict=True))
        ).rstrip()
        for row in [head, *shown]
    ]
    return lines + ([f"and {len(rows) - _ROWS} more"] if len(rows) > _ROWS else [])
