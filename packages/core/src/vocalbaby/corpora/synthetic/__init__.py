"""A source-filter synthesizer of infant vocalizations (Fant, 1960).

It generates a labelled corpus that anyone may use in place of recordings that cannot be
shared, for tests, examples and training data. Results on it say nothing about real babble.
"""

from vocalbaby.corpora.synthetic.babblecor_layout import (
    BabbleCorLayout,
    generate_babblecor,
    n_clips,
)
from vocalbaby.corpora.synthetic.config import SyntheticConfig
from vocalbaby.corpora.synthetic.corpus import (
    SyntheticClip,
    generate,
    generate_labelled,
    generate_per_class,
    write_corpus,
)

__all__ = [
    "BabbleCorLayout",
    "SyntheticClip",
    "SyntheticConfig",
    "generate",
    "generate_babblecor",
    "generate_labelled",
    "generate_per_class",
    "n_clips",
    "write_corpus",
]
