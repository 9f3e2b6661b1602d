"""Rebuild the recordings that the default model was trained on from their public sources.

    scripts/fetch_recordings.sh [OUT]                  download what is missing in OUT
    scripts/fetch_recordings.sh --list                 show sources, sizes and licences only
    scripts/fetch_recordings.sh --only lyoncry,esc10   fetch only these sources
    scripts/fetch_recordings.sh --sources FOLDER       take the sources from FOLDER

OUT gets the layout that configs/default_model/data.yaml reads: a folder of clips (16 kHz, mono, 16
bits) and a table of labels for each of clips, hard and donateacry. Each clip is compared with the
checksums of the original. Clips that are there and right are kept, so an interrupted run goes on.
OUT/fetch_report.csv tells for every row whether its clip was made, was there, or failed and why.

Exit codes: 0 all clips are there, 1 some failed, 2 wrong arguments or tables, 130 after Ctrl-C.
"""

import argparse
import os
import sys
from collections import Counter
from collections.abc import Sequence
from functools import partial
from pathlib import Path
from typing import Final

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from scripts.fetch_recordings.checks import MAX_RMS
from scripts.fetch_recordings.making import Outcome, make, sort_out
from scripts.fetch_recordings.opening import fetch_source, find_source
from scripts.fetch_recordings.tables import Repository, Row, read_repositories, read_rows
from scripts.fetch_recordings.written_tables import write_licences, write_metadata, write_report

__all__ = ["main"]

_TABLES: Final = Path(__file__).resolve().parents[2] / "configs" / "default_model" / "sources"
#: Reasons shown on the screen; all of them are in the report.
_SHOWN: Final = 10


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line."""
    given = _parser().parse_args(arguments)
    try:
        only = [key for key in given.only.split(",") if key]
        rows = read_rows(given.tables, only)
        repositories = read_repositories(given.tables)
    except (OSError, ValueError, KeyError) as error:
        print(f"fetch_recordings: {error}", file=sys.stderr)
        return 2
    used = [each for each in repositories if any(row.repository == each for row in rows)]
    for repository in used:
        print(_describe(repository, [row for row in rows if row.repository == repository]))
    if given.list:
        return 0
    try:
        return _fetch(rows, used, given)
    except KeyboardInterrupt:
        print("fetch_recordings: interrupted; run it again to go on", file=sys.stderr)
        return 130
    except (OSError, ValueError) as error:
        print(f"fetch_recordings: {error}", file=sys.stderr)
        return 2


def _parser() -> argparse.ArgumentParser:
    cache = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "vocalbaby"
    parser = argparse.ArgumentParser(
        prog="fetch_recordings.sh",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument(
        "out", type=Path, nargs="?", metavar="OUT", default=Path("../shared/data"),
        help="folder of the recordings (default: ../shared/data)",
    )  # fmt: skip
    parser.add_argument("--list", action="store_true", help="show what would be fetched, and end")
    parser.add_argument(
        "--only", default="", metavar="KEYS", help="sources to fetch, separated by commas"
    )
    parser.add_argument(
        "--sources", type=Path, metavar="FOLDER",
        help="folder of clones, unpacked archives and Debian packages; nothing is downloaded",
    )  # fmt: skip
    parser.add_argument(
        "--cache", type=Path, default=cache / "sources", metavar="FOLDER",
        help="where downloads are kept (default: %(default)s)",
    )  # fmt: skip
    parser.add_argument(
        "--max-difference", type=float, default=MAX_RMS, metavar="STEPS",
        help="largest root mean square difference from the original, in steps of 16 bits"
        " (default: %(default)s)",
    )  # fmt: skip
    parser.add_argument(
        "--tables", type=Path, default=_TABLES, metavar="FOLDER", help="other tables of sources"
    )
    return parser


def _describe(repository: Repository, rows: Sequence[Row]) -> str:
    files = len({row.path for row in rows})
    megabytes = sum(2 * row.check.n_samples + 44 for row in rows) / 1e6
    pinned = "" if repository.sha256 else f" at {rows[0].commit}"
    return (
        f"{repository.key}: {len(rows)} clips ({megabytes:.1f} MB) from {files} files\n"
        f"  source:  {repository.address}{pinned}\n"
        f"  licence: {repository.licence}\n"
        f"  name:    {repository.attribution}"
    )


def _fetch(rows: list[Row], used: list[Repository], given: argparse.Namespace) -> int:
    out: Path = given.out
    outcomes, missing = sort_out(rows, out, given.max_difference)
    if given.sources is None:
        opener = partial(fetch_source, cache=given.cache)
    else:
        opener = partial(find_source, folder=given.sources)
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn())
    console = Console(stderr=True)
    with Progress(
        *columns, TimeRemainingColumn(), console=console, disable=not console.is_terminal
    ) as progress:
        bars = {
            each.key: progress.add_task(
                f"{each.key}: files",
                total=len({row.path for row in missing if row.repository == each}),
            )
            for each in used
        }
        clips = progress.add_task("clips", total=len(rows), completed=len(outcomes))

        def advance(key: str, files: int) -> None:
            progress.advance(bars[key], files)

        for outcome in make(missing, out, opener, given.max_difference, advance):
            outcomes.append(outcome)
            progress.advance(clips)
    if missing:  # otherwise nothing is written, so that OUT may be read-only
        out.mkdir(parents=True, exist_ok=True)
        write_metadata(given.tables, out)
        write_licences(read_repositories(given.tables), out)
        print(f"report: {write_report(outcomes, out)}")
    return _summarize(outcomes)


def _summarize(outcomes: Sequence[Outcome]) -> int:
    states = Counter(outcome.state for outcome in outcomes)
    right = [outcome for outcome in outcomes if outcome.state != "failed"]
    equal = sum(outcome.rms_difference == 0 for outcome in right)
    print(
        f"{len(outcomes)} clips: {states['made']} made, {states['already there']} already there, "
        f"{states['failed']} failed; {equal} are equal to the originals, "
        f"{len(right) - equal} within the rounding"
    )
    reasons = Counter(
        (each.row.repository.key, each.reason) for each in outcomes if each.state == "failed"
    )
    for (key, reason), count in reasons.most_common(_SHOWN):
        print(f"failed: {key}, {count} clips: {reason}", file=sys.stderr)
    if len(reasons) > _SHOWN:
        print(f"failed: {len(reasons) - _SHOWN} further reasons in the report", file=sys.stderr)
    return 1 if reasons else 0


if __name__ == "__main__":
    sys.exit(main())
