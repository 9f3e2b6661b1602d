"""Digital silence, hum or an inverted channel do not change the label of a clip."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from vocalbaby import audio, inference
from vocalbaby.corpora.synthetic import SyntheticConfig, generate
from vocalbaby.entity.prediction import Prediction
from vocalbaby.inference.predictor import Predictor

Samples = NDArray[np.float32]

RATE = 16_000
EXAMPLE = Path(__file__).parents[4] / "docs/examples/baby_cry.wav"


@pytest.fixture(scope="module")
def model() -> Predictor:
    return inference.load()


@pytest.fixture(scope="module")
def clips() -> list[Samples]:
    """The example and synthetic clips, without defects of their own."""
    config = SyntheticConfig(n_children=2, clips_per_child=12, seed=3)
    synthetic = [audio.from_samples(clip.samples, RATE) for clip in generate(config)]
    found = [clip.samples for clip in [audio.load(EXAMPLE), *synthetic] if not clip.warnings]
    assert len(found) > 15
    return found


def silent(start_s: float, end_s: float) -> Callable[[Samples], Samples]:
    return lambda clip: np.pad(clip, (int(start_s * RATE), int(end_s * RATE)))


def with_hum(hz: float) -> Callable[[Samples], Samples]:
    def disturb(clip: Samples) -> Samples:
        time = np.arange(len(clip)) / RATE
        sine = np.sqrt(2) * clip.std() * np.sin(2 * np.pi * hz * time)
        mixed: Samples = (0.3 * (clip + sine)).astype(np.float32)
        return mixed

    return disturb


def inverted(clip: Samples) -> Samples:
    return np.stack([clip, -clip], axis=1)


@pytest.mark.parametrize(
    ("disturb", "code"),
    [
        *(
            (silent(*sides), "digital_silence")
            for sides in [(0.25, 0.25), (0.1, 0.0), (0.0, 0.5), (1.0, 1.0)]
        ),
        (with_hum(40.0), "low_frequency_noise"),
        (with_hum(60.0), "low_frequency_noise"),
        (inverted, "channels_cancel"),
    ],
)
def test_a_disturbed_clip_has_the_same_label_and_a_warning(
    model: Predictor, clips: list[Samples], disturb: Callable[[Samples], Samples], code: str
) -> None:
    before = inference.predict(clips, sample_rate=RATE, model=model)
    disturbed = [disturb(clip) for clip in clips]
    after = inference.predict(disturbed, sample_rate=RATE, model=model)
    assert len({prediction.label for prediction in before}) > 2
    for old, new in zip(before, after, strict=True):
        assert new.label == old.label
        assert code in codes(new)
        assert code not in codes(old)


def codes(prediction: Prediction) -> set[str]:
    return {warning.code for warning in prediction.warnings}
