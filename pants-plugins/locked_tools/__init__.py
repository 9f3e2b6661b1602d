"""Linters and formatters as Pants goals, installed from our own lock files."""
