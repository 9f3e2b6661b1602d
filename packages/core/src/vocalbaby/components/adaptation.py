"""Adaptation of a bundle to a laboratory's clips."""

from dataclasses import asdict, dataclass, replace
from typing import Any, Final, Literal

import numpy as np
from numpy.typing import NDArray

from vocalbaby.components.adaptation_choice import LabScores, Objective, choose, cross_validate
from vocalbaby.components.adaptation_data import LabClip
from vocalbaby.components.adaptation_figures import Gain, compare
from vocalbaby.components.adaptation_methods import (
    METHODS,
    AdaptationMethod,
    estimate_priors,
    scores_of,
)
from vocalbaby.entity.bundle import Calibration, ModelBundle
from vocalbaby.exception import DataError
from vocalbaby.models.calibration import calibrated, probabilities
from vocalbaby.utils.wording import counted

__all__ = ["FEWEST_CLIPS", "Adaptation", "LabData", "adapt"]

#: Fewest clips that a model is adapted to.
FEWEST_CLIPS: Final = 20


@dataclass(frozen=True, slots=True, eq=False)
class LabData:
    """A laboratory's clips and what the model makes of them.

    Attributes:
        clips: The clips.
        margins: Margins of the model, float32, shape (n, n_classes).
        checksum: Checksum of the clips.

    Examples:
        >>> LabData([], np.empty((0, 5), np.float32), "0" * 64).margins.shape
        (0, 5)
    """

    clips: list[LabClip]
    margins: NDArray[np.float32]
    checksum: str


@dataclass(frozen=True, slots=True, eq=False)
class Adaptation:
    """A result of `adapt`.

    Attributes:
        parent: Version of the model that was adapted.
        method: The method; ``none`` if no method improves the objective.
        objective: What decided.
        calibration: The new calibration.
        checksums: Checksum of the labelled and of the unlabelled clips; empty without them.
        clips: Number of labelled clips by class.
        children: Number of their children.
        unlabelled: Number of unlabelled clips.
        gains: Gain by metric; empty without labelled clips, when it is not known.

    Examples:
        >>> from vocalbaby.bundle.files import default_bundle_path, read_bundle
        >>> bundle = read_bundle(default_bundle_path())
        >>> same = Adaptation("vocalbaby-0", "none", "uar", bundle.calibration, ("", ""), {}, 0, 0)
        >>> same.verdict
        'The gain is not known, because no clip has a label.'
    """

    parent: str
    method: AdaptationMethod
    objective: Objective
    calibration: Calibration
    checksums: tuple[str, str]
    clips: dict[str, int]
    children: int
    unlabelled: int
    gains: dict[str, Gain] | None = None

    @property
    def is_gain(self) -> bool:
        """Whether the interval of the gain in the objective is above zero."""
        sure = self.gains is not None and self.gains[self.objective].is_sure
        return sure and self.method != "none"

    @property
    def verdict(self) -> str:
        """A sentence about the gain."""
        if self.gains is None:
            return "The gain is not known, because no clip has a label."
        gain = self.gains[self.objective]
        name = "UAR" if self.objective == "uar" else "log loss"
        found = (
            f"{gain.before:.3f} before, {gain.after:.3f} after, improvement {gain.gain:+.3f} "
            f"(95 % interval over children {gain.low:+.3f} to {gain.high:+.3f})"
        )
        if self.is_gain:
            return f"Gain in {name}: {found}."
        why = "no method is better" if self.method == "none" else "the interval includes 0"
        return f"No gain in {name}, since {why}: {found}."

    def record(self) -> dict[str, Any]:
        """Return what the bundle's manifest keeps in ``metrics.adaptation``."""
        values = asdict(replace(self, gains=None))
        del values["calibration"]
        gains = {name: asdict(gain) for name, gain in (self.gains or {}).items()}
        return values | {"gains": gains, "verdict": self.verdict}


