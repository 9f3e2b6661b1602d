"""Hypotheses about the cause of a drift, from the pattern of the effect sizes.

Each cause has a signature: features that it moves in one direction, and features that it leaves
unchanged. The evidence of a cause is how well its signature fits, 0 to 1. Acoustic signatures exist
for the default feature set only; other feature sets have the one of the predicted classes.
"""

from collections.abc import Collection, Iterable, Mapping
from typing import Final, NamedTuple

import numpy as np

from vocalbaby.monitoring.drift.effect_sizes import EffectSizes

__all__ = ["CAUSES", "Cause", "DriftSignature", "cause_of_missing_groups", "likely_causes"]

#: Effect size in standard deviations that counts as a full shift.
_FULL: Final = 0.5
#: Least evidence of a cause that is named, and greatest distance to the best to be named too.
_LEAST: Final = 0.5
_BESIDE: Final = 0.1
#: From this margin above the threshold, the mixture of classes does not explain the AUC.
_NEAR: Final = 0.04
#: Change of F0 in semitones by a wrong sample rate, and by the growth of a child.
_OCTAVE: Final = (8.0, 30.0)
_GROWTH: Final = (1.5, 8.0)

#: Features that move with the sample rate, with the length of the vocal tract, and with a
#: microphone.
_SCALED: Final = ("f0_q50", "centroid_mean", "rolloff25_mean", "f1_mean")
_TRACT: Final = ("f0_q50", "f0_mean", "f2_mean", "f3_mean", "centroid_mean")
_COLOUR: Final = (
    *("f2_mean", "f3_mean", "slope_high_mean"),
    *("flatness_high_mean", "cepstrum2_mean", "cepstrum4_mean"),
)


class Cause(NamedTuple):
    """A hypothesis.

    Attributes:
        message: Description of the hypothesis for operators.
        check: What to check.
    """

    message: str
    check: str


CAUSES: Final[dict[str, Cause]] = {
    "class_mix": Cause(
        "the mixture of classes changed, not the sound within a class",
        "Ask whether other children, times of day or situations are recorded now.",
    ),
    "noise": Cause(
        "more background noise: less harmonic, flatter spectra, a smaller range of levels",
        "Listen to some recordings, and ask about a new location, appliance or distance.",
    ),
    "microphone": Cause(
        "another microphone, recorder or codec: the spectrum changed, F0 and voice quality did not",
        "Look for a new device, application or codec, and for a low-pass filter.",
    ),
    "older_children": Cause(
        "older children (or adults): a lower F0 and lower resonances of the vocal tract",
        "Compare the children's ages with those of the training data.",
    ),
    "younger_children": Cause(
        "younger children: a higher F0 and higher resonances of the vocal tract",
        "Compare the children's ages with those of the training data.",
    ),
    "sample_rate": Cause(
        "a wrong sample rate: F0 and the whole spectrum moved together by a large factor",
        "Compare the rate in the files' headers with that of the recorder.",
    ),
    "decoder": Cause(
        "broken samples (byte order, encoding) or only noise: hardly any voiced sound is left",
        "Listen to a recording as it arrives; look for a new client or file format.",
    ),
    "clipping": Cause(
        "overdriven or strongly compressed recordings: louder frames, a smaller range of levels, "
        "while the voice stays",
        "Look at the input gain, and at automatic gain control.",
    ),
    "silence": Cause(
        "empty or silent recordings: nothing can be measured in them",
        "Listen to a recording as it arrives; look for a muted input or a broken decoder.",
    ),
    "short_clips": Cause(
        "much shorter clips: another segmentation, or a sample rate that is read too high",
        "Compare the lengths of the clips, and the rate in their headers, with the recorder's.",
    ),
}


class DriftSignature(NamedTuple):
    """Signature of a drift, from which the causes are inferred.

    Attributes:
        effects: Effect sizes of the columns.
        classes_drifted: Whether the predicted classes drifted.
        score: AUC of the two-sample classifier.
        score_same_classes: AUC with the same mixture of classes on both sides.
        threshold: Least score that counts as drift.
    """

    effects: EffectSizes
    classes_drifted: bool
    score: float
    score_same_classes: float
    threshold: float


def likely_causes(signature: DriftSignature) -> list[tuple[str, float]]:
    """Codes of the causes that fit, with their evidence, the most likely first."""
    evidence = {"class_mix": _class_mix(signature)}
    if "f0_q50" in signature.effects.z and "hnr_mean" in signature.effects.z:
        # What disappears with the same mixture of classes is not due to the sound.
        left = 1.0 - _gone(signature) if signature.classes_drifted else 1.0
        evidence |= {code: left * e for code, e in _acoustic(signature.effects).items()}
    ranked = sorted(evidence.items(), key=lambda item: -item[1])
    best = ranked[0][1]
    return [(code, found) for code, found in ranked if found >= _LEAST and found >= best - _BESIDE]


