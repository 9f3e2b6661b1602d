"""A comparison as one page of HTML, which requests nothing else and has no scripts."""

from vocalbaby.corpus.agreement.page.writing import PAGE_MARK, to_html

__all__ = ["PAGE_MARK", "to_html"]
