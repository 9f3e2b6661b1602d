"""Segments every recording of an archive once, on one machine or on many, into a dataset.

``docs/archive-engine.md`` describes the dataset, and ADR 40 why it is made so.
"""

from vocalbaby.corpus.engine.dataset import Dataset
from vocalbaby.corpus.engine.records import Record
from vocalbaby.corpus.engine.run_settings import RunSettings

__all__ = ["Dataset", "Record", "RunSettings"]
