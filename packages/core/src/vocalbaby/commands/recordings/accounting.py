"""What became of each recording of `vocalbaby segment`: lines for people, and the summary."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from vocalbaby.audio import listing
from vocalbaby.audio.listing import Listed
from vocalbaby.commands.accounting import notes
from vocalbaby.commands.recordings.working import Result
from vocalbaby.entity.labels import CLASSES
from vocalbaby.exception.table import outcome
from vocalbaby.utils.site import page_address
from vocalbaby.utils.wording import counted, printable

__all__ = ["RunAccounting", "line"]


def line(result: Result) -> str:
    """Return a sentence about a result, such as ``out/day1.rttm: 512 segments in 16.0 h``."""
    if result.error is not None:
        return printable(f"{result.task.source.path}: {result.error}")
    segments = sum(result.figures["segments"].values())
    length = _length(result.figures["duration_s"])
    done = " (finished before)" if result.before else ""
    text = f"{result.task.output}: {counted(segments, 'segment')} in {length}{done}"
    return printable(text)


def _length(seconds: float) -> str:
    if seconds < 6:  # less than 0.1 min
        return f"{seconds:.1f} s"
    return f"{seconds / 60:.1f} min" if seconds < 3600 else f"{seconds / 3600:.1f} h"


@dataclass(slots=True)
class RunAccounting:
    """Counts of the results of a run, and every file without segments.

    Attributes:
        files: Inputs, and files that are passed over.
    """

    files: Sequence[Listed]
    _results: list[Result] = field(default_factory=list)

    def add(self, result: Result) -> None:
        """Count a result."""
        self._results.append(result)

    def notes(self) -> list[str]:
        """Return sentences about inputs, and about what the outputs do not hold."""
        counts = Counter(note for result in self._results for note in result.notes)
        found = [f"{note} ({n} recordings)" if n > 1 else note for note, n in counts.items()]
        lost = sorted({code for result in self._results for code in result.not_held})
        if lost:
            text = f"The format does not hold, or changes: {', '.join(lost)}."
            found.append(f"{text} Parquet files hold them: {page_address('annotations')}")
        return [*notes(self.files), *found]

    def exit_code(self) -> int:
        """Return 0, or the lowest code of an error."""
        errors = [each.error for each in self._results if each.error is not None]
        return min((outcome(error).exit_code for error in errors), default=0)

    def summary(self, inputs: Sequence[str]) -> dict[str, object]:
        """Return the content of the file of ``--summary``.

        Args:
            inputs: The arguments of the command.
        """
        results = sorted(self._results, key=lambda each: each.task.source.path)
        done = [each for each in results if each.error is None]
        failed = [each for each in results if each.error is not None]
        passed = [file for file in self.files if file.reason and not file.lost]
        codes = Counter(_code(each) for each in failed)
        return {
            "inputs": list(inputs),
            "working_directory": str(Path.cwd()),
            "found": len(self.files),
            "segmented": len(done),
            "finished_before": sum(each.before for each in done),
            "failed": len(failed),
            "passed_over": len(passed),
            "hours": round(sum(each.figures["duration_s"] for each in done) / 3600, 4),
            "segments": {c: _total(done, "segments", c) for c in CLASSES},
            "minutes": {c: round(_total(done, "seconds", c) / 60, 3) for c in CLASSES},
            "failed_by_code": dict(sorted(codes.items())),
            "passed_over_by_reason": listing.count(passed),
            "notes": self.notes(),
            "recordings": [
                {"file": each.task.source.path, "output": str(each.task.output), **each.figures}
                for each in done
            ],
            "failed_files": [_entry(e.task.source.path, _code(e), str(e.error)) for e in failed],
            "passed_over_files": [_entry(file.path, file.reason, file.message) for file in passed],
        }


def _total(results: Sequence[Result], what: str, label: str) -> float:
    total: float = sum(each.figures[what].get(label, 0) for each in results)
    return total


def _code(result: Result) -> str:
    return result.task.source.reason or (result.error.code if result.error else "")


def _entry(file: str, code: str, message: str) -> dict[str, str]:
    return {"file": file, "code": code, "message": message}
