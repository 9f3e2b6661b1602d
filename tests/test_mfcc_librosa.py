"""MFCC are those of librosa."""

import librosa
import numpy as np
import pytest

from vocalbaby import features


@pytest.mark.filterwarnings("ignore:n_fft=2048 is too large")
@pytest.mark.parametrize("n_samples", [1, 480, 2047, 6400, 16_001])
def test_equals_librosa(n_samples: int) -> None:
    noise = np.random.default_rng(20190915).standard_normal(n_samples) * np.linspace(
        1e-4, 0.3, n_samples
    )
    clip = noise.astype(np.float32)
    reference = librosa.feature.mfcc(y=clip, sr=16_000, n_mfcc=20)
    expected = np.concatenate([reference.mean(axis=1), reference.std(axis=1)])
    np.testing.assert_allclose(
        features.get("mfcc").extract([clip])[0], expected, rtol=1e-4, atol=1e-3
    )


def test_the_80_db_range_is_that_of_librosa() -> None:
    quiet = np.float32(1e-3) * np.random.default_rng(20190915).standard_normal(6400).astype("f4")
    quiet[:3200] *= np.float32(1e-2)
    reference = librosa.feature.mfcc(y=quiet, sr=16_000, n_mfcc=20)
    np.testing.assert_allclose(
        features.get("mfcc").extract([quiet])[0, :20], reference.mean(axis=1), rtol=1e-4, atol=1e-3
    )