def adapt(
    bundle: ModelBundle,
    labelled: LabData | None,
    unlabelled: LabData | None = None,
    *,
    method: AdaptationMethod | Literal["auto"] = "auto",
    objective: Objective = "uar",
    allow_missing: bool = False,
) -> Adaptation:
    """Adapt the probabilities of a model.

    With labelled clips, the method is chosen by cross-validation over children, and the gain is
    measured by nested cross-validation, so neither fit nor choice sees the clips it is measured
    on. Without them, the frequencies of the classes are estimated, and the gain is not known.

    Args:
        bundle: The model.
        labelled: Labelled clips.
        unlabelled: Clips from which the frequencies of the classes are estimated.
        method: The method, or ``auto`` to choose.
        objective: What decides between methods.
        allow_missing: Adapt although classes of the model have no clip.

    Raises:
        DataError: There are too few clips, children or classes.

    Examples:
        >>> from pathlib import Path
        >>> from vocalbaby.bundle.files import default_bundle_path, read_bundle
        >>> labels = ["Crying", "Junk"] * 10
        >>> clips = [LabClip(Path("a"), ("", str(i)), label) for i, label in enumerate(labels)]
        >>> margins = np.zeros((20, 5), np.float32)
        >>> bundle = read_bundle(default_bundle_path())
        >>> adapt(bundle, LabData(clips, margins, ""), allow_missing=True).children
        20
    """
    if labelled is None and unlabelled is None:
        raise DataError("No clips are given.", hint="Name some by --data or --unlabelled.")
    calibration, classes = bundle.calibration, bundle.manifest.classes
    before = np.array(calibration.class_prior or [1.0] * len(classes))
    before = before / before.sum()
    prior, none = None, np.empty(0, np.int64)
    if unlabelled is not None:
        _require_clips(len(unlabelled.clips), "unlabelled")
        scores = scores_of(unlabelled.margins, calibration)
        prior = estimate_priors(probabilities(scores, 1.0, [0.0] * len(classes)), before)
    if labelled is None:
        if method not in {"auto", "prior"}:
            raise DataError(
                f"The method {method} needs labelled clips.", hint="Give them by --data."
            )
        lab = LabScores(np.empty((0, len(classes))), none, none, before, prior)
        return _result(bundle, lab, "prior", objective, labelled, unlabelled)
    lab = _lab_scores(bundle, labelled, before, prior, allow_missing=allow_missing)
    methods = METHODS if method == "auto" else (method,)
    after = cross_validate(lab, methods, objective)
    gains = compare(calibrated(labelled.margins, calibration), after, lab.truth, lab.children)
    chosen = choose(lab, methods, objective)
    return _result(bundle, lab, chosen, objective, labelled, unlabelled, gains)


def _lab_scores(
    bundle: ModelBundle,
    labelled: LabData,
    before: NDArray[np.float64],
    prior: NDArray[np.float64] | None,
    *,
    allow_missing: bool,
) -> LabScores:
    classes = bundle.manifest.classes
    _require_clips(len(labelled.clips), "labelled")
    found = {clip.label for clip in labelled.clips}
    if unknown := sorted(found - {*classes}):
        raise DataError(
            f"The model {bundle.manifest.version} has no class {unknown[0]}.",
            hint=f"Its classes are {', '.join(classes)}.",
        )
    if len(found) < 2:
        raise DataError(
            f"All labelled clips are {found.pop()}.", hint="Add clips of other classes."
        )
    missing = [name for name in classes if name not in found]
    if missing and not allow_missing:
        raise DataError(
            f"No labelled clip is {', '.join(missing)}.",
            hint="Add clips of these classes, or give --allow-missing if they do not occur in your "
            "recordings: they then become less probable.",
        )
    names = sorted({clip.child for clip in labelled.clips})
    if len(names) < 2:
        raise DataError(
            "All labelled clips are of one child.",
            hint="Add clips of other children, or fill in the column child_ID.",
        )
    number = {name: index for index, name in enumerate(names)}
    return LabScores(
        scores_of(labelled.margins, bundle.calibration),
        np.array([classes.index(clip.label) for clip in labelled.clips], np.int64),
        np.array([number[clip.child] for clip in labelled.clips], np.int64),
        before,
        prior,
    )


def _require_clips(n: int, what: str) -> None:
    if n < FEWEST_CLIPS:
        raise DataError(
            f"There are {counted(n, f'{what} clip')} that can be used; {FEWEST_CLIPS} are needed.",
            hint="Add clips; 50 to 500 are a good number.",
        )


def _result(
    bundle: ModelBundle,
    lab: LabScores,
    method: AdaptationMethod,
    objective: Objective,
    labelled: LabData | None,
    unlabelled: LabData | None,
    gains: dict[str, Gain] | None = None,
) -> Adaptation:
    counts = np.bincount(lab.truth, minlength=len(bundle.manifest.classes)).tolist()
    adjusted = lab.fit(method).fold_into(bundle.calibration)
    return Adaptation(
        parent=bundle.manifest.version,
        method=method,
        objective=objective,
        calibration=bundle.calibration if method == "none" else adjusted,
        checksums=(
            labelled.checksum if labelled else "",
            unlabelled.checksum if unlabelled else "",
        ),
        clips=dict(zip(bundle.manifest.classes, counts, strict=True)),
        children=len(np.unique(lab.children)),
        unlabelled=len(unlabelled.clips) if unlabelled else 0,
        gains=gains,
    )
