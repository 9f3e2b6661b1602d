"""The synthetic corpus sounds as it did: every class by every kind of speaker, and all junk.

A corpus is named by its settings and seed, so a change of its sound is a change for its users.
"""

from packages.core.tests.corpora.synthetic.golden_sounds import GOLDEN, sounds
from packages.core.tests.fingerprints import changes


def test_no_sound_has_changed() -> None:
    assert changes(GOLDEN, sounds(), coded=("synthetic_",)) == []
