"""Writers of predictions: a table, CSV or JSON lines."""

import csv
import json
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any, Final, Protocol, TextIO

from vocalbaby.entity.labels import CLASSES
from vocalbaby.entity.prediction import Prediction
from vocalbaby.exception import VocalBabyError
from vocalbaby.utils.command_line import answer
from vocalbaby.utils.terminal import console
from vocalbaby.utils.wording import printable

if TYPE_CHECKING:
    from rich.table import Table

__all__ = ["CSV_COLUMNS", "WRITERS", "JsonAnswer", "Result", "Writer"]

CSV_COLUMNS: Final = (
    "file",
    "label",
    *CLASSES,
    "duration_s",
    "model_version",
    "warnings",
    "error",
    "message",
)


@dataclass(frozen=True, slots=True)
class Result:
    """Prediction or error of one input.

    Attributes:
        file: The input as given on the command line.
        prediction: The prediction; None if there was an error.
        error: The error; None if there is a prediction.
    """

    file: str
    prediction: Prediction | None = None
    error: VocalBabyError | None = None


class Writer(Protocol):
    """Writes results in order."""

    def write(self, result: Result) -> None:
        """Write or keep another result."""

    def close(self) -> None:
        """Write the results that were kept."""


class _Csv:
    def __init__(self, stream: TextIO) -> None:
        self._writer = csv.writer(stream, lineterminator="\n")
        self._writer.writerow(CSV_COLUMNS)

    def write(self, result: Result) -> None:
        self._writer.writerow(_cells(result))

    def close(self) -> None:
        pass


class _JsonLines:
    def __init__(self, stream: TextIO) -> None:
        self._stream = stream

    def write(self, result: Result) -> None:
        self._stream.write(json.dumps(_object(result), ensure_ascii=False) + "\n")

    def close(self) -> None:
        pass


class JsonAnswer:
    """Keeps all results for the key ``results`` of the object of ``--json``."""

    def __init__(self) -> None:
        self._objects: list[dict[str, Any]] = []

    def write(self, result: Result) -> None:
        """Keep another result."""
        self._objects.append(_object(result))

    def close(self) -> None:
        """Give the results to the object."""
        answer({"results": self._objects})


class _Table:
    """Keeps all results until the end, since column widths depend on every row."""

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream
        self._results: list[Result] = []

    def write(self, result: Result) -> None:
        self._results.append(result)

    def close(self) -> None:
        terminal = console(self._stream)
        terminal.print(_table(self._results, terminal.width))


#: Writers by format.
WRITERS: Final[dict[str, Callable[[TextIO], Writer]]] = {
    "table": _Table,
    "csv": _Csv,
    "jsonl": _JsonLines,
}


def _cells(result: Result) -> list[object]:
    p, error = result.prediction, result.error
    if p is None:
        code, message = (error.code, str(error)) if error else ("", "")
        return [result.file, "", *("" for _ in CLASSES), "", "", "", code, message]
    return [
        result.file,
        p.label or "",
        *(f"{p.probabilities[label]:.6f}" for label in CLASSES),
        f"{p.duration_s:.3f}",
        p.model_version,
        ";".join(w.code for w in p.warnings),
        "",
        "",
    ]


def _object(result: Result) -> dict[str, Any]:
    p, error = result.prediction, result.error
    return {
        "file": result.file,
        "label": p.label if p else None,
        "probabilities": p.probabilities if p else None,
        "duration_s": p.duration_s if p else None,
        "model_version": p.model_version if p else None,
        "warnings": [asdict(w) for w in p.warnings] if p else [],
        **({"label_set": list(p.label_set)} if p and p.label_set is not None else {}),
        "error": {"code": error.code, "message": error.message, "hint": error.hint}
        if error
        else None,
    }


def _table(results: Sequence[Result], width: int) -> "Table":
    """Return a table that fits a width; a narrow one has the highest probability only."""
    from rich.markup import escape
    from rich.table import Table

    notes = [printable(_note(result)) for result in results]
    is_wide = width >= _needed_width(results, notes)
    table = Table(box=None, pad_edge=False)
    table.add_column("File", overflow="fold")
    table.add_column("Label", no_wrap=True)
    for title in (*(CLASSES if is_wide else ("Probability",)), "Seconds"):
        table.add_column(title, justify="right", no_wrap=True)
    if any(notes):
        table.add_column("Notes", overflow="fold")
    for result, note in zip(results, notes, strict=True):
        p, file = result.prediction, escape(printable(result.file))
        if p is None:
            empty = [""] * (len(table.columns) - 3)
            table.add_row(file, "[red]error[/red]", *empty, f"[red]{escape(note)}[/red]")
        else:
            values = [p.probabilities[label] for label in CLASSES]
            table.add_row(
                file,
                f"[bold]{p.label}[/bold]" if p.label else "[yellow]none[/yellow]",
                *(f"{value:.2f}" for value in (values if is_wide else [max(values)])),
                f"{p.duration_s:.2f}",
                *([escape(note)] if any(notes) else []),
            )
    return table


def _note(result: Result) -> str:
    if result.error is not None:
        return str(result.error)
    return " ".join(w.message for w in result.prediction.warnings) if result.prediction else ""


def _needed_width(results: Sequence[Result], notes: Sequence[str]) -> int:
    """Columns of a terminal in which all probabilities and legible names and notes fit."""
    files = min(24, max((len(result.file) for result in results), default=0))
    labels = [result.prediction.label or "" for result in results if result.prediction]
    titles = [max(map(len, (*labels, "Label"))), *map(len, (*CLASSES, "Seconds"))]
    total = max(files, len("File")) + sum(2 + each for each in titles)
    longest = max(map(len, notes), default=0)
    return total + (2 + max(5, min(30, longest)) if longest else 0)
