"""Compare the labels of clips with those of disturbed copies.

    python -m benchmarks.robustness.run --data FOLDER [--clips 400] [--model FOLDER]

FOLDER holds recordings in folders such as ``clips`` and ``donateacry`` (docs/pipeline.md). The
benchmark prints which warnings the clips have as they are, and for each disturbance how many
labels change, how many of these changes have no new warning, and how many copies have each
warning that their clip does not have. ``--check`` fails if silence, hum from 10 dB below the
sound on, or a channel with the opposite sign change more than 2 % of the labels.
"""

import argparse
import sys
from collections import Counter
from pathlib import Path

import numpy as np
import soundfile
from numpy.typing import NDArray

from benchmarks.robustness.disturbances import DISTURBANCES, RATE
from vocalbaby import audio, inference
from vocalbaby.entity.prediction import Prediction
from vocalbaby.exception import AudioError, VocalBabyError
from vocalbaby.inference.predictor import Predictor

Samples = NDArray[np.float32]
Outcomes = list[Prediction | VocalBabyError]

ABSTENTIONS = {"unlike_training", "not_confident"}
MAX_CHANGED = 0.02
CHECKED = ("zeros", "dithered", "right = -left", "right = -0.5", "hum of")
NOT_CHECKED = ("-20 dB", "at 3 dB", "ms later")


def read(files: list[Path]) -> list[Samples]:
    """Read the usable clips of one channel at 16 kHz, as they are in the files."""
    found = []
    for file in files:
        try:
            audio.load(file)
        except AudioError:
            continue
        samples, rate = soundfile.read(file, dtype="float32")  # not cleaned, as `load` does
        if samples.ndim == 1 and rate == RATE:
            found.append(samples)
    return found


def label(outcome: Prediction | VocalBabyError) -> str:
    """Return the label, ``none`` for an abstention, or the code of an error."""
    if isinstance(outcome, VocalBabyError):
        return outcome.code
    return outcome.label or "none"


def codes(outcome: Prediction | VocalBabyError) -> set[str]:
    """Return the codes of the warnings."""
    if isinstance(outcome, VocalBabyError):
        return set()
    return {warning.code for warning in outcome.warnings}


def compare(clips: list[Samples], before: Outcomes, name: str, model: Predictor) -> bool:
    """Print the row of one disturbance; returns whether few enough labels change."""
    rng = np.random.default_rng(0)
    copies = [DISTURBANCES[name](clip, rng) for clip in clips]
    after = inference.predict(copies, sample_rate=RATE, model=model, errors="return")
    pairs = list(zip(before, after, strict=True))
    changed = [(old, new) for old, new in pairs if label(old) != label(new)]
    without = sum(not codes(new) - codes(old) - ABSTENTIONS for old, new in changed)
    new_codes = Counter(code for old, new in pairs for code in codes(new) - codes(old))
    warned = ", ".join(f"{code} {n}" for code, n in new_codes.most_common())
    print(f"| {name} | {len(changed)} | {without} | {warned or '-'} |", flush=True)
    checked = name.startswith(CHECKED) and not name.endswith(NOT_CHECKED)
    return not checked or len(changed) <= MAX_CHANGED * len(clips)


def main() -> int:
    """Print the tables; returns the exit status."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--data", type=Path, required=True, help="folder of folders of clips")
    parser.add_argument("--folders", nargs="+", default=["clips", "donateacry"])
    parser.add_argument("--clips", type=int, default=400, help="number of clips, 0 for all")
    parser.add_argument("--seed", type=int, default=0, help="seed of the choice of clips")
    parser.add_argument("--model", type=Path, help="bundle; the default model if absent")
    parser.add_argument("--check", action="store_true", help="fail if too many labels change")
    options = parser.parse_args()
    files = [f for name in options.folders for f in sorted((options.data / name).glob("*.wav"))]
    if 0 < options.clips < len(files):
        chosen = np.random.default_rng(options.seed).choice(
            len(files), options.clips, replace=False
        )
        files = [files[i] for i in sorted(chosen)]
    clips, model = read(files), inference.load(options.model)
    before: Outcomes = inference.predict(clips, sample_rate=RATE, model=model, errors="return")
    print(f"{len(clips)} of {len(files)} clips: {dict(Counter(map(label, before)))}\n")
    print("Warnings of the clips as they are, by label:\n")
    print("| warning | clips | labels |\n| --- | --- | --- |")
    seen = Counter(code for outcome in before for code in codes(outcome))
    for code, n in seen.most_common():
        labels = Counter(label(outcome) for outcome in before if code in codes(outcome))
        print(f"| {code} | {n} | {', '.join(f'{k} {v}' for k, v in labels.most_common())} |")
    print("\n| disturbance | labels changed | without a new warning | new warnings |")
    print("| --- | --- | --- | --- |")
    results = [compare(clips, before, name, model) for name in DISTURBANCES]
    return 1 if options.check and not all(results) else 0


if __name__ == "__main__":
    sys.exit(main())
