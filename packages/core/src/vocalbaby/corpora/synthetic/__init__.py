"""A synthesizer of infant vocalizations, for a corpus that anyone can have.

A stand-in for recordings that may not be shared: it shows that everything works and
gives models a start. It is no evidence about real babble.
"""

from vocalbaby.corpora.synthetic.config import SyntheticConfig
from vocalbaby.corpora.synthetic.corpus import SyntheticClip, generate, write_corpus

__all__ = ["SyntheticClip", "SyntheticConfig", "generate", "write_corpus"]
