"""VocalBaby's models as a classifier of scikit-learn."""

import warnings
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final, Self

import numpy as np
from numpy.typing import NDArray

from vocalbaby import features
from vocalbaby.components.fitting import fit
from vocalbaby.components.packaging import ModelConfig, package
from vocalbaby.entity.bundle import BundleManifest
from vocalbaby.entity.labels import CLASSES
from vocalbaby.estimators.inputs import (
    ArrayLike,
    InputError,
    Inputs,
    clips_of,
    extract,
    groups_of,
    without_metadata,
)
from vocalbaby.estimators.labels import checked_labels, class_names
from vocalbaby.estimators.settings import training_settings
from vocalbaby.estimators.splitting import held_out_clips
from vocalbaby.estimators.tables import split_tables
from vocalbaby.models import registry
from vocalbaby.models.calibration import calibrated
from vocalbaby.utils.extras import needs_extra

with needs_extra("train"):
    import pandas as pd
    from sklearn.base import BaseEstimator, ClassifierMixin
    from sklearn.metrics import recall_score
    from sklearn.utils import Tags
    from sklearn.utils.validation import check_is_fitted, validate_data

__all__ = ["VocalizationClassifier"]

_UNGROUPED: Final = (
    "Without groups, each clip counts as a child of its own: clips of one child may be among those "
    "that the model is fitted to and those that it is calibrated with, and its probabilities are "
    "then too high. Pass groups, or a DataFrame with a column child_ID."
)


