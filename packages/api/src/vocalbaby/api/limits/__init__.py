"""Bounds that all workers of one service share."""
