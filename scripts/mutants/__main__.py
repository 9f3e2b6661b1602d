"""Changes the code, a place at a time, and reports changes that no test notices.

scripts/test_mutants.sh calls this with the Python of 3rdparty/python/tools/mutants.txt.
"""

import argparse
import contextlib
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

from scripts.mutants import equivalents, report, sampling, suites
from scripts.mutants.mutations import apply, mutations
from scripts.mutants.running import Copy, Limits
from scripts.mutants.sampling import Mutation

__all__ = ["main"]

ROOT: Final = Path(__file__).resolve().parents[2]
#: Seconds for the tests of the unchanged code, whose time is measured first.
_BASELINE: Final = 900.0
#: Those of a mutant may take this factor of that time, and some seconds on a busy machine.
_FACTOR: Final = 5.0
_SLACK: Final = 30.0


class Sweep:
    """Tests mutants in a copy of the repository.

    Args:
        copy: The copy.
        megabytes: Limit of memory.
    """

    def __init__(self, copy: Copy, megabytes: int) -> None:
        self._copy = copy
        self._megabytes = megabytes
        self._seconds: dict[tuple[Path, Path | None], float] = {}
        self._known = {(one.file, one.line, one.mutant) for one in equivalents.read()}

    def result(self, mutation: Mutation) -> report.Result:
        """Test one mutant.

        Args:
            mutation: The mutation, of a file of the copy.
        """
        path = self._copy.folder / mutation.path
        source = path.read_text(encoding="utf-8")
        mutated = apply(mutation, source)
        change = report.diff(mutation.path, source, mutated)
        changed = equivalents.changed_lines(source, mutated)
        verdict: report.Verdict = "equivalent"
        if (str(mutation.path), *changed) not in self._known:
            verdict = self._verdict(path, source, mutated)
        return report.Result(mutation.path, mutation.line, verdict, change)

    def _verdict(self, path: Path, source: str, mutated: str) -> report.Verdict:
        folders = suites.suites(self._copy.folder, path.relative_to(self._copy.folder))
        # The nearest tests first; those of the package without them.
        for step in zip(folders, [None, *folders], strict=False):
            seconds = _SLACK + _FACTOR * self._measured(*step)
            path.write_text(mutated, encoding="utf-8")
            try:
                outcome = self._copy.test(step[0], Limits(seconds, self._megabytes), step[1])
            finally:
                path.write_text(source, encoding="utf-8")
            if not outcome.passed:
                return "timeout" if outcome.timed_out else "killed"
        return "survived"

    def _measured(self, tests: Path, without: Path | None) -> float:
        if (tests, without) not in self._seconds:
            outcome = self._copy.test(tests, Limits(_BASELINE, self._megabytes), without)
            if not outcome.passed:
                sys.exit(f"mutants: {tests} fails without a mutant:\n{outcome.output}")
            self._seconds[tests, without] = outcome.seconds
        return self._seconds[tests, without]


def tested(drawn: Sequence[Mutation], sweep: Sweep, seconds: float) -> Iterator[report.Result]:
    """Test mutants until the time is over.

    Args:
        drawn: Mutations, in order.
        sweep: Tests them.
        seconds: Begin no further mutant after this time.
    """
    began = time.monotonic()
    for number, mutation in enumerate(drawn, 1):
        if time.monotonic() - began > seconds:
            return
        result = sweep.result(mutation)
        place = f"{result.path}:{result.line}"
        print(f"{number}/{len(drawn)} {result.verdict:<10} {place}", flush=True)
        yield result


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the program.

    Args:
        arguments: Of the command line.

    Returns:
        1 if too few mutants were killed, else 0.
    """
    options = _parser().parse_args(arguments)
    if options.paths:
        about, named = "named files", options.paths
    else:
        since = options.since or sampling.default_revision(ROOT)
        about, named = f"files changed since {since}", sampling.changed_files(ROOT, since)
    files = sampling.sources(ROOT, named)
    texts = {file: (ROOT / file).read_text("utf-8") for file in files}
    found = [one for file, text in texts.items() for one in mutations(file, text)]

    def valid(mutation: Mutation) -> bool:
        with contextlib.suppress(ValueError):
            return bool(apply(mutation, texts[mutation.path]))
        return False

    drawn = sampling.sample(found, options.mutants, options.seed, valid)
    print(
        f"mutants: {len(files)} {about}, {len(found)} mutants, {len(drawn)} of seed {options.seed}"
    )
    with tempfile.TemporaryDirectory(prefix="mutants-") as folder:
        sweep = Sweep(Copy(ROOT, Path(folder) / "copy"), options.megabytes)
        results = list(tested(drawn, sweep, 60 * options.minutes))
    for result in results:
        if result.verdict == "survived":
            print(f"\nSURVIVED {result.path}:{result.line}\n{result.diff}")
    print(f"\n{report.table(results)}")
    if len(results) < len(drawn):
        print(f"mutants: NOT RUN: {len(drawn) - len(results)} mutants, for lack of time")
    share = report.share_killed(results)
    return int(share is not None and share < options.at_least)


def _parser() -> argparse.ArgumentParser:
    today = int(datetime.now(UTC).strftime("%Y%m%d"))
    parser = argparse.ArgumentParser(prog="scripts/test_mutants.sh", description=__doc__)
    add = parser.add_argument
    add("paths", nargs="*", type=Path, help="files and folders, instead of the changed files")
    add("--since", metavar="REVISION", help="default: the last tag, or the commit of a day ago")
    add("--mutants", type=int, default=100, help="number of mutants (default: %(default)s)")
    add("--seed", type=int, default=today, help="of the draw (default: the date, %(default)s)")
    add("--minutes", type=float, default=30.0, help="begin no mutant later (default: %(default)s)")
    add("--megabytes", type=int, default=8192, help="address space of the tests of a mutant")
    add("--at-least", type=float, default=0.95, help="share to kill (default: %(default)s)")
    return parser


if __name__ == "__main__":
    sys.exit(main())
