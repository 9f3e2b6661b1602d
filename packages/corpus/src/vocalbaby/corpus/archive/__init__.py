"""The recordings of an archive: a folder, a ChildProject folder or a bucket."""

from vocalbaby.corpus.archive.given_sets import given_segments
from vocalbaby.corpus.archive.opening import open_archive
from vocalbaby.corpus.archive.recordings import Archive, ArchiveRecording

__all__ = ["Archive", "ArchiveRecording", "given_segments", "open_archive"]
