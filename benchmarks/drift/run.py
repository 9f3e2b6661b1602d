"""Measure the false alarms and detections of the drift job, and the error of its estimated UAR.

    OMP_NUM_THREADS=1 python -m benchmarks.drift.run

The reference of the default model is replaced by one of 504 clips of 42 synthetic children, and
the windows are synthetic clips of other children. The tables are those of the README.
"""

import argparse
import re
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Final

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from benchmarks.drift.planted import FAULTS, Clips, PlantedFault, synthetic_clips
from vocalbaby import features, inference
from vocalbaby.components.feature_table import META_COLUMNS, FeatureTable, to_parquet
from vocalbaby.entity.labels import CLASSES, Label
from vocalbaby.inference.predictor import Predictor
from vocalbaby.monitoring.drift.analysis import analyse, is_drift
from vocalbaby.monitoring.drift.config import DriftConfig
from vocalbaby.monitoring.drift.distances import class_distance
from vocalbaby.monitoring.drift.estimated_uar import estimate_uar, true_uar
from vocalbaby.monitoring.drift.null_distribution import Limits, compare, halve, limits
from vocalbaby.monitoring.drift.sample import Sample, predict_from_features, reference_sample
from vocalbaby.monitoring.drift.window import Window
from vocalbaby.monitoring.drift.window_checks import check_window
from vocalbaby.monitoring.drift_result import PredictionResult

Floats = NDArray[np.float64]

_CONFIG: Final = DriftConfig()


def extract(clips: Clips, predictor: Predictor) -> Floats:
    """Extract the features of the model's set; returns shape (n_clips, n_columns)."""
    chosen = features.of_records(predictor.manifest.feature_sets)
    parts = [
        chosen.extract(clips.samples[start : start + 16])
        for start in range(0, len(clips.samples), 16)
    ]
    return np.concatenate(parts).astype(np.float64)


def window_of(values: Floats, children: list[str], predictor: Predictor) -> Window:
    """Return a window as it would be read from a feature table."""
    return Window(predictor.manifest.columns, values, np.array(children, np.str_))


def with_reference(predictor: Predictor, clips: Clips) -> Predictor:
    """Return the model with another reference sample."""
    manifest = predictor.manifest
    keys = [f"{child}_{number}" for number, child in enumerate(clips.children)]
    blank = [""] * len(keys)
    rows = dict(zip(META_COLUMNS, (keys, clips.children, clips.labels, blank, blank), strict=True))
    values = extract(clips, predictor).astype(np.float32)
    table = FeatureTable(
        manifest.feature_set,
        manifest.feature_set_version,
        pd.DataFrame(rows).astype(object),
        pd.DataFrame(values, columns=list(manifest.columns)),
    )
    return Predictor(replace(predictor.bundle, reference=to_parquet(table)))


def sample_of(values: Floats, children: list[str], predictor: Predictor) -> Sample:
    """Return the rows as a sample, with their predictions and groups."""
    groups = np.unique(np.array(children, np.str_), return_inverse=True)[1]
    return Sample(values, predict_from_features(predictor, values), groups)


def says_drift(reference: Sample, current: Sample, allowed: Limits) -> bool:
    """The job's decision."""
    distance = class_distance(reference.predictions.labels, current.predictions.labels)
    limit = max(_CONFIG.columns.class_threshold, allowed.classes)
    predictions = PredictionResult(
        distance=distance, threshold=limit, drifted=distance >= limit, reference={}, current={}
    )
    threshold = max(_CONFIG.score.threshold, allowed.score)
    return is_drift(compare(reference, current, _CONFIG.score), threshold, predictions)


