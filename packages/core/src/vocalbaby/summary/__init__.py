"""Figures of timelines: what a researcher reports of recordings, with intervals.

Examples:
    >>> from vocalbaby import summary
    >>> from vocalbaby.entity.timeline import Segment, Timeline
    >>> babble = Segment(0, 1, "Canonical"), Segment(2, 3, "Non-canonical")
    >>> day = Timeline("day1", babble, duration_s=1800.0)
    >>> (row,) = summary.summarize(day, by=["recording"]).figures
    >>> row.given["cp_n"].value, row.given["voc_chi_ph"].value
    (0.5, 4.0)

``docs/summaries.md`` explains the figures, and ADR 32 where they stand.
"""

from vocalbaby.summary.config import SummaryConfig
from vocalbaby.summary.confusion import ConfusionTable, default_confusion
from vocalbaby.summary.metrics import METRICS
from vocalbaby.summary.page import to_html
from vocalbaby.summary.summarizing import Estimate, Figures, Summary, summarize
from vocalbaby.summary.units import BY, Unit
from vocalbaby.summary.writing import to_csv, to_json

__all__ = [
    "BY",
    "METRICS",
    "ConfusionTable",
    "Estimate",
    "Figures",
    "Summary",
    "SummaryConfig",
    "Unit",
    "default_confusion",
    "summarize",
    "to_csv",
    "to_html",
    "to_json",
]