def cause_of_missing_groups(groups: Collection[str], lost: Collection[str]) -> str | None:
    """Code of the cause that leaves these groups of features without values, or None.

    Args:
        groups: All groups of the feature set.
        lost: Groups with columns that could hardly be measured.
    """
    if set(lost) == set(groups):
        return "silence"
    if set(lost) <= {"prosody", "voice"}:
        return "decoder"
    if set(lost) <= {"cepstrum_dynamics", "formants", "modulation"}:  # these need the longest clips
        return "short_clips"
    return None


def _class_mix(signature: DriftSignature) -> float:
    """Evidence that the classes explain the drift: with the same mixture hardly any is left."""
    if not signature.classes_drifted:
        return 0.0
    gone = _gone(signature)
    above = signature.score_same_classes - signature.threshold
    explained = float(np.clip(1.0 - above / _NEAR, 0.0, 1.0))
    return 0.6 * gone + explained * (0.6 - 0.2 * gone)


def _gone(signature: DriftSignature) -> float:
    """Share of the excess over an AUC of 0.5 that disappears with the same mixture of classes."""
    excess = max(signature.score - 0.5, 1e-6)
    left = max(signature.score_same_classes - 0.5, 0.0)
    return 1.0 - min(left / excess, 1.0)


def _acoustic(effects: EffectSizes) -> dict[str, float]:
    z = effects.z
    semitones = effects.change["f0_q50"]
    harmonics = ("hnr_mean", "periodicity_mean")
    voice_kept = _still(z, (*harmonics, "flatness_low_mean"))
    pitch_kept = _still(z, ("f0_q50", "f0_mean"))
    silenced = float(np.clip((0.6 - effects.ratio["voiced_fraction"]) / 0.2, 0.0, 1.0))
    noise = _moves(z, down=harmonics) * _moves(
        z,
        up=("flatness_low_mean", "flatness_high_mean", "spread_mean"),
        down=("energy_range", "roughness_mean"),
    )
    noise = min(1.0, 1.5 * noise)
    # Noise leaves shimmer unchanged, and limiting the level does not.
    squeezed = min(
        _moves(z, up=("energy_mean",), down=("energy_range", "energy_std")),
        _moves(z, down=("shimmer",)),
    )
    return {
        "noise": noise * (1.0 - silenced),
        "decoder": noise * silenced,
        "microphone": _spectrum(z) * min(voice_kept, pitch_kept),
        "older_children": _growth(z, -1) * _within(-semitones, _GROWTH) * voice_kept,
        "younger_children": _growth(z, 1) * _within(semitones, _GROWTH) * voice_kept,
        "sample_rate": max(_moves(z, up=_SCALED), _moves(z, down=_SCALED))
        * _within(abs(semitones), _OCTAVE),
        "clipping": squeezed * _still(z, harmonics, within=2.0),
    }


def _spectrum(z: Mapping[str, float]) -> float:
    """Evidence of a change of the spectrum: duller, brighter, or otherwise coloured."""
    return max(
        _moves(z, down=("f3_mean", "f2_mean", "slope_high_mean")),
        _moves(z, up=("f3_mean", "slope_high_mean", "high_ratio_mean"), down=("cepstrum1_mean",)),
        0.9 * float(np.mean([min(abs(z[name]) / _FULL, 1.0) for name in _COLOUR])),
    )


def _growth(z: Mapping[str, float], direction: int) -> float:
    moved = _moves(z, up=_TRACT) if direction > 0 else _moves(z, down=_TRACT)
    return min(1.0, 1.3 * moved)


def _moves(z: Mapping[str, float], *, up: Iterable[str] = (), down: Iterable[str] = ()) -> float:
    """1 if all moved in their direction by a full shift, 0 if they moved the other way."""
    steps = [z[name] for name in up] + [-z[name] for name in down]
    return max(float(np.mean(np.clip(np.array(steps) / _FULL, -1.0, 1.0))), 0.0)


def _still(z: Mapping[str, float], names: Iterable[str], within: float = 1.0) -> float:
    """1 if the features hardly moved, 0 if they moved."""
    moved = float(np.mean(np.abs([z[name] for name in names])))
    return float(np.clip(1.5 - moved / (0.5 * _FULL * within), 0.0, 1.0))


def _within(value: float, bounds: tuple[float, float]) -> float:
    return float(bounds[0] <= value < bounds[1])
