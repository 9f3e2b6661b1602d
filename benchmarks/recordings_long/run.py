"""Segmentation of recordings: accuracy on composites that were never heard, CPU time and memory.

    python -m benchmarks.recordings_long.run --data FOLDER --speech FOLDER [--yamnet FILE]

prints Markdown tables, and writes ``results.md``, ``results.json`` and ``costs.png`` to the output
folder, where features and models are kept for the next run. Settings are tuned with ``--tuning``,
which uses composites of the other half of the groups and a model that did not hear those.
"""

import argparse
import json
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from benchmarks.recordings_long.composites import KINDS, Kind, composites, read_pool
from benchmarks.recordings_long.confusion import confusion_rows, write_confusion
from benchmarks.recordings_long.contenders import opensmile_costs, yamnet_cries
from benchmarks.recordings_long.costs import Cost, measure, repeat_to_wav
from benchmarks.recordings_long.models import model_without
from benchmarks.recordings_long.scoring import Scores, write_timelines
from benchmarks.transfer.splits import Half
from vocalbaby import annotations, audio, inference, segmentation
from vocalbaby.corpora.synthetic.scenes import Recorded
from vocalbaby.entity.timeline import Segment
from vocalbaby.inference import Predictor
from vocalbaby.segmentation import PatchListener, SegmentationConfig

#: Composites of five minutes of each kind.
_COUNTS: Final[dict[Kind, int]] = {"home": 24, "phone": 10, "no infant": 16}
_HOURS: Final = (1, 4, 16)
_OPENSMILE_HOURS: Final = 0.05
#: Score from which a patch counts as a cry; not tuned.
_YAMNET_THRESHOLD: Final = 0.2
_LISTENER: Final = "YAMNet as listener"

Samples = NDArray[np.float32]


def main() -> int:
    """Run the benchmark."""
    options = _options()
    options.out.mkdir(parents=True, exist_ok=True)
    results: dict[str, Any] = {}
    if not options.skip_accuracy:
        results |= _accuracy(options)
    if not options.skip_costs:
        results["costs"] = _costs(options)
    text = "\n".join(_table(name, rows) for name, rows in results.items())
    (options.out / "results.json").write_text(json.dumps(results, indent=2) + "\n", "utf-8")
    (options.out / "results.md").write_text(text, "utf-8")
    print(text)
    return 0


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--data", type=Path, required=True, help="folder of the real recordings")
    parser.add_argument("--speech", type=Path, help="folder of scripts/make_speech_corpus.sh")
    parser.add_argument("--recipe", type=Path, default=Path("configs/default_model"))
    parser.add_argument("--yamnet", type=Path, help="yamnet_spectra_in.tflite")
    parser.add_argument("--opensmile", type=Path, help="Python of an environment that has it")
    parser.add_argument("--out", type=Path, default=Path("artifacts/recordings_long"))
    parser.add_argument("--cache", type=Path, help="features and models (default: OUT/cache)")
    parser.add_argument("--model", type=Path, help="bundle that is trained already")
    parser.add_argument("--tuning", action="store_true", help="use the half that settings know")
    parser.add_argument("--confusion", type=Path, help="write the confusion table (JSON) there")
    parser.add_argument("--timelines", type=Path, help="write true and found segments there")
    parser.add_argument("--model-version", default="", help="version that the table is for")
    parser.add_argument("--skip-accuracy", action="store_true")
    parser.add_argument("--skip-costs", action="store_true")
    return parser.parse_args()


def _accuracy(options: argparse.Namespace) -> dict[str, Any]:
    half: Half = "choosing" if options.tuning else "reporting"
    cache = options.cache or options.out / "cache"
    model = (
        inference.load(options.model)
        if options.model
        else model_without(half, options.data, options.recipe, cache)
    )
    _progress(f"the model {model.version} is ready")
    pool = read_pool(options.data, options.speech, half)
    yamnet = options.yamnet and yamnet_cries(options.yamnet, _YAMNET_THRESHOLD)
    listener = inference.load_listener(options.yamnet) if yamnet else None
    rows: dict[str, Any] = {}
    confusion = []
    scored: dict[str, Scores] = {}
    for kind in KINDS:
        own, both, other, yamnet_s = Scores(), Scores(), Scores(), 0.0
        for number, recorded in enumerate(composites(pool, kind, _COUNTS[kind])):
            given = segment(recorded.samples, model)
            duration_s = len(recorded.samples) / 16_000
            own.add(recorded.segments, given, duration_s)
            confusion += confusion_rows(f"{kind} {number}", recorded.segments, given)
            if listener:
                heard = segment(recorded.samples, model, listener=listener)
                both.add(recorded.segments, heard, duration_s)
            if yamnet:
                began = time.process_time()
                found = yamnet(recorded.samples)
                yamnet_s += time.process_time() - began
                other.add(recorded.segments, found, duration_s)
        scored[kind] = own
        rows[kind] = own.summary()
        if listener:
            scored[f"{kind}, {_LISTENER}"] = both
            rows[f"{kind}, {_LISTENER}"] = both.summary()
        if yamnet:
            scored[f"{kind}, YAMNet"] = other
            rows[f"{kind}, YAMNet"] = other.summary() | {
                "CPU s/h": yamnet_s / other.duration_s * 3600
            }
        _progress(f"{kind} composites are scored")
    if options.confusion:
        write_confusion(options.confusion, confusion, options.model_version or model.version)
    shared = _score_shared(options.data, model, listener)
    scored |= shared
    rows |= {name: scores.summary() for name, scores in shared.items()}
    if options.timelines:
        write_timelines(options.timelines, {n: s.recordings for n, s in scored.items()})
    return {f"accuracy ({half}, {model.version})": rows}


