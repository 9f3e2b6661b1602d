"""Drift: does production still sound like what the model was trained on?

A job of its own, never part of the server: it brings Evidently, pandas and scipy.
"""
