"""Linters and formatters as Pants goals, installed from the lock files of this repository."""
