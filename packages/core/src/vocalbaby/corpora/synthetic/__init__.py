"""A source-filter synthesizer of infant vocalizations (Fant, 1960).

It generates a labelled corpus that anyone may use in place of recordings that cannot be
shared, for tests, examples and training data. Results on it say nothing about real babble.
"""

from vocalbaby.corpora.synthetic.config import SyntheticConfig
from vocalbaby.corpora.synthetic.corpus import (
    SyntheticClip,
    generate,
    generate_per_class,
    write_corpus,
)

__all__ = ["SyntheticClip", "SyntheticConfig", "generate", "generate_per_class", "write_corpus"]
