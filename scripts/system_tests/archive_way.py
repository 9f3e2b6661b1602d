"""The whole way of an archive, with an annotator who makes errors, against the known truth.

scripts/test_archive.sh calls this: synthesize, corpus run, agree, sample, annotate, export,
correct, import, adapt, gain, estimate. The report says which intervals contain what they should.
"""

import argparse
import json
import math
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from scipy import stats

from scripts.system_tests.annotator import correct, labelled, within
from scripts.system_tests.checks import require
from vocalbaby import annotations
from vocalbaby.corpora.childproject.metadata import read_project
from vocalbaby.corpus.estimation.config import FIGURES, measure_index
from vocalbaby.corpus.estimation.values import totals_of
from vocalbaby.corpus.sampling.manifest import read_sample
from vocalbaby.entity.timeline import Child, Timeline

__all__ = ["main"]


class Steps:
    """Runs commands of vocalbaby in a folder, and keeps what they print."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.lines: list[str] = []

    def __call__(self, *words: str, codes: Sequence[int] = (0,)) -> dict[str, Any]:
        """Run a command with ``--json``, and return its object."""
        command = [sys.executable, "-m", "scripts.system_tests.vocalbaby_command", *words, "--json"]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        shown = " ".join(("vocalbaby", *(w.replace(f"{self.folder}/", "") for w in words)))
        print(f"$ {shown}", flush=True)
        self.lines.append(f"    {shown}")
        if done.returncode not in codes:
            print(done.stdout[-2000:], done.stderr[-4000:])
        require(f"{words[0]} {words[1]} ends with {codes}", holds=done.returncode in codes)
        return dict(json.loads(done.stdout))


def truths(archive: Path) -> dict[str, Timeline]:
    """Return the true segments of each recording, with its child."""
    project = read_project(archive)
    found = {}
    for name, row in project.recordings.items():
        stem = name.removesuffix(".wav")
        (path,) = (archive / "annotations/truth/converted" / stem).parent.glob(
            f"{Path(stem).name}_0_*.csv"
        )
        (timeline,) = annotations.read(path)
        child = Child(row["child_id"], row["experiment"])
        length = float(row["duration"]) / 1000
        found[stem] = Timeline(stem, timeline.segments, length, child=child)
    return found


def figure_of(timelines: Sequence[Timeline], name: str) -> float:
    """Return the true value of a figure of `vocalbaby corpus estimate`."""
    totals = sum((totals_of(t) for t in timelines), start=0.0 * totals_of(timelines[0]))
    figure = FIGURES[name]
    above = figure.scale * float(totals[measure_index(figure.numerator)].sum())
    if not figure.denominator:
        return above
    below = float(totals[measure_index(figure.denominator)].sum())
    return above / below if below else math.nan


def main() -> None:
    """Run the test."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--recordings", type=int, default=20)
    parser.add_argument("--children", type=int, default=5)
    parser.add_argument("--hours", type=float, default=1.0)
    parser.add_argument(
        "--share", type=float, default=0.25, help="share of the minutes to annotate"
    )
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("folder", type=Path)
    options = parser.parse_args()
    folder = options.folder
    run = Steps(folder)
    archive, dataset = str(folder / "archive"), str(folder / "dataset")
    size = ("--archive", str(options.recordings), "--children", str(options.children))
    run("synthesize", archive, *size, "--day", str(options.hours), "--seed", str(options.seed))
    done = run("corpus", "run", archive, "--out", dataset, "--workers", "2")
    require("every recording is segmented", holds=done["heard"] == options.recordings)
    truth = truths(folder / "archive")
    for name in ("coder", "second"):
        _write([labelled(t, name) for t in truth.values()], folder / name)
    agreement = run(
        *("agree", str(folder / "coder"), dataset, "--second-coder", str(folder / "second")),
        *("--html", str(folder / "agreement.html"), "--csv", str(folder / "agreement.csv")),
    )
    minutes = round(60 * options.hours * options.recordings * options.share)
    sample = str(folder / "sample.csv")
    drawn = run("sample", dataset, "--minutes", str(minutes), "--seed", "1", "--out", sample)
    rows, warnings = _estimated(run, folder, dataset, truth)
    gains = _corrected(run, folder, archive, dataset, truth)
    _report(folder, run.lines, agreement, drawn, rows, warnings, gains)
    _require_coverage(rows)


def _write(timelines: Sequence[Timeline], folder: Path) -> None:
    for timeline in timelines:
        path = folder / f"{timeline.recording_id}.csv"
        path.parent.mkdir(parents=True, exist_ok=True)
        annotations.write(timeline, path, "csv")


