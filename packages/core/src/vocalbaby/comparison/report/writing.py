"""Writes the report beside the tables."""

from pathlib import Path

from vocalbaby.comparison.report.latex import to_latex
from vocalbaby.comparison.report.page import to_html
from vocalbaby.comparison.report.results import read_results
from vocalbaby.comparison.report.sections import ranked
from vocalbaby.comparison.report.summary import read_summary, write_atomically

__all__ = ["write_report"]


def write_report(results: Path) -> None:
    r"""Write ``report.html`` and ``table.tex``. The same results give the same bytes.

    Args:
        results: Folder of the tables, and of ``summary.json``, which
            `vocalbaby.comparison.reasons.explain` writes.

    Raises:
        DataNotFoundError: The folder has no ``results.csv``.
        DataError: A table is damaged.
        FileNotFoundError: There is no ``summary.json``.

    Examples:
        >>> import tempfile
        >>> from vocalbaby.comparison.reasons import explain
        >>> folder = Path(tempfile.mkdtemp())
        >>> head = "feature_set,family,mode,split,n_clips,n_children,uar,uar_low,uar_high"
        >>> row = "a,svm,flat,devel,90,9,0.7,0.6,0.8"
        >>> _ = (folder / "results.csv").write_text(f"{head}\n{row}\n")
        >>> _ = explain(folder)
        >>> write_report(folder)
        >>> sorted(path.name for path in folder.iterdir())
        ['report.html', 'results.csv', 'summary.json', 'table.tex']
    """
    tables, summary = read_results(results), read_summary(results)
    rows = [
        row
        for name in ranked(tables, summary.objective)
        for split in ("devel", "test")
        if (row := tables.on(name, split)) is not None
    ]
    write_atomically(results / "report.html", to_html(tables, summary))
    write_atomically(results / "table.tex", to_latex(rows, summary.confidence))
