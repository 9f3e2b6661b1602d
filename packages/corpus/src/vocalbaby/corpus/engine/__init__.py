"""Segments every recording of an archive once, on one machine or on many, into a dataset."""
