"""Kills tuning and comparison at random moments, and verifies that nothing is lost.

scripts/test_comparison_kills.sh calls this. Each command is run once undisturbed. Then, in another
folder, it is killed with all its processes again and again, or alone so that its workers notice,
until it ends by itself; both folders must have the same results, byte by byte.
"""

import argparse
import hashlib
import os
import random
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from scripts.system_tests.checks import require

__all__ = ["main"]

#: Results that must not depend on kills, by stage.
_RESULTS: Final = (
    "tuning/**/best.json",
    "tuning/**/trials.csv",
    "comparison/**/predictions.csv",
    "results/results.csv",
    "results/classes.csv",
    "results/choice.json",
    "results/learning_curves.csv",
)

_CONFIGS: Final = {
    "data": "ingestion:\n  sources: [{adapter: folder, root: clips}]\n"
    "validation: {missing_class: warning}\n",
    "features": "feature_set: mfcc\naugmentation: {copies: 0}\n",
    "training": "model: {name: kills}\ntraining: {rounds: 30}\ncalibration: {folds: 3}\n",
    "evaluation": "resamples: 100\n",
    "tuning": "trials: 8\nfamilies: [boosted_trees, svm, logistic_regression]\njobs: 2\n",
    "comparison": "families: [boosted_trees, svm, logistic_regression]\nresamples: 100\n"
    "learning_curve: {children: [3], repeats: 2}\n",
}


def run(arguments: Sequence[str], folder: Path, rng: random.Random | None, longest: float) -> int:
    """Run a command of vocalbaby to its end; with a generator, kill it at a random moment.

    Returns:
        The exit code; -9 if it was killed.
    """
    command = [sys.executable, "-c", "from vocalbaby.commands.main import main; main()"]
    with (folder / "log.txt").open("ab") as log:
        process = subprocess.Popen(
            [*command, *arguments], cwd=folder, stdout=log, stderr=log, start_new_session=True
        )
        if rng is None:
            return process.wait()
        try:
            return process.wait(timeout=rng.uniform(1.0, longest))
        except subprocess.TimeoutExpired:
            if rng.random() < 0.5:
                os.killpg(process.pid, signal.SIGKILL)
            else:
                process.kill()
            code = process.wait()
            require_no_processes(process.pid)
            return code


def require_no_processes(group: int) -> None:
    """Require that the workers of a killed parent end within 10 seconds."""
    for _ in range(100):
        try:
            os.killpg(group, 0)
        except ProcessLookupError:
            return
        time.sleep(0.1)
    os.killpg(group, signal.SIGKILL)
    require("The workers of a killed parent end within 10 seconds", holds=False)


def results(folder: Path) -> dict[str, str]:
    """Checksums of the results that must be equal, by path."""
    files = sorted(path for pattern in _RESULTS for path in (folder / "artifacts").glob(pattern))
    return {
        str(path.relative_to(folder)): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in files
    }


def main() -> None:
    """Run the test; the options say how often to kill, and at which moments."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--kills", type=int, default=12, help="kills of each command")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("folder", type=Path)
    options = parser.parse_args()
    rng = random.Random(options.seed)  # noqa: S311 - moments of kills
    quiet, killed = (options.folder / name for name in ("quiet", "killed"))
    (quiet / "configs").mkdir(parents=True)
    for name, text in _CONFIGS.items():
        (quiet / "configs" / f"{name}.yaml").write_text(text, encoding="utf-8")
    first: Sequence[str] = ("synthesize", "clips", "--per-class", "40", "--seed", "3")
    for step in (first, ["ingest"], ["validate"], ["features"]):
        require(f"{step[0]} succeeds", holds=run(step, quiet, None, 0) == 0)
    shutil.copytree(quiet, killed)
    for command in ("tune", "experiment", "aggregate"):
        begun = time.monotonic()
        require(f"{command} succeeds", holds=run([command], quiet, None, 0) == 0)
        longest = 2.0 + 2.0 * (time.monotonic() - begun) / options.kills
        kills = 0
        for _ in range(options.kills):
            code = run([command], killed, rng, longest)
            require(f"{command} ends with 0 or is killed, not {code}", holds=code in {0, -9})
            kills += code == -9
        require(f"{command} succeeds", holds=run([command], killed, None, 0) == 0)
        require(f"{command} is killed before it ends", holds=kills)
        print(f"{command}: killed {kills} times", flush=True)
    expected, found = results(quiet), results(killed)
    different = sorted(name for name in expected | found if expected.get(name) != found.get(name))
    require(f"The results are the same, but for {different}", holds=not different)
    before = {path: path.stat().st_mtime_ns for path in killed.glob("artifacts/comparison/*/*/*/*")}
    require("experiment succeeds", holds=run(["experiment"], killed, None, 0) == 0)
    after = {path: path.stat().st_mtime_ns for path in before}
    require("No complete experiment is computed again", holds=before == after)
    print(f"comparison_kills: {len(expected)} files are the same, byte by byte")


if __name__ == "__main__":
    main()
