"""Figures as one page of HTML, which requests nothing else and has no scripts."""

from vocalbaby.summary.page.writing import to_html

__all__ = ["to_html"]
