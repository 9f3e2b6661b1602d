"""A simulated recording of a seed sounds as it did, and fingerprints of sounds notice changes.

Training data that were augmented anew would otherwise differ unnoticed.
"""

from collections.abc import Callable

import numpy as np
import pytest
from numpy.typing import NDArray

from packages.core.tests.audio.acoustics.golden_recordings import GOLDEN, recordings, voice
from packages.core.tests.fingerprints import changes, fingerprint, same
from vocalbaby.audio.acoustics import CLEAN_RECORDING
from vocalbaby.audio.acoustics.channel import draw_response

CODED = ("recorded", "augmented", "mu-law", "telephone", "codec", "speech codec")


def test_no_recording_has_changed() -> None:
    assert changes(GOLDEN, recordings(), coded=CODED) == []


@pytest.mark.parametrize(
    "change",
    [
        lambda x: 1.001 * x,
        lambda x: np.roll(x, 1),
        lambda x: x + 0.002 * np.sin(np.arange(len(x))),
        lambda x: -x,
        lambda x: np.append(x, 0),
        lambda x: x * (1 + 0.01 * np.linspace(-1, 1, len(x))),
    ],
    ids=["level", "time", "tone", "sign", "length", "envelope"],
)
def test_a_fingerprint_notices(
    change: Callable[[NDArray[np.float32]], NDArray[np.float32]],
) -> None:
    assert not same(fingerprint(voice()), fingerprint(change(voice())))


def test_a_fingerprint_overlooks_the_last_bits() -> None:
    noise = np.random.default_rng(0).standard_normal(8000) * 1e-5
    assert same(fingerprint(voice()), fingerprint(voice() + noise))


def test_a_recorder_halves_the_power_at_its_corners() -> None:
    f = np.array([50.0, 100.0, 200.0, 4000.0, 10.0, 0.0], np.float32)
    plain = CLEAN_RECORDING.model_copy(update={"high_pass_hz": (100.0, 100.0)})
    slopes = set()
    for seed in range(20):
        gain = draw_response(np.random.default_rng(seed), f, plain)
        assert gain[1] ** 2 == pytest.approx(0.5, rel=1e-4)
        assert gain[3] == pytest.approx(1, rel=1e-3)
        assert gain[0] < gain[1] < gain[2]
        assert gain[4] == gain[5]  # no filter is steeper below 10 Hz
        # Butterworth of order 1 to 3: the inverse of the power is 1 + 2^(2 * order).
        slopes.add(round(float(1 / gain[0] ** 2)))
    assert slopes == {5, 17, 65}
