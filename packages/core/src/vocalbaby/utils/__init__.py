"""Helpers that several packages and commands share: settings files, command lines, version."""
