"""Predictions as a table, CSV or JSON lines."""

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

__all__ = ["CSV_COLUMNS", "WRITERS", "Answer", "Writer"]

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
class Answer:
    """One input with its prediction or its error.

    Attributes:
        file: The input as the user named it.
        prediction: What the model says, or None.
        error: Why there is none, or None.
    """

    file: str
    prediction: Prediction | None = None
    error: VocalBabyError | None = None


class Writer(Protocol):
    """Takes answers in order as they come, and is closed at the end."""

    def write(self, answers: Sequence[Answer]) -> None:
        """Write, or keep, further answers."""

    def close(self) -> None:
        """Write what was kept."""


class _Csv:
    def __init__(self, stream: TextIO) -> None:
        self._writer = csv.writer(stream, lineterminator="\n")
        self._writer.writerow(CSV_COLUMNS)

    def write(self, answers: Sequence[Answer]) -> None:
        self._writer.writerows(map(_cells, answers))

    def close(self) -> None:
        pass


class _JsonLines:
    def __init__(self, stream: TextIO) -> None:
        self._stream = stream

    def write(self, answers: Sequence[Answer]) -> None:
        for answer in answers:
            self._stream.write(json.dumps(_object(answer), ensure_ascii=False) + "\n")

    def close(self) -> None:
        pass


class _Table:
    """Kept to the end, because the columns' widths depend on every row."""

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream
        self._answers: list[Answer] = []

    def write(self, answers: Sequence[Answer]) -> None:
        self._answers += answers

    def close(self) -> None:
        console(self._stream).print(_table(self._answers))


#: How to write answers, by the name of the format.
WRITERS: Final[dict[str, Callable[[TextIO], Writer]]] = {
    "table": _Table,
    "csv": _Csv,
    "jsonl": _JsonLines,
}


def _cells(answer: Answer) -> list[object]:
    p, error = answer.prediction, answer.error
    if p is None:
        code, message = (error.code, str(error)) if error else ("", "")
        return [answer.file, "", *("" for _ in CLASSES), "", "", "", code, message]
    return [
        answer.file,
        p.label or "",
        *(f"{p.probabilities[label]:.6f}" for label in CLASSES),
        f"{p.duration_s:.3f}",
        p.model_version,
        ";".join(w.code for w in p.warnings),
        "",
        "",
    ]


def _object(answer: Answer) -> dict[str, Any]:
    p, error = answer.prediction, answer.error
    return {
        "file": answer.file,
        "label": p.label if p else None,
        "probabilities": p.probabilities if p else None,
        "duration_s": p.duration_s if p else None,
        "model_version": p.model_version if p else None,
        "warnings": [asdict(w) for w in p.warnings] if p else [],
        "error": {"code": error.code, "message": error.message, "hint": error.hint}
        if error
        else None,
    }


def _table(answers: Sequence[Answer]) -> "Table":
    from rich.markup import escape
    from rich.table import Table

    table = Table(box=None, pad_edge=False)
    table.add_column("File", overflow="fold")
    table.add_column("Label", no_wrap=True)
    for label in (*CLASSES, "Seconds"):
        table.add_column(label, justify="right", no_wrap=True)
    table.add_column("Notes", overflow="fold")
    for answer in answers:
        p, error, file = answer.prediction, answer.error, escape(answer.file)
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
