"""Classifier and feature extractor for scikit-learn."""
