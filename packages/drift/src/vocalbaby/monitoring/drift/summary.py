"""The summary of a result in sentences, for operators."""

from collections.abc import Mapping, Sequence
from typing import Final

from vocalbaby.monitoring.drift.causes import CAUSES
from vocalbaby.monitoring.drift.effect_sizes import EffectSizes
from vocalbaby.monitoring.drift_result import (
    CauseResult,
    ColumnResult,
    EstimateResult,
    PredictionResult,
)
from vocalbaby.monitoring.prediction_log import LeftOut
from vocalbaby.utils.wording import counted

__all__ = [
    "describe_causes",
    "describe_classes",
    "describe_estimate",
    "describe_groups",
    "describe_missing",
    "describe_score",
    "group_name",
]

#: Names of the groups of features for people.
_GROUPS: Final = {
    "cepstrum": "cepstrum (timbre)",
    "cepstrum_dynamics": "changes of the cepstrum",
    "energy": "loudness contour",
    "formants": "formants (resonances of the vocal tract)",
    "mfcc": "MFCC (timbre)",
    "modulation": "rhythm (modulation)",
    "prosody": "prosody (F0 and voicing)",
    "shape": "shape of the spectrum",
    "voice": "voice quality",
}
#: Features that people can interpret, and their names.
_INTERPRETABLE: Final = {
    "f0_q50": "F0 (median)",
    "f2_mean": "second resonance",
    "f3_mean": "third resonance",
    "hnr_mean": "harmonics-to-noise ratio",
    "centroid_mean": "centre of the spectrum",
    "slope_high_mean": "slope of the spectrum above 1 kHz",
    "high_ratio_mean": "power above 1 kHz",
    "energy_range": "range of levels",
    "voiced_fraction": "share of voiced frames",
}
_UNKNOWN: Final = (
    "No known cause fits. Listen to recordings of the window, and ask what has changed about "
    "the recordings, the children and the software."
)
_MIN_SHIFT_SD: Final = 0.25
_MAX_FEATURES: Final = 5


def group_name(group: str) -> str:
    """Name of a group for people."""
    return _GROUPS.get(group, group.replace("_", " "))


def describe_score(
    score: float, threshold: float, *, drifted: bool, compared: int, rows: int
) -> str:
    """Describe the outcome and the score."""
    verdict = "No drift"
    if drifted:
        verdict = (
            "Drift" if score >= threshold else "Drift of the predicted classes, not of the features"
        )
    return (
        f"{verdict}: a classifier separates the window from the reference with an AUC of "
        f"{score:.2f} (0.5 is random, limit {threshold:.2f}), from {compared} of {rows} rows."
    )


def describe_groups(
    columns: Sequence[ColumnResult], effects: EffectSizes, *, drifted: bool
) -> list[str]:
    """Describe the groups that drifted, and the direction."""
    counts: dict[str, list[bool]] = {}
    for column in columns:
        counts.setdefault(column.group, []).append(column.drifted)
    ranked = sorted(
        (group for group in counts if any(counts[group])),
        key=lambda group: -sum(counts[group]) / len(counts[group]),
    )
    parts = [f"{group_name(g)} ({sum(counts[g])} of {len(counts[g])} columns)" for g in ranked]
    lines = [f"Drifted groups of features: {', '.join(parts) or 'none'}."]
    moved = {column.name for column in columns if column.drifted}
    steps = sorted(
        (
            name
            for name in _INTERPRETABLE
            if name in effects.z
            and (drifted or name in moved)
            and abs(effects.z[name]) >= _MIN_SHIFT_SD
        ),
        key=lambda name: -abs(effects.z[name]),
    )
    if steps:
        lines.append(f"Direction: {'; '.join(_step(effects, n) for n in steps[:_MAX_FEATURES])}.")
    return lines


def _step(effects: EffectSizes, name: str) -> str:
    change, unit = effects.change[name], effects.units[name]
    direction = "higher" if effects.z[name] > 0 else "lower"
    if change * effects.z[name] <= 0:  # mean and median disagree: no amount
        return f"{_INTERPRETABLE[name]} {direction}"
    amount = f"{abs(change):.2g}" + ("" if unit == "1" else f" {unit}")
    return f"{_INTERPRETABLE[name]} {amount} {direction}"


def describe_classes(predictions: PredictionResult) -> str:
    """Describe the predicted classes in the window and in the reference."""
    names = {*predictions.reference, *predictions.current}
    steps = {
        name: predictions.current.get(name, 0.0) - predictions.reference.get(name, 0.0)
        for name in names
    }
    if not predictions.drifted:
        return (
            "The predicted classes are about as frequent as in the reference (distance "
            f"{predictions.distance:.2f}, limit {predictions.threshold:.2f})."
        )
    ranked = sorted(names, key=lambda name: -abs(steps[name]))[:3]
    parts = [
        f"{name} {_percent(predictions.reference, name)} -> {_percent(predictions.current, name)}"
        for name in ranked
    ]
    return (
        f"The predicted classes changed: {', '.join(parts)} (distance "
        f"{predictions.distance:.2f}, limit {predictions.threshold:.2f})."
    )


def _percent(shares: Mapping[str, float], name: str) -> str:
    return f"{shares.get(name, 0.0):.0%}"


def describe_missing(columns: Sequence[ColumnResult]) -> list[str]:
    """Describe columns with more or fewer missing values than in the reference."""
    found = [column for column in columns if column.missing_drifted]
    if not found:
        return []
    worst = sorted(found, key=lambda c: -abs(c.missing_current - c.missing_reference))[:3]
    parts = [f"{c.name} {c.missing_reference:.0%} -> {c.missing_current:.0%}" for c in worst]
    changed = counted(len(found), "column")
    what = f"The share of missing values changed in {changed}: {', '.join(parts)}."
    return [f"{what} Features of F0 are missing in clips without voiced sound."]


def describe_causes(causes: Sequence[CauseResult]) -> list[str]:
    """Describe the hypotheses about the cause."""
    if not causes:
        return [_UNKNOWN]
    first, *others = causes
    lines = [f"Possible cause: {CAUSES[first.code].message}. {CAUSES[first.code].check}"]
    lines += [
        f"Another possible cause: {CAUSES[c.code].message}. {CAUSES[c.code].check}" for c in others
    ]
    return lines


def describe_left_out(left_out: Sequence[LeftOut]) -> list[str]:
    """Describe the parts of the prediction log that could not be read."""
    if not left_out:
        return []
    files = len({part.file for part in left_out})
    rows = sum(part.rows or 0 for part in left_out)
    known = all(part.rows is not None for part in left_out)
    lost = counted(rows, "row") if known else f"at least {counted(rows, 'row')}"
    what = (
        f"The prediction log is damaged in {counted(files, 'file')}, and the window lacks {lost}."
    )
    return [f"{what} The first damage: {left_out[0]}. All of it: vocalbaby-serve verify-log."]


def describe_estimate(estimate: EstimateResult) -> str:
    """Describe the estimated UAR and its limits."""
    return (
        f"Estimated UAR without labels: {estimate.uar:.2f}, on the reference "
        f"{estimate.reference:.2f}. The estimate relies on the probabilities of the model: under "
        "drift it is often too high, and it does not see a change of the meaning of a class."
    )
