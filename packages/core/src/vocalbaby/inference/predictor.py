"""From clips to predictions: the one path of the command line, the server and drift."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from vocalbaby import features
from vocalbaby.bundle.files import default_bundle_path, read_bundle
from vocalbaby.entity.bundle import BundleManifest, ModelBundle
from vocalbaby.entity.clip import Clip, ClipWarning
from vocalbaby.entity.prediction import Prediction
from vocalbaby.exception import BundleError
from vocalbaby.models.decision import Novelty, probabilities
from vocalbaby.models.forest import Forest

__all__ = ["Predictor", "load_predictor"]


class Predictor:
    """A model in memory, ready to answer; safe to share between threads.

    Args:
        bundle: A verified bundle.

    Raises:
        BundleError: The bundle's parts do not fit each other.
    """

    def __init__(self, bundle: ModelBundle) -> None:
        self.bundle = bundle
        self._features = features.get(bundle.manifest.feature_set)
        self._forest = Forest.from_ubj(bundle.booster)
        self._novelty = Novelty(bundle.calibration)
        shape = (len(bundle.manifest.columns), len(bundle.manifest.classes))
        for what, found in (
            ("booster", (self._forest.n_features, self._forest.n_classes)),
            (
                "calibration",
                (len(bundle.calibration.novelty_center), len(bundle.calibration.bias)),
            ),
        ):
            if found != shape:
                raise BundleError(
                    f"The {what} of {bundle.manifest.version} is for (columns, classes) "
                    f"{found}, its manifest for {shape}.",
                    hint="Fetch or train the model again.",
                )

    @property
    def manifest(self) -> BundleManifest:
        """Identity and provenance of the model."""
        return self.bundle.manifest

    def predict(self, clips: Sequence[Clip]) -> list[Prediction]:
        """Classify clips.

        Args:
            clips: Decoded clips; a clip's answer does not depend on the others.

        Returns:
            One prediction per clip, in order.
        """
        return self.judge(clips, self.extract(clips))

    def extract(self, clips: Sequence[Clip]) -> NDArray[np.float32]:
        """Features of the model's set, float32, shape (n_clips, n_columns)."""
        return self._features.extract([clip.samples for clip in clips])

    def judge(self, clips: Sequence[Clip], x: NDArray[np.float32]) -> list[Prediction]:
        """Classify clips whose features are known.

        Args:
            clips: Names, durations and the decoder's warnings.
            x: Their features, as :meth:`extract` gives them.
        """
        calibration = self.bundle.calibration
        chances = probabilities(self._forest.margins(x), calibration.temperature, calibration.bias)
        rows = zip(
            clips,
            chances.tolist(),
            self._novelty.score(x).tolist(),
            np.isnan(x).mean(axis=1).tolist(),
            strict=True,
        )
        return [self._decide(*row) for row in rows]

    def _decide(
        self, clip: Clip, chances: list[float], novelty: float, missing: float
    ) -> Prediction:
        manifest = self.bundle.manifest
        label = manifest.classes[chances.index(max(chances))]
        doubt = self._doubt(label, max(chances), novelty, missing)
        return Prediction(
            name=clip.name,
            label=label if doubt is None else None,
            probabilities=dict(zip(manifest.classes, chances, strict=True)),
            duration_s=clip.duration_s,
            model_version=manifest.version,
            warnings=clip.warnings if doubt is None else (*clip.warnings, doubt),
        )

    def _doubt(
        self, label: str, chance: float, novelty: float, missing: float
    ) -> ClipWarning | None:
        """Why the clip gets no label, if so."""
        calibration = self.bundle.calibration
        if missing > calibration.missing_limit:
            return ClipWarning(
                "unlike_training",
                f"Hardly anything can be measured in the clip ({missing:.0%} of the features "
                f"are missing, limit {calibration.missing_limit:.0%}): no label.",
            )
        if novelty > calibration.novelty_threshold:
            return ClipWarning(
                "unlike_training",
                f"The clip is unlike anything the model was trained on (novelty "
                f"{novelty:.1f}, limit {calibration.novelty_threshold:.1f}): no label.",
            )
        if chance < calibration.abstain_below:
            return ClipWarning(
                "not_confident",
                f"No class is probable enough: {label} has {chance:.2f}, "
                f"{calibration.abstain_below:.2f} is needed.",
            )
        return None


def load_predictor(source: str | Path | None = None) -> Predictor:
    """Read a model.

    Args:
        source: Folder or zip of a bundle; None for the one that ships with the package.

    Raises:
        BundleError: There is no bundle there, or it cannot be used.
    """
    return Predictor(read_bundle(default_bundle_path() if source is None else source))