def _estimated(
    run: Steps, folder: Path, dataset: str, truth: dict[str, Timeline]
) -> tuple[list[dict[str, Any]], list[str]]:
    """Annotate the sample, and estimate; each row gets what is true of it."""
    sample = read_sample(folder / "sample.csv")
    spans: dict[str, list[tuple[float, float]]] = {}
    for each in sample:
        spans.setdefault(each.recording_id, []).append((each.onset_s, each.offset_s))
    coder = {name: labelled(t, "coder") for name, t in truth.items()}
    _write([within(coder[name], spans.get(name, [])) for name in spans], folder / "sampled")
    found = run(
        *("corpus", "estimate", dataset, "--annotations", str(folder / "sampled")),
        *("--sample", str(folder / "sample.csv"), "--html", str(folder / "estimates.html")),
        *("--output", str(folder / "estimates.csv")),
    )
    for row in found["rows"]:
        members = [
            name
            for name, t in truth.items()
            if row["by"] == "archive"
            or (t.child and row["group"] == f"{t.child.corpus}/{t.child.child_id}")
        ]
        for kind, source in (("truth", truth), ("coder", coder)):
            row[kind] = figure_of([source[name] for name in members], row["figure"])
            low, high = row["corrected_low"], row["corrected_high"]
            known = row["is_reliable"] and low is not None and math.isfinite(row[kind])
            row[f"covers_{kind}"] = low <= row[kind] <= high if known else None
            plain = row["uncorrected"]
            row["uncorrected_error"] = None if plain is None else plain - row["truth"]
    return found["rows"], found["warnings"]


def _corrected(
    run: Steps, folder: Path, archive: str, dataset: str, truth: dict[str, Timeline]
) -> dict[str, Any]:
    """Correct exported files of half of the children, adapt, and measure on the others."""
    run("export", dataset, "--eaf", "--out", str(folder / "elan"), "--recordings", archive)
    children = sorted({t.child.child_id for t in truth.values() if t.child})
    chosen = set(children[: (len(children) + 1) // 2])
    given = folder / "elan"
    for name, timeline in truth.items():
        path = given / f"{name}.eaf"
        if timeline.child and timeline.child.child_id in chosen:
            correct(path, labelled(timeline, "coder"))
        else:
            path.unlink()
    imported = run(
        *("import", str(given), "--out", str(folder / "corrections"), "--recordings", archive),
        "--deleted-as-junk",
    )
    adapted = folder / "adapted"
    adaptation = run(
        *("adapt", "--data", str(folder / "corrections"), "--out", str(adapted)),
        *("--force", "--allow-missing"),
    )
    others = [t for t in truth.values() if t.child and t.child.child_id not in chosen]
    _write([labelled(t, "coder") for t in others], folder / "held_out")
    gain = run(
        *("corpus", "gain", str(adapted), "--annotations", str(folder / "held_out")),
        *("--recordings", archive, "--corrections", str(folder / "corrections/corrections.csv")),
    )
    again = run(
        *("corpus", "run", archive, "--out", str(folder / "again"), "--model", str(adapted)),
        *("--workers", "2"),
    )
    require("the adapted model segments every recording", holds=again["heard"] == len(truth))
    return {"import": imported, "adaptation": adaptation["adaptation"], **gain}


def _require_coverage(rows: Sequence[dict[str, Any]]) -> None:
    """Require that not so few intervals cover what the annotator would have labelled everywhere."""
    covered = [row["covers_coder"] for row in rows if row["covers_coder"] is not None]
    n, hits = len(covered), sum(covered)
    # Figures of one sample depend on one another: about one in three is independent.
    p = stats.binom.cdf(round(hits / 3), round(n / 3), 0.95)
    print(f"{hits} of {n} reliable intervals cover the annotator's figure (p = {p:.3f})")
    require("there are reliable intervals", holds=n > 0)
    require("the intervals cover as often as they say", holds=p > 0.01)


def _report(
    folder: Path,
    lines: Sequence[str],
    agreement: dict[str, Any],
    drawn: dict[str, Any],
    rows: Sequence[dict[str, Any]],
    warnings: Sequence[str],
    gains: dict[str, Any],
) -> None:
    text = ["# The whole way of a synthetic archive", "", *lines, ""]
    text += [f"Agreement: {agreement.get('text') or agreement.get('methods') or ''}", ""]
    text += [
        f"Sample: {json.dumps({k: drawn[k] for k in sorted(drawn) if k != 'error'})[:400]}",
        "",
    ]
    text += [f"Note: {warning}" for warning in warnings]
    text += ["", "| group | figure | uncorrected | corrected | interval | coder | truth | covers |"]
    text += ["| --- | --- | ---: | ---: | --- | ---: | ---: | --- |"]
    for row in rows:
        values = (row["uncorrected"], row["corrected"])
        shown = [f"{value:.4g}" if value is not None else "" for value in values]
        low, high = row["corrected_low"], row["corrected_high"]
        interval = f"{low:.4g} to {high:.4g}" if low is not None else ""
        covers = {True: "yes", False: "NO", None: "few"}[row["covers_truth"]]
        cells = (f"{row['by']} {row['group']}", row["figure"], *shown, interval)
        true = (f"{row['coder']:.4g}", f"{row['truth']:.4g}", covers)
        text.append(f"| {' | '.join((*cells, *true))} |")
    for kind in ("truth", "coder"):
        found = [row[f"covers_{kind}"] for row in rows if row[f"covers_{kind}"] is not None]
        text += ["", f"{sum(found)} of {len(found)} reliable intervals contain that of the {kind}."]
    text += ["", f"Corrections: {json.dumps(gains['import']['changes'])}"]
    text += [f"Clips: {json.dumps(gains['import']['clips'])}"]
    text += [f"Gain on children not corrected: {json.dumps(gains['gains'])}", ""]
    report = "\n".join(text)
    (folder / "report.md").write_text(report, "utf-8")
    print(report)


if __name__ == "__main__":
    main()
