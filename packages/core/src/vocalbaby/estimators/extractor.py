"""The features of clips as a transformer of scikit-learn."""

from typing import Self

import numpy as np
from numpy.typing import NDArray

from vocalbaby import features
from vocalbaby.estimators.inputs import ArrayLike, InputError, clips_of, extract
from vocalbaby.utils.extras import needs_extra

with needs_extra("train"):
    from sklearn.base import BaseEstimator, TransformerMixin
    from sklearn.utils import Tags

__all__ = ["FeatureExtractor"]


class FeatureExtractor(TransformerMixin, BaseEstimator):  # type: ignore[misc] # no type hints
    """Compute the features of clips.

    It learns nothing from data, so it may be used without `fit`, and in cross-validation
    features may be computed once for all folds.

    Args:
        feature_set: Name of a registered feature set, or several joined with ``+``.

    Examples:
        >>> noise = np.random.default_rng(0).normal(0, 0.1, (2, 8000))
        >>> extractor = FeatureExtractor("mfcc").set_output(transform="pandas")
        >>> extractor.fit_transform(noise).columns[0], extractor.transform(noise).shape
        ('mfcc0_mean', (2, 40))
    """

    def __init__(self, feature_set: str = features.DEFAULT) -> None:
        self.feature_set = feature_set

    def fit(self, X: ArrayLike, y: ArrayLike = None) -> Self:  # noqa: N803 - scikit-learn's name
        """Check the name of the feature set.

        Args:
            X: Clips; they are not read.
            y: Not used.

        Raises:
            FeatureSetError: There is no such feature set.

        Examples:
            >>> FeatureExtractor("mfcc").fit(["a.wav"])
            FeatureExtractor(feature_set='mfcc')
        """
        del X, y
        features.get(self.feature_set)
        return self

    def transform(self, X: ArrayLike) -> NDArray[np.float32]:  # noqa: N803
        """Compute features.

        Args:
            X: A list of paths, or of arrays of samples at 16 kHz of full scale 1.0; a matrix
                of such samples; or a DataFrame with a column ``path``.

        Returns:
            float32, shape (n_clips, n_columns), NaN where a feature is not measurable; with
            ``set_output(transform="pandas")`` a DataFrame.

        Raises:
            AudioError: A clip cannot be used.
            InputError: X is none of these.

        Examples:
            >>> noise = np.random.default_rng(0).normal(0, 0.1, 8000)
            >>> FeatureExtractor("mfcc").transform([noise, noise[:6000]]).shape
            (2, 40)
        """
        feature_set = features.get(self.feature_set)
        clips = clips_of(X, feature_set, "samples")
        if clips is None:
            raise InputError(
                "X holds no clips.",
                hint="Pass paths, arrays of samples at 16 kHz, or a DataFrame with a column path.",
            )
        return extract(clips, feature_set)

    def get_feature_names_out(self, input_features: ArrayLike = None) -> NDArray[np.object_]:
        """Return the names of the columns.

        Args:
            input_features: Not used.

        Examples:
            >>> FeatureExtractor("mfcc").get_feature_names_out()[:2].tolist()
            ['mfcc0_mean', 'mfcc1_mean']
        """
        del input_features
        return np.array([c.name for c in features.get(self.feature_set).columns], object)

    def __sklearn_is_fitted__(self) -> bool:
        return True

    def __sklearn_tags__(self) -> Tags:
        tags = super().__sklearn_tags__()
        tags.requires_fit = False
        tags.input_tags.string = True
        tags.no_validation = True  # scikit-learn's checks have matrices of features
        return tags
