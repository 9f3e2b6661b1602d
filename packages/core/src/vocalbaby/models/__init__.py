"""Classifiers and what turns their output into an answer: calibration, novelty, abstention."""
