"""Comparison of feature sets, families and modes on one corpus."""
