"""MFCC; tests/test_mfcc_librosa.py compares them with librosa."""

import numpy as np

from vocalbaby import features


def test_the_80_db_range_is_that_of_each_clip(rng: np.random.Generator) -> None:
    loud = rng.standard_normal(6400).astype(np.float32)
    quiet = loud * np.float32(1e-3)
    quiet[:3200] *= np.float32(1e-2)
    mfcc = features.get("mfcc")
    np.testing.assert_array_equal(mfcc.extract([loud, quiet])[1], mfcc.extract([quiet])[0])
