"""The report of a comparison: a page with plots, a LaTeX table, and sentences."""

from vocalbaby.comparison.report.writing import write_report

__all__ = ["write_report"]
