"""What became of each input of `vocalbaby predict`: the notes and the summary."""

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from vocalbaby.audio import listing
from vocalbaby.audio.listing import IGNORABLE, Listed
from vocalbaby.commands.inputs import path_key
from vocalbaby.commands.output import Result
from vocalbaby.entity.labels import CLASSES
from vocalbaby.utils.wording import counted

__all__ = ["Accounting", "notes"]


def notes(files: Sequence[Listed]) -> Iterator[str]:
    """Return sentences about inputs that are passed over or occur twice.

    Hidden and system files alone are not worth a sentence.
    """
    passed = [file for file in files if file.reason and not file.lost]
    if any(file.reason not in IGNORABLE for file in passed):
        recordings = sum(not file.reason for file in files)
        counts = listing.describe_counts(passed)
        yield f"{counted(recordings, 'recording')} found; passed over: {counts}."
    yield from listing.describe_repeats([f.path for f in files if not f.reason], path_key)


@dataclass(slots=True)
class Accounting:
    """Counts of the results of a run, and every file without a label.

    Attributes:
        files: Inputs, and files that are passed over.
    """

    files: Sequence[Listed]
    _labels: Counter[str] = field(default_factory=Counter)
    _errors: Counter[str] = field(default_factory=Counter)
    _failed: list[dict[str, str]] = field(default_factory=list)

    def add(self, file: Listed, result: Result) -> None:
        """Count the result of an input."""
        if result.error is None and result.prediction is not None:
            self._labels[result.prediction.label or "none"] += 1
        elif result.error is not None:
            code = file.reason or result.error.code
            self._errors[code] += 1
            self._failed.append(_entry(file.path, code, str(result.error)))

    def summary(self, inputs: Sequence[str]) -> dict[str, object]:
        """Return the content of the file of ``--summary``.

        Args:
            inputs: The arguments of the command.
        """
        passed = [file for file in self.files if file.reason and not file.lost]
        return {
            "inputs": list(inputs),
            "working_directory": str(Path.cwd()),
            "found": len(self.files),
            "labelled": sum(self._labels[label] for label in CLASSES),
            "without_label": self._labels["none"],
            "failed": self._errors.total(),
            "passed_over": len(passed),
            "labels": {label: self._labels[label] for label in CLASSES},
            "failed_by_code": dict(sorted(self._errors.items())),
            "passed_over_by_reason": listing.count(passed),
            "notes": list(notes(self.files)),
            "failed_files": self._failed,
            "passed_over_files": [_entry(file.path, file.reason, file.message) for file in passed],
        }


def _entry(file: str, code: str, message: str) -> dict[str, str]:
    return {"file": file, "code": code, "message": message}
