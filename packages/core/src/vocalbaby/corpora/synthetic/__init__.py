"""A source-filter synthesizer of infant vocalizations.

It generates a labelled corpus that anyone may use in place of recordings that cannot be
shared, for tests, examples and training data. Results on it say nothing about real babble.
"""

from vocalbaby.corpora.synthetic.config import SyntheticConfig
from vocalbaby.corpora.synthetic.corpus import SyntheticClip, generate, write_corpus

__all__ = ["SyntheticClip", "SyntheticConfig", "generate", "write_corpus"]
