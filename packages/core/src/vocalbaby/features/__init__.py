"""Feature sets: from a batch of clips to a matrix with named columns.

A set is one module or package that registers itself. ``spectral_prosodic`` is the default,
``mfcc`` is the baseline, ``egemaps`` needs openSMILE and the user's consent to its licence, and
``embedding`` and ``ssl`` need a pretrained model that the user brings.
Importing this package imports numpy and computes nothing.

Versions: a set's ``version`` must change with every change that can move a value of
any column by more than rounding, or that adds, drops, renames or reorders columns.
"""

from typing import Final

from vocalbaby.features import egemaps, embedding, mfcc, spectral_prosodic, ssl
from vocalbaby.features.registry import get, names, of_records, records, register

__all__ = ["BUILT_IN", "DEFAULT", "get", "names", "of_records", "records", "register"]

#: Name of the set that is used where none is named.
DEFAULT: Final = spectral_prosodic.NAME

#: Sets that need nothing but this package.
BUILT_IN: Final = (mfcc.NAME, spectral_prosodic.NAME)

register(egemaps.SET)
register(embedding.SET)
register(mfcc.SET)
register(spectral_prosodic.SET)
register(ssl.SET)
