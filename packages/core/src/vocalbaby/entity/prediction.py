"""The prediction for one clip."""

from dataclasses import dataclass

from vocalbaby.entity.clip import ClipWarning

__all__ = ["Prediction"]


@dataclass(frozen=True, slots=True)
class Prediction:
    """Label and calibrated probabilities of one clip.

    Attributes:
        name: Name of the clip.
        label: The most probable class, or None when the model abstains (the clip is
            unlike the training data, or no class is probable enough); a warning then
            says why.
        probabilities: Class name to calibrated probability; sums to 1.
        duration_s: Length of the clip in seconds.
        model_version: Version of the bundle that answered.
        warnings: Remarks of the decoder and the model.
        label_set: Labels of which one is the true one with the coverage that the model was
            calibrated for, in the order of the classes; None if the model has no such sets. An
            empty set says that no label suits the clip.

    Examples:
        >>> import numpy as np
        >>> from vocalbaby import inference
        >>> noise = np.random.default_rng(0).normal(0, 0.1, 8000)
        >>> [prediction] = inference.predict(noise, sample_rate=16000)
        >>> prediction.label, prediction.duration_s, max(prediction.probabilities.values()) > 0.5
        ('Junk', 0.5, True)
    """

    name: str
    label: str | None
    probabilities: dict[str, float]
    duration_s: float
    model_version: str
    warnings: tuple[ClipWarning, ...] = ()
    label_set: tuple[str, ...] | None = None
