"""Ogg files: Vorbis, Opus and FLAC, also several one after the other (chained).

libsndfile decodes the first stream of a file alone, refuses FLAC in Ogg as FFmpeg writes it, and
believes the positions that the pages give. Here the pages are read first, and each stream is handed
to libsndfile as a clean file (docs/decisions/0027-ogg-pages.md).
"""

from vocalbaby.audio.ogg.pages import begins_within_page
from vocalbaby.audio.ogg.stream import OggStream

__all__ = ["OggStream", "begins_within_page"]
