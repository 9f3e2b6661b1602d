"""What may have happened: hypotheses from the pattern of the shifts.

Each cause has signature, features that it moves one way, and others that it leaves alone; how
well they fit is its evidence, 0 to 1. Only the default feature set has the signature; others
have those of the predicted classes alone.
"""

from collections.abc import Collection, Iterable, Mapping
from typing import Final, NamedTuple

import numpy as np

from vocalbaby.monitoring.drift.effect_sizes import EffectSizes

__all__ = ["CAUSES", "Cause", "DriftSignature", "cause_of_missing_groups", "likely_causes"]

#: A shift of so many standard deviations is a full clue.
_FULL: Final = 0.5
#: Evidence under which a cause is not named, and distance to the best to be named beside it.
_LEAST: Final = 0.5
_BESIDE: Final = 0.1
#: Semitones that a wrong sample rate moves F0 at least; a child's growth moves it less.
_OCTAVE: Final = (8.0, 30.0)
_GROWTH: Final = (1.5, 8.0)

#: What moves together with the sample rate, with the length of the tract, with a microphone.
_SCALED: Final = ("f0_q50", "centroid_mean", "rolloff25_mean", "f1_mean")
_TRACT: Final = ("f0_q50", "f0_mean", "f2_mean", "f3_mean", "centroid_mean")
_COLOUR: Final = (
    *("f2_mean", "f3_mean", "slope_high_mean"),
    *("flatness_high_mean", "cepstrum2_mean", "cepstrum4_mean"),
)


class Cause(NamedTuple):
    """A hypothesis.

    Attributes:
        message: For an operator: what it may be.
        check: What to look at.
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
        "Listen to some recordings; ask for a new place, appliance or distance.",
    ),
    "microphone": Cause(
        "another microphone, recorder or codec: the spectrum changed, F0 and the voice did not",
        "Look for a new device, application or coding, and for a low-pass filter.",
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
        "broken samples (byte order, encoding) or nothing but noise: hardly any voice is left",
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
        "clips much shorter than before: cut otherwise, or at a sample rate that is read too high",
        "Compare the lengths of the clips, and the rate in their headers, with the recorder's.",
    ),
}


class DriftSignature(NamedTuple):
    """What the causes are judged by.

    Attributes:
        shifts: Of the columns.
        classes_drifted: Whether the predicted classes did.
        score: Two-sample AUC.
        score_same_classes: With the mixture of classes evened out.
        threshold: Of the score.
    """

    shifts: EffectSizes
    classes_drifted: bool
    score: float
    score_same_classes: float
    threshold: float


def likely_causes(signature: DriftSignature) -> list[tuple[str, float]]:
    """Codes of :data:`CAUSES` with their evidence, the best first; none may fit."""
    evidence = {"class_mix": _class_mix(signature)}
    if "f0_q50" in signature.shifts.z and "hnr_mean" in signature.shifts.z:
        evidence |= _acoustic(signature.shifts)
    ranked = sorted(evidence.items(), key=lambda item: -item[1])
    best = ranked[0][1]
    return [(code, found) for code, found in ranked if found >= _LEAST and found >= best - _BESIDE]


def cause_of_missing_groups(groups: Collection[str], lost: Collection[str]) -> str | None:
    """Code of the cause that leaves these groups of features without values, if one is known.

    Args:
        groups: Of the feature set.
        lost: Those with columns that could hardly be measured.
    """
    if set(lost) == set(groups):
        return "silence"
    if set(lost) <= {"prosody", "voice"}:
        return "decoder"
    if set(lost) <= {"cepstrum_dynamics", "formants", "modulation"}:  # they take the longest
        return "short_clips"
    return None


def _class_mix(signature: DriftSignature) -> float:
    """How much of what is above chance goes away with the mixture evened out."""
    if not signature.classes_drifted:
        return 0.0
    excess = max(signature.score - 0.5, 1e-6)
    left = max(signature.score_same_classes - 0.5, 0.0)
    gone = 1.0 - min(left / excess, 1.0)
    below = signature.score_same_classes < signature.threshold
    return 0.6 + 0.4 * gone if below else 0.6 * gone


def _acoustic(shifts: EffectSizes) -> dict[str, float]:
    z = shifts.z
    semitones = shifts.change["f0_q50"]
    harmonics = ("hnr_mean", "periodicity_mean")
    voice_kept = _still(z, (*harmonics, "flatness_low_mean"))
    pitch_kept = _still(z, ("f0_q50", "f0_mean"))
    silenced = float(np.clip((0.6 - shifts.ratio["voiced_fraction"]) / 0.2, 0.0, 1.0))
    noise = _moves(z, down=harmonics) * _moves(
        z,
        up=("flatness_low_mean", "flatness_high_mean", "spread_mean"),
        down=("energy_range", "roughness_mean"),
    )
    noise = min(1.0, 1.5 * noise)
    # Noise leaves the shimmer, and what holds a level down does not.
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
    """Duller, brighter, or otherwise coloured."""
    return max(
        _moves(z, down=("f3_mean", "f2_mean", "slope_high_mean")),
        _moves(z, up=("f3_mean", "slope_high_mean", "high_ratio_mean"), down=("cepstrum1_mean",)),
        0.9 * float(np.mean([min(abs(z[name]) / _FULL, 1.0) for name in _COLOUR])),
    )


def _growth(z: Mapping[str, float], way: int) -> float:
    moved = _moves(z, up=_TRACT) if way > 0 else _moves(z, down=_TRACT)
    return min(1.0, 1.3 * moved)


def _moves(z: Mapping[str, float], *, up: Iterable[str] = (), down: Iterable[str] = ()) -> float:
    """1 where all moved that way by a full clue; nothing where they moved the other way."""
    steps = [z[name] for name in up] + [-z[name] for name in down]
    return max(float(np.mean(np.clip(np.array(steps) / _FULL, -1.0, 1.0))), 0.0)


def _still(z: Mapping[str, float], names: Iterable[str], within: float = 1.0) -> float:
    """1 where they hardly moved, 0 where they did."""
    moved = float(np.mean(np.abs([z[name] for name in names])))
    return float(np.clip(1.5 - moved / (0.5 * _FULL * within), 0.0, 1.0))


def _within(value: float, bounds: tuple[float, float]) -> float:
    return float(bounds[0] <= value < bounds[1])
