"""Runs a plan on an executor, and accounts for every recording."""

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field

from vocalbaby.corpus.engine.executors import Executor
from vocalbaby.corpus.engine.planning import STATES, Plan
from vocalbaby.corpus.engine.run_settings import RunSettings
from vocalbaby.corpus.engine.task import Outcome
from vocalbaby.exception.table import TABLE
from vocalbaby.utils.processes import Report

__all__ = ["RunResult", "run_plan"]

#: Exit code where the archive lists a recording that is not there.
_LOST: int = TABLE["data_not_found"].exit_code


@dataclass(slots=True)
class RunResult:
    """What a run did.

    Attributes:
        plan: What it had to do.
        outcomes: What became of each recording that was processed.

    Examples:
        >>> RunResult(Plan((), ())).exit_code()
        0
    """

    plan: Plan
    outcomes: list[Outcome] = field(default_factory=list)

    def exit_code(self) -> int:
        """Return 0, or the lowest code of an error of this run, a former run or the archive."""
        codes = [TABLE[each.record.error["code"]].exit_code for each in self._failed()]
        codes += [
            TABLE[self.plan.records[recording.recording_id].error["code"]].exit_code
            for state, recording in self.plan.states
            if state == "failed"
        ]
        codes += [_LOST] * self.plan.count("lost")
        return min(codes, default=0)

    def _failed(self) -> list[Outcome]:
        return [each for each in self.outcomes if each.record.error]

    def summary(self) -> dict[str, object]:
        """Return counts, and every recording without results, for ``--summary`` and ``--json``."""
        work = Counter(each.work for each in self.outcomes)
        done = [each.record for each in self.outcomes if each.record.is_done]
        return {
            "found": len(self.plan.states),
            "before": {state: self.plan.count(state) for state in STATES},
            "processed": len(self.outcomes),
            "heard": work["heard"],
            "segments_rewritten": work["segments"],
            "figures_recomputed": work["figures"],
            "unchanged": work["nothing"],
            "failed": len(self._failed()),
            "hours": round(sum(each.duration_s or 0.0 for each in done) / 3600, 4),
            "cpu_hours": round(sum(each.cpu_s for each in self.outcomes) / 3600, 4),
            "failed_recordings": [
                {"recording_id": each.record.recording_id, "url": each.record.url}
                | dict(each.record.error)
                for each in self._failed()
            ],
            "failed_before": self._entries("failed"),
            "lost": self._entries("lost"),
            "passed_over": self._entries("passed_over"),
            "not_in_the_archive": [each.recording_id for each in self.plan.unlisted],
        }

    def _entries(self, state: str) -> list[dict[str, str]]:
        found = []
        for each, recording in self.plan.states:
            if each != state:
                continue
            record = self.plan.records.get(recording.recording_id)
            error = record.error if record and state == "failed" else {}
            code = recording.reason or error.get("code", "")
            message = recording.message or error.get("message", "")
            found.append(
                {"recording_id": recording.recording_id, "url": recording.url, "code": code}
                | {"message": message}
            )
        return found


def run_plan(
    plan: Plan,
    settings: RunSettings,
    executor: Executor,
    report: Report,
    finished: Callable[[int, Outcome], None],
) -> RunResult:
    """Process the jobs of a plan.

    Args:
        plan: What to do.
        settings: Settings of the run.
        executor: Who does it.
        report: Called with the number of a job and its seconds that are done.
        finished: Called with the number and the outcome of each job.
    """
    result = RunResult(plan)
    if plan.jobs:
        for number, outcome in executor(plan.jobs, settings, report):
            result.outcomes.append(outcome)
            finished(number, outcome)
    return result
