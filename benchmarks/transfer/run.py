"""Transfer of a training recipe to recordings that its model never heard.

    python -m benchmarks.transfer.run --data FOLDER [--recipe configs/default_model]

The benchmark prints Markdown tables, and writes ``results.json``, ``results.md``,
``reliability.png`` and ``coverage.png`` to the output folder, where it also keeps features and
models for the next run. By default, it evaluates on the half of the real recordings with which
recipes are chosen; ``--report`` evaluates on the other half, for figures of a recipe that is
already chosen. ``--check`` compares the results with `benchmarks.transfer.floors`. The exit code
is 1 if one is below its floor, and 2 if the run is not possible.
"""

import argparse
import json
import subprocess
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from benchmarks.transfer import evaluation
from benchmarks.transfer.channels import CHANNELS, Channel
from benchmarks.transfer.codecs import available
from benchmarks.transfer.floors import below_floors, lost_recordings, unmeasured
from benchmarks.transfer.listener import HINT, Listener, verdicts
from benchmarks.transfer.recipe import Recipe, load_recipe
from benchmarks.transfer.recordings import Recordings, read_recordings
from benchmarks.transfer.report import markdown, plot_coverage, plot_reliability
from benchmarks.transfer.scores import scores_by_corpus
from benchmarks.transfer.splits import Half
from benchmarks.transfer.two_sample import two_sample_auc
from vocalbaby.components.feature_table import concat
from vocalbaby.exception import VocalBabyError

Results = dict[str, Any]

_QUICK_CHANNELS = ("band to 3.4 kHz", "noise suppression")
#: The corpus whose other babies join the training when groups are held out.
_ADDED = "DonateACry"


def main() -> int:
    """Run the benchmark, print its tables and write its files."""
    options = _options()
    try:
        corpora = read_recordings(options.data)
        channels, remarks = _channels(options)
        # Before the training, because it takes long.
        if options.check and (faults := [*lost_recordings(corpora), *unmeasured(channels)]):
            _print_faults([*faults, *remarks])
            return 2
        scores = _run(options, corpora, channels, remarks)
    except VocalBabyError as error:
        _print_faults([str(error)])
        return 2
    if options.check and (faults := below_floors(scores)):
        _print_faults(faults)
        return 1
    return 0


def _run(
    options: argparse.Namespace,
    corpora: Sequence[Recordings],
    channels: dict[str, Channel],
    remarks: list[str],
) -> dict[str, Any]:
    """Train, evaluate and write; return the scores of the channels."""
    half: Half = "reporting" if options.report else "choosing"
    recipe = load_recipe(options.recipe, options.out / "cache", quick=options.quick)
    _progress("the recipe's corpus and features are ready")
    remarks += [
        f"{corpus.name}: {n} clips are left out ({reason})."
        for corpus in corpora
        for reason, n in corpus.rejected.items()
    ]
    results: Results = {
        "run": {
            "recipe": str(options.recipe),
            "commit": _commit(),
            "half": half,
            "quick": options.quick,
        },
        **_evaluate(recipe, corpora, half, channels, options.speech, remarks),
        "listener": _listen(options.yamnet, recipe, corpora, half, remarks),
        "two_sample": _two_sample(recipe, corpora, half),
        "remarks": remarks,
    }
    text = markdown(results)
    (options.out / "results.json").write_text(json.dumps(results, indent=2) + "\n", "utf-8")
    (options.out / "results.md").write_text(text, "utf-8")
    plot_reliability(options.out / "reliability.png", results["left_out"])
    plot_coverage(options.out / "coverage.png", results["left_out"])
    print(text)
    channel_scores: dict[str, Any] = results["channels"]
    return channel_scores


