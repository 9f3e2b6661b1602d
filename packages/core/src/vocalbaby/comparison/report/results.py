"""The tables of a comparison, as the report reads them: ``artifacts/results/*.csv`` and ``*.json``.

Tables are small, and are read without pandas. Optional tables may be missing.
"""

import csv
import json
import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from vocalbaby.comparison.report.estimate import Estimate
from vocalbaby.comparison.report.rows import (
    Bin,
    ClassFigures,
    Confusion,
    CorpusFigures,
    CurvePoint,
    Difference,
    Figures,
    UnseenFigures,
)
from vocalbaby.exception import DataError, DataNotFoundError

__all__ = [
    "METRICS",
    "Bin",
    "ClassFigures",
    "Confusion",
    "CorpusFigures",
    "CurvePoint",
    "Difference",
    "Estimate",
    "Figures",
    "Results",
    "UnseenFigures",
    "read_results",
]

#: The metrics of results.csv, in the order of the tables.
METRICS: Final = ("uar", "macro_f1", "weighted_f1", "precision", "recall", "accuracy", "ece")

Row = Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Results:
    """All tables of a comparison.

    Attributes:
        figures: Rows of results.csv.
        classes: Rows of classes.csv.
        confusions: Matrices of confusions.json.
        bins: Rows of reliability.csv.
        differences: Rows of differences.csv.
        curves: Rows of learning_curves.csv; empty if it is missing.
        corpora: Rows of corpora.csv; empty if it is missing.
        unseen: Rows of unseen_corpora.csv, of the chosen experiment; empty if it is missing.
        findings: Names and details of findings.csv; empty if it is missing.
        settings: Content of settings.json; None if it is missing.
        choice: Content of choice.json, the choice on devel; None if it is missing.
    """

    figures: tuple[Figures, ...]
    classes: tuple[ClassFigures, ...] = ()
    confusions: tuple[Confusion, ...] = ()
    bins: tuple[Bin, ...] = ()
    differences: tuple[Difference, ...] = ()
    curves: tuple[CurvePoint, ...] = ()
    corpora: tuple[CorpusFigures, ...] = ()
    unseen: tuple[UnseenFigures, ...] = ()
    findings: tuple[tuple[str, str], ...] = ()
    settings: Mapping[str, Any] | None = None
    choice: Mapping[str, Any] | None = None

    def setting(self, name: str) -> Any:  # noqa: ANN401 - any JSON
        """Return a setting of the comparison; None if it is not known."""
        content = self.settings if isinstance(self.settings, dict) else {}
        section = content.get("comparison", content)
        return section.get(name) if isinstance(section, dict) else None

    def on(self, experiment: str, split: str) -> Figures | None:
        """Return the figures of an experiment on a split; None if there are none."""
        own = (f for f in self.figures if f.experiment == experiment and f.split == split)
        return next(own, None)

    def difference(self, first: str, second: str, split: str, metric: str) -> Difference | None:
        """Return first minus second, whichever of the two the table names first."""
        for row in self.differences:
            if (row.split, row.metric) != (split, metric):
                continue
            if (row.first, row.second) == (first, second):
                return row
            if (row.first, row.second) == (second, first):
                value, low, high = (None if v is None else -v for v in row.estimate)
                return row._replace(first=first, second=second, estimate=Estimate(value, high, low))
        return None


