"""Classifier and feature extractor for scikit-learn."""

from vocalbaby.estimators.classifier import VocalizationClassifier
from vocalbaby.estimators.extractor import FeatureExtractor
from vocalbaby.estimators.inputs import InputError

__all__ = ["FeatureExtractor", "InputError", "VocalizationClassifier"]
