"""From clips to predictions: the one path of the command line, the server and drift."""

from collections.abc import Sequence
from itertools import compress

import numpy as np
from numpy.typing import NDArray

from vocalbaby import features
from vocalbaby.entity.bundle import BundleManifest, ModelBundle
from vocalbaby.entity.clip import Clip
from vocalbaby.entity.features import FeatureSet
from vocalbaby.entity.prediction import Prediction
from vocalbaby.exception import BundleError
from vocalbaby.models import registry
from vocalbaby.models.abstention import abstention_reason
from vocalbaby.models.calibration import calibrated, calibrated_logits
from vocalbaby.models.conformal import label_sets
from vocalbaby.models.novelty import Novelty

__all__ = ["Predictor"]


class Predictor:
    """A model in memory, ready to predict; threads may share it.

    Args:
        bundle: A verified bundle.

    Attributes:
        bundle: The bundle.

    Raises:
        BundleError: The bundle's parts do not fit each other.
        FeatureSetError: The bundle needs a feature set, or a file of one, that is not there.

    Examples:
        >>> import numpy as np
        >>> from vocalbaby import audio, inference
        >>> predictor = inference.load()
        >>> noise = np.random.default_rng(0).normal(0, 0.1, 8000)
        >>> [prediction] = predictor.predict([audio.from_samples(noise, 16000)])
        >>> prediction.label, round(sum(prediction.probabilities.values()), 6)
        ('Junk', 1.0)
    """

    def __init__(self, bundle: ModelBundle) -> None:
        self.bundle = bundle
        manifest, calibration = bundle.manifest, bundle.calibration
        self._features = features.of_records(manifest.feature_sets)
        self._classifier = registry.load(manifest.kind, bundle.parts)
        self._novelty = Novelty(calibration)
        shape = (len(manifest.columns), len(manifest.classes))
        for what, found in (
            ("model", (self._classifier.n_features, self._classifier.n_classes)),
            ("calibration", (len(calibration.novelty_center), len(calibration.bias))),
        ):
            if found != shape:
                raise BundleError(
                    f"The {what} of {manifest.version} is for (columns, classes) {found}, "
                    f"its manifest for {shape}.",
                    hint="Fetch or train the model again.",
                )

    @property
    def manifest(self) -> BundleManifest:
        """Identity and provenance of the model."""
        return self.bundle.manifest

    @property
    def version(self) -> str:
        """Version of the model, which the content of its bundle determines."""
        return self.manifest.version

    @property
    def classes(self) -> tuple[str, ...]:
        """Names of the classes, in the order of the columns of `logits`."""
        return self.manifest.classes

    @property
    def feature_set(self) -> FeatureSet:
        """The features of the model."""
        return self._features

    @property
    def novelty_threshold(self) -> float:
        """Novelty above which a sound counts as unlike the training data."""
        return self.bundle.calibration.novelty_threshold

    def logits(self, x: NDArray[np.float32]) -> NDArray[np.float32]:
        """Return calibrated logits, whose softmax is a probability per class.

        The calibration divides by a temperature and adds a bias per class (Guo et al., 2017, "On
        Calibration of Modern Neural Networks"); `Calibration` describes what else it may do.

        Args:
            x: Features, float32, shape (n, n_columns).

        Returns:
            float32, shape (n, n_classes).

        Examples:
            >>> import numpy as np
            >>> from vocalbaby import inference
            >>> predictor = inference.load()
            >>> x = np.zeros((2, len(predictor.feature_set.columns)), np.float32)
            >>> predictor.logits(x).shape
            (2, 5)
        """
        return calibrated_logits(self._classifier.margins(x), self.bundle.calibration)

    def novelty(self, x: NDArray[np.float32]) -> NDArray[np.float64]:
        """Measure how unlike the training data sounds are.

        Args:
            x: Features, float32, shape (n, n_columns).

        Returns:
            float64, shape (n,); `Calibration` in `vocalbaby.entity.bundle` has the formula.
        """
        return self._novelty.score(x)

    def predict(self, clips: Sequence[Clip]) -> list[Prediction]:
        """Classify clips.

        Args:
            clips: Decoded clips; a clip's prediction does not depend on the others.

        Returns:
            One prediction per clip, in order.
        """
        return self.predict_from_features(clips, self.extract(clips))

    def extract(self, clips: Sequence[Clip]) -> NDArray[np.float32]:
        """Compute the model's features of clips.

        Args:
            clips: Decoded clips.

        Returns:
            float32, shape (n_clips, n_columns); NaN where a feature is not measurable.

        Examples:
            >>> import numpy as np
            >>> from vocalbaby import audio, inference
            >>> predictor = inference.load()
            >>> tone = 0.1 * np.sin(2 * np.pi * 400 * np.arange(8000) / 16000)
            >>> [row] = predictor.extract([audio.from_samples(tone, 16000)])
            >>> names = [column.name for column in predictor.feature_set.columns]
            >>> round(float(row[names.index("f0_mean")]))  # 24 semitones above 100 Hz
            24
        """
        return self._features.extract([clip.samples for clip in clips])

    def predict_from_features(
        self, clips: Sequence[Clip], x: NDArray[np.float32]
    ) -> list[Prediction]:
        """Classify clips whose features are known.

        Args:
            clips: Names, durations and the decoder's warnings; their samples are not used.
            x: Their features, float32, shape (n_clips, n_columns), as `extract` returns them.

        Returns:
            One prediction per clip, in order.
        """
        sets = self.bundle.calibration.conformal
        found = calibrated(self._classifier.margins(x), self.bundle.calibration)
        rows = zip(
            clips,
            found.tolist(),
            [None] * len(found) if sets is None else label_sets(found, sets).tolist(),
            self._novelty.score(x).tolist(),
            np.isnan(x).mean(axis=1).tolist(),
            strict=True,
        )
        return [self._prediction(*row) for row in rows]

    def _prediction(
        self,
        clip: Clip,
        class_probabilities: list[float],
        members: list[bool] | None,
        novelty: float,
        missing: float,
    ) -> Prediction:
        manifest = self.bundle.manifest
        highest = max(class_probabilities)
        label = manifest.classes[class_probabilities.index(highest)]
        reason = abstention_reason(
            self.bundle.calibration,
            label=label,
            probability=highest,
            novelty=novelty,
            missing=missing,
        )
        return Prediction(
            name=clip.name,
            label=label if reason is None else None,
            probabilities=dict(zip(manifest.classes, class_probabilities, strict=True)),
            duration_s=clip.duration_s,
            model_version=manifest.version,
            warnings=clip.warnings if reason is None else (*clip.warnings, reason),
            label_set=None if members is None else tuple(compress(manifest.classes, members)),
        )