class VocalizationClassifier(ClassifierMixin, BaseEstimator):  # type: ignore[misc] # no type hints
    """Train, calibrate and use a model as a classifier of scikit-learn.

    A share of the children is held out of the training. Their clips stop the boosting, and the
    probabilities are calibrated with them, as devel is used in the pipeline.

    Args:
        feature_set: Name of a registered feature set, or several joined with ``+``.
        family: ``boosted_trees``, ``svm``, ``logistic_regression``, ``mlp`` or ``soft_vote``.
        mode: ``flat``, or ``hierarchical`` for a tree of decisions.
        settings: Settings of the training by their dotted names, e.g. ``{"max_depth": 3}``.
        devel_share: Share of the clips that is held out.
        inputs: How a matrix is read: ``features``, ``samples``, or ``auto``, which decides by
            the number of columns.
        seed: Seed of the training and of the choice of the clips that are held out.

    Attributes:
        classes_: Sorted names of the classes, shape (n_classes,).
        model_: The trained model, as the parts of a bundle.
        calibration_: Its calibration.

    Examples:
        >>> rng = np.random.default_rng(0)
        >>> y = np.repeat(["Crying", "Junk"], 40)
        >>> x = rng.normal(size=(80, 3)) + (y == "Junk")[:, None] * 3
        >>> classifier = VocalizationClassifier(settings={"rounds": 20})
        >>> classifier.fit(x, y, groups=np.arange(80) // 4).score(x, y) > 0.9
        True
    """

    def __init__(
        self,
        feature_set: str = features.DEFAULT,
        family: str = "boosted_trees",
        mode: str = "flat",
        settings: Mapping[str, object] | None = None,
        *,
        devel_share: float = 0.2,
        inputs: Inputs = "auto",
        seed: int = 20191,
    ) -> None:
        self.feature_set = feature_set
        self.family = family
        self.mode = mode
        self.settings = settings
        self.devel_share = devel_share
        self.inputs = inputs
        self.seed = seed

    def fit(self, X: ArrayLike, y: ArrayLike, groups: ArrayLike = None) -> Self:  # noqa: N803 - scikit-learn's name
        """Train on clips or features.

        Args:
            X: A list of paths, or of arrays of samples at 16 kHz of full scale 1.0; a matrix
                of such samples or of features, shape (n_clips, n_columns), in which NaN means
                "not measurable"; or a DataFrame with a column ``path``, or with features.
            y: Classes, shape (n_clips,).
            groups: Children, shape (n_clips,). If there are none, those of the columns
                ``child_ID`` and ``corpus`` of a DataFrame; else each clip counts as a child, with
                a warning.

        Raises:
            InputError: X, y or groups do not fit together, or a clip has no label.
            AudioError: A clip cannot be used.
            ConfigError: A parameter or setting is not valid.

        Examples:
            >>> x = np.random.default_rng(0).normal(size=(40, 3)) + np.arange(40)[:, None] % 2 * 3
            >>> y = np.where(np.arange(40) % 2, "Junk", "Crying")
            >>> VocalizationClassifier(settings={"rounds": 5}).fit(x, y, groups=["a"])
            Traceback (most recent call last):
            vocalbaby.estimators.inputs.InputError: There are 1 groups for 40 clips. ...
        """
        settings = training_settings(self.family, self.mode, self.settings, self.seed)
        values = self._features(X, reset=True)
        labels = checked_labels(y, len(values))
        children = groups_of(X, groups, len(values))
        if children is None:
            warnings.warn(_UNGROUPED, UserWarning, stacklevel=2)
            children = np.arange(len(values)).astype(np.str_)
        self.classes_, numbers = np.unique(labels, return_inverse=True)
        self._names = class_names(self.classes_)
        held_out = held_out_clips(numbers, children, self.devel_share, self.seed)
        if not held_out.any():
            warnings.warn(
                "No child can be held out, so the model is calibrated with the clips that it is "
                "fitted to, and its probabilities are too high.",
                UserWarning,
                stacklevel=2,
            )
        tables = split_tables(
            self.feature_set,
            pd.DataFrame(values, columns=self._columns(values)),
            np.array(self._names)[numbers],
            children,
            held_out,
        )
        fitted = fit(*tables, settings)
        self.model_, self.calibration_, self._tables = fitted.model, fitted.calibration, tables
        return self

    def predict_proba(self, X: ArrayLike) -> NDArray[np.float64]:  # noqa: N803
        """Compute calibrated probabilities.

        Args:
            X: As for `fit`.

        Returns:
            float64, shape (n_clips, n_classes), in the order of ``classes_``; each row sums to 1.

        Raises:
            InputError: X has other columns than in `fit`.
            AudioError: A clip cannot be used.

        Examples:
            >>> x = np.random.default_rng(0).normal(size=(40, 3)) + np.arange(40)[:, None] % 2 * 3
            >>> y, children = np.where(np.arange(40) % 2, "Junk", "Crying"), np.arange(40) // 4
            >>> model = VocalizationClassifier(settings={"rounds": 5}).fit(x, y, groups=children)
            >>> found = model.predict_proba(x)
            >>> found.shape, bool(np.allclose(found.sum(axis=1), 1))
            ((40, 2), True)
        """
        check_is_fitted(self)
        values = self._features(X, reset=False)
        margins = registry.load(self.model_.kind, self.model_.parts).margins(values)
        found = calibrated(margins, self.calibration_)
        order = [self.model_.classes.index(name) for name in self._names]
        return np.asarray(found[:, order], np.float64)

    def predict(self, X: ArrayLike) -> NDArray[Any]:  # noqa: N803
        """Return the most probable class of each clip; unlike the service, without abstention.

        Args:
            X: As for `fit`.

        Returns:
            Shape (n_clips,).

        Raises:
            InputError: X has other columns than in `fit`.
            AudioError: A clip cannot be used.

        Examples:
            >>> x = np.random.default_rng(0).normal(size=(40, 3)) + np.arange(40)[:, None] % 2 * 3
            >>> y, children = np.where(np.arange(40) % 2, "Junk", "Crying"), np.arange(40) // 4
            >>> model = VocalizationClassifier(settings={"rounds": 5}).fit(x, y, groups=children)
            >>> model.predict([[0, 0, 0], [3, 3, 3]]).tolist()
            ['Crying', 'Junk']
        """
        found = self.predict_proba(X)
        chosen: NDArray[Any] = self.classes_[found.argmax(axis=1)]
        return chosen

    def score(self, X: ArrayLike, y: ArrayLike, sample_weight: ArrayLike = None) -> float:  # noqa: N803
        """Return the unweighted average recall (UAR, balanced accuracy), not the accuracy.

        Args:
            X: As for `fit`.
            y: Classes, shape (n_clips,).
            sample_weight: Weights of the clips, shape (n_clips,).

        Examples:
            >>> x = np.random.default_rng(0).normal(size=(40, 3)) + np.arange(40)[:, None] % 2 * 3
            >>> y, children = np.where(np.arange(40) % 2, "Junk", "Crying"), np.arange(40) // 4
            >>> model = VocalizationClassifier(settings={"rounds": 5}).fit(x, y, groups=children)
            >>> model.score([[0, 0, 0], [3, 3, 3], [3, 3, 3]], ["Crying", "Junk", "Crying"])
            0.75
        """
        return float(
            recall_score(
                y,
                self.predict(X),
                labels=np.unique(y),
                average="macro",
                sample_weight=sample_weight,
            )
        )

    def save(
        self, path: str | Path, *, name: str = "vocalbaby", description: str = ""
    ) -> BundleManifest:
        """Write a bundle, which the command and the service use.

        Args:
            path: Folder of the bundle; an older bundle in it is replaced.
            name: Name of the model, with which its version begins.
            description: Introduction of the model card.

        Returns:
            The manifest of the bundle.

        Raises:
            InputError: The classes or the columns are not those of VocalBaby.

        Examples:
            >>> from vocalbaby import inference
            >>> x = np.random.default_rng(0).normal(size=(40, 40)) + np.arange(40)[:, None] % 2 * 3
            >>> y, children = np.where(np.arange(40) % 2, "Junk", "Crying"), np.arange(40) // 4
            >>> model = VocalizationClassifier("mfcc", settings={"rounds": 5})
            >>> manifest = model.fit(x, y, groups=children).save("bundle")
            >>> inference.load("bundle").classes
            ('Crying', 'Junk')
        """
        check_is_fitted(self)
        if other := [str(label) for label in self.classes_ if label not in CLASSES]:
            raise InputError(
                f"A bundle cannot have the class {other[0]!r}.", hint=f"Use {', '.join(CLASSES)}."
            )
        known = tuple(column.name for column in features.get(self.feature_set).columns)
        if self.model_.columns != known:
            raise InputError(
                f"The model has {len(self.model_.columns)} columns that are not those of the "
                f"feature set {self.feature_set}, in their order.",
                hint="Fit it to clips, or to features that FeatureExtractor has computed.",
            )
        config = ModelConfig(name=name, description=description)
        return package(path, self.model_, self.calibration_, self._tables, config, {})

    def _features(self, x: ArrayLike, *, reset: bool) -> NDArray[np.float32]:
        feature_set = features.get(self.feature_set)
        clips = clips_of(x, feature_set, self.inputs)
        if clips is not None:
            values = extract(clips, feature_set)
            names = [column.name for column in feature_set.columns]
            x = pd.DataFrame(values, columns=names)
        elif isinstance(x, pd.DataFrame):
            x = without_metadata(x)
        checked = validate_data(
            self, x, reset=reset, dtype="numeric", ensure_all_finite="allow-nan"
        )
        return np.asarray(checked, np.float32)

    def _columns(self, values: NDArray[np.float32]) -> tuple[str, ...]:
        names = getattr(self, "feature_names_in_", None)
        if names is not None:
            return tuple(names)
        known = tuple(column.name for column in features.get(self.feature_set).columns)
        n_columns = values.shape[1]
        return known if len(known) == n_columns else tuple(f"x{i}" for i in range(n_columns))

    def __sklearn_tags__(self) -> Tags:
        tags = super().__sklearn_tags__()
        tags.input_tags.allow_nan = True
        tags.input_tags.string = True
        tags.classifier_tags.multi_class = True
        return tags
