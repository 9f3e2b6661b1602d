"""The rule that decides whether a clip gets a label.

A clip that is unlike the training data, but most probably Junk, is Junk: this class holds all
sounds but the voice of the infant, whether or not the training had them.
"""

from typing import Final

from vocalbaby.entity.bundle import Calibration
from vocalbaby.entity.clip import ClipWarning

__all__ = ["abstention_reason"]

_JUNK: Final = "Junk"


def abstention_reason(
    calibration: Calibration, *, label: str, probability: float, novelty: float, missing: float
) -> ClipWarning | None:
    """Return why a clip gets no label, or None if it gets one.

    Args:
        calibration: The limits.
        label: The most probable class.
        probability: Its probability.
        novelty: Novelty of the clip's features, as `Novelty.score` in `vocalbaby.models.novelty`
            gives it.
        missing: Share of the features that could not be measured, 0 to 1.

    Returns:
        A warning ``unlike_training``, ``not_confident`` or ``below_threshold``, or None.

    Examples:
        >>> from vocalbaby.bundle.files import default_bundle_path, read_bundle
        >>> limits = read_bundle(default_bundle_path()).calibration
        >>> cry = {"label": "Crying", "probability": 0.9, "missing": 0.0}
        >>> abstention_reason(limits, **cry, novelty=limits.novelty_threshold + 1).code
        'unlike_training'
        >>> abstention_reason(limits, **cry, novelty=0.0) is None
        True
    """
    if label != _JUNK and missing > calibration.missing_limit:
        return ClipWarning(
            "unlike_training",
            f"Hardly anything can be measured in the clip ({missing:.0%} of the features "
            f"are missing, limit {calibration.missing_limit:.0%}): no label.",
        )
    if label != _JUNK and novelty > calibration.novelty_threshold:
        return ClipWarning(
            "unlike_training",
            f"The clip is unlike anything the model was trained on (novelty "
            f"{novelty:.1f}, limit {calibration.novelty_threshold:.1f}): no label.",
        )
    if probability < calibration.abstain_below:
        return ClipWarning(
            "not_confident",
            f"No class is probable enough: {label} has {probability:.2f}, "
            f"{calibration.abstain_below:.2f} is needed.",
        )
    for each in calibration.thresholds:
        if each.label == label and each.threshold is not None and probability < each.threshold:
            return ClipWarning(
                "below_threshold",
                f"{label} has the probability {probability:.3f}; {each.threshold:.3f} is needed "
                f"for a precision of {each.wanted:g}.",
            )
    return None
