"""Recordings and files without what identifies people."""