def read_results(folder: Path) -> Results:
    r"""Read the tables of a comparison.

    Args:
        folder: Folder of ``results.csv`` and the other tables.

    Returns:
        The tables. Undefined numbers are None.

    Raises:
        DataNotFoundError: The folder has no ``results.csv``.
        DataError: A table lacks a column, or has a value that is not a number.

    Examples:
        >>> import tempfile
        >>> folder = Path(tempfile.mkdtemp())
        >>> head = "feature_set,family,mode,split,n_clips,n_children,uar,uar_low,uar_high"
        >>> row = "a,svm,flat,test,90,9,0.7,0.6,0.8"
        >>> _ = (folder / "results.csv").write_text(f"{head}\n{row}\n")
        >>> read_results(folder).on("a/svm/flat", "test").metrics["uar"]
        Estimate(value=0.7, low=0.6, high=0.8)
    """
    if not (folder / "results.csv").is_file():
        raise DataNotFoundError(
            f"{folder} has no results.csv.",
            hint="Run `vocalbaby compare` first; the report is made from its results.",
        )
    try:
        return Results(
            figures=tuple(_figures(row) for row in _rows(folder / "results.csv")),
            classes=tuple(_class(row) for row in _rows(folder / "classes.csv")),
            confusions=tuple(_confusion(each) for each in _json(folder / "confusions.json") or ()),
            bins=tuple(_bin(row) for row in _rows(folder / "reliability.csv")),
            differences=tuple(_difference(row) for row in _rows(folder / "differences.csv")),
            curves=tuple(_curve(row) for row in _rows(folder / "learning_curves.csv")),
            corpora=tuple(_corpus(row) for row in _rows(folder / "corpora.csv")),
            unseen=tuple(_unseen(row) for row in _rows(folder / "unseen_corpora.csv")),
            findings=tuple((r["finding"], r["detail"]) for r in _rows(folder / "findings.csv")),
            settings=_json(folder / "settings.json"),
            choice=_json(folder / "choice.json"),
        )
    except (KeyError, TypeError, ValueError) as error:
        raise DataError(
            f"A table of {folder} is not one of a comparison: {error!r}.",
            hint="Delete the folder and run `vocalbaby compare` again.",
        ) from error


def _rows(path: Path) -> Iterator[Row]:
    if path.is_file():
        with path.open(encoding="utf-8", newline="") as stream:
            yield from csv.DictReader(stream)


def _json(path: Path) -> Any:  # noqa: ANN401 - any JSON
    return json.loads(path.read_text(encoding="utf-8")) if path.is_file() else None


def _number(text: str | None) -> float | None:
    value = float(text) if text else math.nan
    return value if math.isfinite(value) else None


def _count(row: Row, name: str) -> int:
    return int(float(row[name]))


def _estimate(row: Row, name: str) -> Estimate:
    ends = (_number(row.get(f"{name}_{end}")) for end in ("low", "high"))
    return Estimate(_number(row[name]), *ends)


def _name(row: Mapping[str, Any]) -> str:
    if "experiment" in row:
        return str(row["experiment"])
    return f"{row['feature_set']}/{row['family']}/{row['mode']}"


def _figures(row: Row) -> Figures:
    found = {m: _estimate(row, m) for m in METRICS if m in row}
    return Figures(
        _name(row), row["split"], _count(row, "n_clips"), _count(row, "n_children"), found
    )


def _class(row: Row) -> ClassFigures:
    figures = (_estimate(row, name) for name in ("precision", "recall", "f1"))
    return ClassFigures(_name(row), row["split"], row["class"], _count(row, "support"), *figures)


def _confusion(content: Mapping[str, Any]) -> Confusion:
    counts = tuple(tuple(int(count) for count in row) for row in content["counts"])
    classes = tuple(str(name) for name in content["classes"])
    if any(len(row) != len(classes) for row in (counts, *counts)):
        raise ValueError("a confusion matrix is not square")
    return Confusion(_name(content), str(content["split"]), classes, counts)


def _bin(row: Row) -> Bin:
    numbers = (_number(row["confidence"]), _number(row["accuracy"]))
    return Bin(_name(row), row["split"], _count(row, "n"), *numbers)


def _difference(row: Row) -> Difference:
    ends = (_number(row["low"]), _number(row["high"]))
    return Difference(
        row["first"],
        row["second"],
        row["split"],
        row["metric"],
        Estimate(_number(row["difference"]), *ends),
        _number(row["p_value"]),
        _number(row.get("p_value_holm")),
    )


def _curve(row: Row) -> CurvePoint:
    uar = Estimate(*(_number(row.get(name)) for name in ("uar", "low", "high")))
    return CurvePoint(_name(row), row["split"], _count(row, "children"), uar)


def _corpus(row: Row) -> CorpusFigures:
    counts = _count(row, "n_clips"), _count(row, "n_children")
    ends = (_number(row.get(f"uar_{end}", row.get(end))) for end in ("low", "high"))
    uar = Estimate(_number(row["uar"]), *ends)
    return CorpusFigures(_name(row), row["corpus"], row["split"], *counts, uar)


def _unseen(row: Row) -> UnseenFigures:
    counts = _count(row, "n_clips"), _count(row, "n_children")
    return UnseenFigures(row["corpus"], row["class"], *counts, _estimate(row, "recall"))
