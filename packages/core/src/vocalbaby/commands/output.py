"""Writers of predictions: a table, CSV or JSON lines."""

import csv
import json
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any, Final, Protocol, TextIO

from vocalbaby.commands.console import console
from vocalbaby.entity.labels import CLASSES
from vocalbaby.entity.prediction import Prediction
from vocalbaby.exception import VocalBabyError

if TYPE_CHECKING:
    from rich.table import Table

__all__ = ["CSV_COLUMNS", "WRITERS", "Result", "Writer"]

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


class _Table:
    """Keeps all results until the end, since column widths depend on every row."""

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream
        self._results: list[Result] = []

    def write(self, result: Result) -> None:
        self._results.append(result)

    def close(self) -> None:
        console(self._stream).print(_table(self._results))


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
        "error": {"code": error.code, "message": error.message, "hint": error.hint}
        if error
        else None,
    }


def _table(results: Sequence[Result]) -> "Table":
    from rich.markup import escape
    from rich.table import Table

    table = Table(box=None, pad_edge=False)
    table.add_column("File", overflow="fold")
    table.add_column("Label", no_wrap=True)
    for label in (*CLASSES, "Seconds"):
        table.add_column(label, justify="right", no_wrap=True)
    table.add_column("Notes", overflow="fold")
    for result in results:
        p, error, file = result.prediction, result.error, escape(result.file)
        if p is None:
            note = f"[red]{escape(str(error))}[/red]"
            table.add_row(file, "[red]error[/red]", *("" for _ in CLASSES), "", note)
        else:
            table.add_row(
                file,
                f"[bold]{p.label}[/bold]" if p.label else "[yellow]none[/yellow]",
                *(f"{p.probabilities[label]:.2f}" for label in CLASSES),
                f"{p.duration_s:.2f}",
                escape(" ".join(w.message for w in p.warnings)),
            )
    return table
