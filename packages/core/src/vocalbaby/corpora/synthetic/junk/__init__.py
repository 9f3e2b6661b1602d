"""Sounds of the class Junk: whatever a recorder picks up beside the voice of an infant.

`kinds` lists them with their shares, and the other modules synthesize them.
"""

from vocalbaby.corpora.synthetic.junk.kinds import KINDS, junk, synthesize_kind

__all__ = ["KINDS", "junk", "synthesize_kind"]
