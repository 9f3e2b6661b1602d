"""Flat tops: the compiled kernel, numpy and a plain loop count the same, and at what cost."""

import time

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from vocalbaby import kernel
from vocalbaby.audio.clipping import clipped_share

Samples = NDArray[np.float32]


def share_by_a_loop(channel: Samples) -> float:
    """The rule of decision 28, sample by sample."""
    rail = sum(abs(float(value)) >= 0.9999 for value in channel) / len(channel)
    if rail > 0.01:
        return rail
    step, flat = 1.5 * 2**-15, 0
    if float(np.ptp(channel)) < 128 * 2**-15:
        return 0.0
    for side in (channel, -channel):
        values = [float(value) for value in side]
        high, mean = max(values), sum(values) / len(values)
        top = [value for value in values if value >= np.float32(high - step)]
        rest = [value for value in values if value < np.float32(high - step)]
        near = [value for value in rest if value >= np.float32(high - 4 * step)]
        around = [value for value in rest if value >= np.float32(max(rest) - step)]
        height = 0.125 * (high - min(values))
        if len(top) > max(1, 8 * len(near), 8 * len(around)) and high - mean >= height:
            flat += len(top)
    return flat / len(channel) if flat > 0.005 * len(channel) else 0.0


@settings(max_examples=150, deadline=None)
@given(data=st.data())
def test_kernel_numpy_and_loop_agree(data: st.DataObject) -> None:
    rng = np.random.default_rng(data.draw(st.integers(0, 2**32 - 1)))
    n = data.draw(st.integers(1, 400))
    low, high = data.draw(st.floats(-0.9, -0.05)), data.draw(st.floats(0.05, 0.9))
    sound = np.clip(rng.normal(data.draw(st.sampled_from([0, 0.4])), 0.4, n), low, high)
    steps = data.draw(st.sampled_from([4, 127, 32768, 2**24]))
    channel = (np.round(sound * steps) / steps).astype(np.float32)
    expected = share_by_a_loop(channel)
    assert clipped_share(channel[None]) == expected
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(kernel, "native", None)
        assert clipped_share(channel[None]) == expected


@pytest.mark.skipif(
    not hasattr(kernel.native, "flat_ends"), reason="no compiler with vector types built the kernel"
)
def test_the_search_costs_about_as_much_where_it_finds_clipping() -> None:
    noise = np.random.default_rng(0).normal(0, 0.1, 6_400).astype(np.float32)

    def seconds(sound: Samples) -> float:
        best = float("inf")
        for _ in range(20):
            start = time.process_time()
            for _ in range(50):
                clipped_share(sound[None])
            best = min(best, time.process_time() - start)
        return best

    assert seconds(noise.clip(-0.1, 0.1)) < 3 * seconds(noise)