def false_alarms(predictor: Predictor, builtin: Predictor, windows: int) -> Iterator[str]:
    """Yield rows of false alarms: new children, and child-disjoint halves of references."""
    reference = reference_sample(predictor)[0]
    new = synthetic_clips(70, 600, 10)
    values = extract(new, predictor)
    everyone = sample_of(values, new.children, predictor)
    rng = np.random.default_rng(1)
    for per_window, children in ((100, 10), (400, 40), (400, 400), (2000, 200)):
        allowed = limits(reference, per_window, _CONFIG.score)
        alarms = 0
        for _ in range(windows):
            chosen = rng.choice(600, children, replace=False)
            places = np.flatnonzero(np.isin(everyone.groups, chosen))
            if per_window < len(places):
                places = np.sort(rng.choice(places, per_window, replace=False))
            alarms += says_drift(reference, everyone.rows(places), allowed)
        yield f"| {per_window} clips of {children} new children | {alarms} of {windows} |"
    for name, whole in (("synthetic", reference), ("built-in", reference_sample(builtin)[0])):
        alarms = 0
        for number in range(windows):
            one, other = halve(np.random.default_rng([5, number]), whole, len(whole) // 2)
            seeded = _CONFIG.score.model_copy(update={"seed": number})
            alarms += says_drift(one, other, limits(one, len(other), seeded))
        yield f"| half of the {name} reference against its other half | {alarms} of {windows} |"


def planted_row(predictor: Predictor, fault: PlantedFault, seed: int, clips: int) -> str:
    """Return a row of the table of planted drifts."""
    sound = fault.clips(seed, clips // 8, 8)
    values = extract(sound, predictor)
    window = window_of(values, sound.children, predictor)
    wrong = check_window(
        window, reference_sample(predictor)[0].values, predictor.manifest, _CONFIG.window
    )
    if wrong is not None:
        return f"| {fault.name} | {wrong.outcome} | - | - | {fault.cause} | {wrong.cause} | - |"
    result = analyse(predictor, window, _CONFIG).fields
    named = ", ".join(cause.code for cause in result["causes"]) or "none"
    most = sorted(result["groups"].items(), key=lambda item: -item[1])[:2]
    groups = ", ".join(f"{name} {share:.0%}" for name, share in most if share) or "-"
    return (
        f"| {fault.name} | {result['outcome']} | {result['score']:.2f} ({result['threshold']:.2f})"
        f" | {result['predictions'].distance:.2f} | {fault.cause} | {named} | {groups} |"
    )


def estimates(predictor: Predictor, clips: int) -> Iterator[str]:
    """Yield rows with the estimated and the true UAR."""
    shares: dict[Label, float]
    cases: dict[str, Clips] = {"as the reference": synthetic_clips(81, clips // 10, 10)}
    for label in ("Canonical", "Crying", "Junk"):
        shares = {name: 0.6 if name == label else 0.1 for name in CLASSES}
        cases[f"60 % {label}"] = synthetic_clips(82, clips // 10, 10, shares=shares)
    for fault in FAULTS:
        if fault.cause not in {"class_mix", "silence"}:
            cases[fault.name] = fault.clips(83, clips // 10, 10)
    for name, sound in cases.items():
        yield _estimate(predictor, name, extract(sound, predictor), list(sound.labels))
    sound = cases["as the reference"]
    other = {"Canonical": "Non-canonical", "Non-canonical": "Canonical"}
    swapped = [other.get(label, label) for label in sound.labels]
    name = "concept shift: the two kinds of babble swap names"
    yield _estimate(predictor, name, extract(sound, predictor), swapped)


def _estimate(predictor: Predictor, name: str, values: Floats, labels: list[str]) -> str:
    probabilities = predict_from_features(predictor, values).probabilities
    truth = np.array(labels, np.str_)
    true = true_uar(probabilities, truth, predictor.manifest.classes)
    guess = estimate_uar(probabilities)
    if true is None:
        raise ValueError("The true UAR requires labelled clips.")
    real = np.array([(truth == c).mean() for c in predictor.manifest.classes])
    gap = float(np.abs(guess.shares - real).max())
    return f"| {name} | {true:.3f} | {guess.uar:.3f} | {guess.uar - true:+.3f} | {gap:.2f} |"


def cost(predictor: Predictor, folder: Path) -> str:
    """Measure the CPU seconds and peak memory of a run on 2,000 rows in a separate process."""
    sound = synthetic_clips(90, 200, 10)
    frame = pd.DataFrame(extract(sound, predictor), columns=list(predictor.manifest.columns))
    frame.to_csv(folder / "window.csv", index=False)
    # VmHWM is the peak of the new program alone; getrusage includes the process that forked it.
    code = (
        "import atexit, sys\n"
        "atexit.register(lambda: sys.stderr.write(open('/proc/self/status').read()))\n"
        "from vocalbaby.monitoring.drift.cli import main\n"
        "main()"
    )
    arguments = ["run", "--table", str(folder / "window.csv"), "--out", str(folder / "out")]
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    done = subprocess.run(
        [sys.executable, "-c", code, *arguments], check=True, capture_output=True, text=True
    )
    (peak_kib,) = re.findall(r"VmHWM:\s*(\d+) kB", done.stderr)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    cpu_s = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    mib = int(peak_kib) / 1024
    return f"A run on 2,000 rows takes {cpu_s:.1f} s of CPU and at most {mib:.0f} MiB."


def main() -> None:
    """Run the benchmark and print its tables."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument(
        "--windows", type=int, default=100, help="windows of each kind without drift"
    )
    parser.add_argument("--clips", type=int, default=400, help="clips in each window with drift")
    parser.add_argument("--seeds", type=int, default=3, help="windows of each planted drift")
    options = parser.parse_args()
    began = time.process_time()
    builtin = inference.load()
    predictor = with_reference(builtin, synthetic_clips(60, 42, 12))
    print("\n| window | reported as drift |\n| --- | --- |")
    for row in false_alarms(predictor, builtin, options.windows):
        print(row, flush=True)
    print("\n| fault | outcome | AUC (limit) | class distance | cause | identified | groups |")
    print("| --- | --- | --- | --- | --- | --- | --- |")
    for fault in FAULTS:
        for seed in range(options.seeds):
            print(planted_row(predictor, fault, 200 + seed, options.clips), flush=True)
    print("\n| window | true UAR | estimated | error | largest error of a class share |")
    print("| --- | --- | --- | --- | --- |")
    for row in estimates(predictor, 2 * options.clips):
        print(row, flush=True)
    with tempfile.TemporaryDirectory() as folder:
        print("\n" + cost(predictor, Path(folder)))
    print(f"The benchmark took {time.process_time() - began:.0f} s of CPU.")


if __name__ == "__main__":
    main()
