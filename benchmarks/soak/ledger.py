"""What clients sent and saw, for the comparison with the metrics and the prediction log."""

import re
import time
from collections import Counter
from dataclasses import dataclass, field
from typing import Final

from benchmarks.soak.clips import Clip

__all__ = ["Ledger", "Series", "parse_metrics"]

_SERIES: Final = re.compile(r"^([a-z_]+)(?:\{(.*)\})? (\S+)$", re.MULTILINE)
_LABEL: Final = re.compile(r'(\w+)="([^"]*)"')
#: How many examples of each kind of fault are kept.
_EXAMPLES: Final = 5

#: Name and labels -> value.
Series = dict[tuple[str, frozenset[tuple[str, str]]], float]


def parse_metrics(text: str) -> Series:
    """Return the values of an exposition by name and labels."""
    return {
        (name, frozenset(_LABEL.findall(labels or ""))): float(value)
        for name, labels, value in _SERIES.findall(text)
    }


@dataclass
class Ledger:
    """Counts of a soak, and what went wrong.

    Attributes:
        answered: Answers by method, route and status.
        maybe: Requests of hostile clients, which the service may have counted, in the same way;
            the status ``*`` stands for any.
        kinds: Answers by the kind of the request.
        clips: Answered clips by kind.
        refused: Answers with which the service refuses by design, by code.
        lost: Requests without an answer, by kind.
        wrong: Wrong answers, by kind.
        cut: Requests without an answer because their worker was killed.
        faults: Other faults.
        noted: Faults by kind, for the examples.
        examples: The first faults of each kind, with their time.
        rows: The predictions that the log has to have, by request id: clip and version.
        kills: Times at which a worker was killed.
        latencies_s: Seconds from a request to its answer.
    """

    answered: Counter[tuple[str, str, str]] = field(default_factory=Counter)
    maybe: Counter[tuple[str, str, str]] = field(default_factory=Counter)
    kinds: Counter[str] = field(default_factory=Counter)
    clips: Counter[str] = field(default_factory=Counter)
    refused: Counter[str] = field(default_factory=Counter)
    lost: Counter[str] = field(default_factory=Counter)
    wrong: Counter[str] = field(default_factory=Counter)
    cut: Counter[str] = field(default_factory=Counter)
    faults: Counter[str] = field(default_factory=Counter)
    noted: Counter[str] = field(default_factory=Counter)
    examples: list[str] = field(default_factory=list)
    rows: dict[str, tuple[float, list[tuple[Clip, str]]]] = field(default_factory=dict)
    kills: list[float] = field(default_factory=list)
    latencies_s: list[float] = field(default_factory=list)

    def count(self, method: str, route: str, status: int) -> None:
        """Count an answer; what is refused before it has a route is counted without one."""
        known = status not in {401, 403, 429}
        self.answered[method, route if known else "unmatched", str(status)] += 1

    def was_killed(self, start: float, end: float) -> bool:
        """Return whether a worker was killed between two times, or a moment before."""
        return any(start - 1 < kill < end for kill in self.kills)

    def lose(self, kind: str, start: float, error: BaseException) -> None:
        """Record a request that got no answer."""
        if self.was_killed(start, time.time()):
            self.cut[kind] += 1
            return
        self.lost[kind] += 1
        self.note(f"lost {kind}", repr(error))

    def mistake(self, kind: str, what: str) -> None:
        """Record a wrong answer."""
        self.wrong[kind] += 1
        self.note(f"wrong {kind}", what)

    def fault(self, kind: str, what: str) -> None:
        """Record another fault."""
        self.faults[kind] += 1
        self.note(kind, what)

    def note(self, kind: str, what: str) -> None:
        """Keep and print the first examples of each kind of fault."""
        self.noted[kind] += 1
        if self.noted[kind] <= _EXAMPLES:
            self.examples.append(f"{time.strftime('%H:%M:%S')} {kind}: {what[:600]}")
            print(self.examples[-1], flush=True)

    def compare_requests(self, series: Series) -> None:
        """Compare the service's counts of requests with what clients saw."""
        counted = {
            (labels["method"], labels["route"], labels["status"]): round(value)
            for (name, found), value in series.items()
            if name == "vocalbaby_requests_total" and (labels := dict(found))
        }
        for key in sorted(counted.keys() | self.answered.keys()):
            least, found = self.answered[key], counted.get(key, 0)
            most = least + self.maybe[key] + self.maybe[*key[:2], "*"]
            if key[2] == "503":
                least = 0  # it may be the answer of a connection that is one too many
            if not least <= found <= most:
                self.fault("metrics", f"{key}: {found}, but clients saw {least} to {most}")

    def compare_predictions(self, series: Series) -> None:
        """Compare the service's counts of predictions with the answered clips."""
        found = Counter[str]()
        for (name, labels), value in series.items():
            if name == "vocalbaby_predictions_total":
                found[dict(labels)["model_version"]] += round(value)
        seen = Counter(version for _, rows in self.rows.values() for _, version in rows)
        if found != seen:
            self.fault("metrics", f"predictions: {dict(found)}, but clients saw {dict(seen)}")
