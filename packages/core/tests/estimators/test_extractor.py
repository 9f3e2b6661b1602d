from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from sklearn.base import clone

from vocalbaby import audio, features
from vocalbaby.entity.clip import Clip
from vocalbaby.estimators import FeatureExtractor, InputError
from vocalbaby.exception import AudioError, FeatureSetError


def test_features_are_those_of_the_feature_set(tones: list[Clip]) -> None:
    samples = [tones[0].samples, tones[1].samples[:6000]]
    expected = features.get("mfcc").extract(samples)
    assert (FeatureExtractor("mfcc").transform(samples) == expected).all()


def test_a_table_of_pandas_keeps_its_index(tones: list[Clip], tmp_path: Path) -> None:
    audio.write_wav(tmp_path / "a.wav", tones[0].samples, 16_000)
    table = pd.DataFrame({"path": [tmp_path / "a.wav"]}, index=["first"])
    extractor = FeatureExtractor("mfcc+spectral_prosodic").set_output(transform="pandas")
    found = clone(extractor).fit_transform(table)
    assert found.index.tolist() == ["first"]
    assert found.columns.tolist() == extractor.get_feature_names_out().tolist()
    assert found.shape == (1, 145)


def test_what_are_no_clips_is_refused() -> None:
    with pytest.raises(FeatureSetError, match="no feature set 'none'"):
        FeatureExtractor("none").fit([])
    with pytest.raises(InputError, match="X holds no clips"):
        FeatureExtractor("mfcc").transform(pd.DataFrame({"f0_mean": [1.0]}))
    with pytest.raises(AudioError):
        FeatureExtractor("mfcc").transform(np.zeros((1, 8000)))
