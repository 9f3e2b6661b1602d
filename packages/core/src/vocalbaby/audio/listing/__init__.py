"""Which files are recordings: one set of rules for folders, names and archives.

Every name is a recording or is passed over with a reason, a stable code of `REASONS`. The
command, ingestion and the archives of the service use these rules, so that the same folder
gives the same list everywhere.

Examples:
    >>> from vocalbaby.audio import listing
    >>> listing.by_name("day1/CRY.WAV"), listing.by_name("day1/._CRY.WAV")
    ('', 'apple_double')
"""

from vocalbaby.audio.listing.folders import list_folder, look_at
from vocalbaby.audio.listing.listed import (
    IGNORABLE,
    REASONS,
    Listed,
    count,
    describe_counts,
    describe_repeats,
    same_but_for_case,
)
from vocalbaby.audio.listing.names import HEAD_BYTES, RECORDINGS, by_head, by_name, suffix_of
from vocalbaby.audio.listing.patterns import expand_pattern

__all__ = [
    "HEAD_BYTES",
    "IGNORABLE",
    "REASONS",
    "RECORDINGS",
    "Listed",
    "by_head",
    "by_name",
    "count",
    "describe_counts",
    "describe_repeats",
    "expand_pattern",
    "list_folder",
    "look_at",
    "same_but_for_case",
    "suffix_of",
]
