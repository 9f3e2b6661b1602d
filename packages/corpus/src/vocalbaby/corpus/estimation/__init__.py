"""Figures of an archive, corrected by a sample that annotators labelled."""