def _print_faults(faults: Sequence[str]) -> None:
    for fault in faults:
        print(f"transfer: {fault}", file=sys.stderr)


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--data", type=Path, required=True, help="folder of the real recordings")
    parser.add_argument("--recipe", type=Path, default=Path("configs/default_model"))
    parser.add_argument("--yamnet", type=Path, help="yamnet_spectra_in.tflite")
    parser.add_argument("--speech", type=Path, nargs="*", default=[], help="folders of speech")
    parser.add_argument("--out", type=Path, default=Path("artifacts/transfer"))
    parser.add_argument("--report", action="store_true", help="evaluate on the reporting half")
    parser.add_argument("--codecs", action="store_true", help="also AMR, Opus and MP3 by ffmpeg")
    parser.add_argument("--quick", action="store_true", help="a reduced training, few channels")
    parser.add_argument("--check", action="store_true", help="fail below the floors of floors.py")
    return parser.parse_args()


def _channels(options: argparse.Namespace) -> tuple[dict[str, Channel], list[str]]:
    names = _QUICK_CHANNELS if options.quick else tuple(CHANNELS)
    channels = {name: CHANNELS[name] for name in names}
    if not options.codecs:
        return channels, ["The codecs are left out: --codecs adds them."]
    codecs, missing = available()
    return channels | codecs, missing


def _evaluate(
    recipe: Recipe,
    corpora: Sequence[Recordings],
    half: Half,
    channels: dict[str, Channel],
    speech: Sequence[Path],
    remarks: list[str],
) -> Results:
    left_out = []
    for part in evaluation.leave_corpora_out(recipe, corpora, half):
        left_out.append(part)
        _progress(f"{part.recordings.name} is predicted")
    held_out = evaluation.held_out_groups(recipe, corpora, half, _ADDED)
    _progress("held-out groups are predicted")
    by_name = {part.recordings.name: part for part in left_out}
    hard, fsdd = by_name["hard"], by_name["FSDD"]
    adults = {
        "FSDD, left out": fsdd.answers,
        "FSDD, groups held out": held_out["FSDD"],
    }
    spoken, left = evaluation.speech_predictions(recipe, speech)
    adults |= spoken
    remarks += left
    return {
        "models": {name: part.predictor.manifest.version for name, part in by_name.items()},
        "left_out": scores_by_corpus({name: part.answers for name, part in by_name.items()}),
        "held_out_groups": scores_by_corpus(held_out),
        "channels": evaluation.channel_scores(recipe, left_out, channels),
        "hard": {
            "left out": evaluation.hard_kinds(hard.answers, hard.recordings.notes),
            "groups held out": evaluation.hard_kinds(held_out["hard"], hard.recordings.notes),
        },
        "speech": {name: evaluation.speech_scores(rows) for name, rows in adults.items()},
    }


def _listen(
    model: Path | None,
    recipe: Recipe,
    corpora: Sequence[Recordings],
    half: Half,
    remarks: list[str],
) -> Results:
    try:
        listener = Listener(model) if model is not None else None
    except (VocalBabyError, FileNotFoundError):
        listener = None
    if listener is None:
        remarks.append(HINT)
        return {}
    synthetic = [r for r in recipe.records if r.corpus == "synthetic"]
    real = [r for corpus in corpora if corpus.name != "hard" for r in corpus.of_half(half)]
    heard = verdicts(listener, [*synthetic, *real])
    _progress("YAMNet has listened")
    return heard


def _two_sample(recipe: Recipe, corpora: Sequence[Recordings], half: Half) -> Results:
    synthetic = concat([recipe.train.originals, recipe.devel])
    meta = synthetic.meta
    synthetic = synthetic.where((meta.corpus == "synthetic") & (meta.Answer == "Crying"))
    if not len(synthetic):
        return {}
    real = {
        corpus.name: recipe.extract([r for r in corpus.of_half(half) if r.Answer == "Crying"])
        for corpus in corpora
        if corpus.name in {"LyonCry", "ESC-10", "DonateACry"}
    }
    real["all"] = concat(list(real.values()))
    return {name: two_sample_auc(synthetic, table) for name, table in real.items()}


def _commit() -> str:
    command = ["git", "describe", "--always", "--dirty"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    return done.stdout.strip() or "unknown"


def _progress(what: str) -> None:
    print(f"{time.process_time():.0f} s of CPU: {what}", file=sys.stderr, flush=True)


if __name__ == "__main__":
    sys.exit(main())