def _score_shared(
    data: Path, model: Predictor, listener: PatchListener | None
) -> dict[str, Scores]:
    # Their groups are those of both halves, so the model heard some of them.
    rows: dict[str, PatchListener | None] = {"shared composites": None}
    if listener:
        rows[f"shared composites, {_LISTENER}"] = listener
    found = {name: Scores() for name in rows}
    for recorded in _shared_composites(data):
        for name, scores in found.items():
            heard = segment(recorded.samples, model, listener=rows[name])
            scores.add(recorded.segments, heard, len(recorded.samples) / 16e3)
    return found


def segment(
    samples: Samples,
    model: Predictor,
    config: SegmentationConfig | None = None,
    listener: PatchListener | None = None,
) -> list[Segment]:
    """Segment a recording in memory."""
    config = config or SegmentationConfig()
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "evidence"
        heard = segmentation.hear([samples], model, config.hearing, path, listener=listener)
        return list(segmentation.decode(heard, config))


def _shared_composites(data: Path) -> Iterator[Recorded]:
    for path in sorted((data / "composite").glob("*.wav")):
        (truth,) = annotations.read(path.with_suffix(".rttm"))
        renamed = tuple(
            Segment(s.onset_s, s.offset_s, "Junk" if str(s.label).startswith("Junk") else s.label)
            for s in truth.segments
        )
        with audio.open_recording(path) as recording:
            yield Recorded(np.concatenate(list(recording.blocks())), renamed)


def _costs(options: argparse.Namespace) -> dict[str, Any]:
    dense = [r.samples for r in _shared_composites(options.data)]
    rng = np.random.default_rng(0)
    quiet = [rng.standard_normal(60 * 16_000, dtype=np.float32) * np.float32(1e-3)]
    rows: dict[str, Any] = {}
    measured: list[Cost] = []
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "recording.wav"
        for name, parts, lengths in (("dense", dense, _HOURS), ("quiet night", quiet, (1, 8))):
            for hours in lengths:
                repeat_to_wav(iter(parts), hours, path)
                cost = measure(path)
                rows[f"{name}, {hours} h"] = _cost_row(cost)
                if options.yamnet and hours == 1:
                    heard = measure(path, listener=options.yamnet)
                    rows[f"{name}, {hours} h, YAMNet as listener"] = _cost_row(heard)
                measured += [cost] if name == "dense" else []
                _progress(f"{name}, {hours} h is measured")
        if options.opensmile:
            repeat_to_wav(iter(dense), _OPENSMILE_HOURS, path)
            rows["dense, openSMILE windows"] = opensmile_costs(options.opensmile, path)
    _plot(measured, options.out / "costs.png")
    return rows


def _cost_row(cost: Cost) -> dict[str, float]:
    return {
        "CPU s/h": cost.cpu_s_per_hour,
        "start, CPU s": cost.start_cpu_s,
        "peak MB": cost.peak_mb,
        "windows/h": cost.windows / cost.hours,
        "segments": cost.segments,
    }


def _plot(costs: list[Cost], path: Path) -> None:
    import matplotlib as mpl  # noqa: PLC0415 - slow

    mpl.use("Agg")
    from matplotlib import pyplot as plt  # noqa: PLC0415 - slow

    figure, (left, right) = plt.subplots(1, 2, figsize=(8, 3))
    hours = [cost.hours for cost in costs]
    left.plot(hours, [cost.cpu_s for cost in costs], "o-")
    left.set(xlabel="length of the recording, h", ylabel="CPU time, s", ylim=(0, None))
    right.plot(hours, [cost.peak_mb for cost in costs], "o-")
    right.set(xlabel="length of the recording, h", ylabel="peak memory, MB", ylim=(0, None))
    figure.tight_layout()
    figure.savefig(path, dpi=100)


def _table(name: str, rows: dict[str, dict[str, float]]) -> str:
    columns = list(dict.fromkeys(column for row in rows.values() for column in row))
    lines = [f"| {name} | {' | '.join(columns)} |", f"| --- |{' --- |' * len(columns)}"]
    for label, row in rows.items():
        cells = [f"{row[c]:.2f}".rstrip("0").rstrip(".") if c in row else "" for c in columns]
        lines.append(f"| {label} | {' | '.join(cells)} |")
    return "\n".join(lines) + "\n"


def _progress(what: str) -> None:
    print(f"{time.process_time():.0f} s of CPU: {what}", file=sys.stderr, flush=True)


if __name__ == "__main__":
    sys.exit(main())
