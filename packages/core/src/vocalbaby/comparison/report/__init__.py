"""The report of a comparison: a page with plots, a LaTeX table, and sentences."""
