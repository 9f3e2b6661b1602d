"""Compares the feature set ``egemaps`` with openSMILE's own calls.

scripts/test_egemaps.sh calls this with the Python of an environment that has openSMILE, which is
imported by name since no other environment has it.
"""

import importlib
import time
import warnings
from concurrent.futures import ThreadPoolExecutor
from typing import Final

import numpy as np
from numpy.typing import NDArray

from scripts.system_tests.checks import require
from vocalbaby import features

__all__ = ["main"]

_RATE: Final = 16_000


def clips() -> list[NDArray[np.float32]]:
    """Return noisy tones of 0.05 to 3 s, silence, and a tone at full scale."""
    rng = np.random.default_rng(0)
    found = []
    for n in (800, 4_000, 6_400, 16_000, 48_000):
        t = np.arange(n) / _RATE
        f0 = rng.uniform(200, 600)
        wave = sum(np.sin(2 * np.pi * f0 * k * t) / k for k in range(1, 9))
        found.append((0.1 * wave + 0.01 * rng.standard_normal(n)).astype(np.float32))
    full = np.sign(np.sin(2 * np.pi * 300 * np.arange(8_000) / _RATE)).astype(np.float32)
    return [*found, np.zeros(8_000, np.float32), full]


def main() -> None:
    """Run the checks.

    Raises:
        ScriptError: A check fails.
    """
    opensmile = importlib.import_module("opensmile")
    smile = opensmile.Smile(
        feature_set=opensmile.FeatureSet.eGeMAPSv02,
        feature_level=opensmile.FeatureLevel.Functionals,
    )
    chosen = features.get("egemaps")
    sounds = clips()
    names = [column.name for column in chosen.columns]
    require("The columns are openSMILE's.", holds=smile.feature_names == names)
    found = chosen.extract(sounds)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        for row, clip in zip(found[:-1], sounds[:-1], strict=True):
            theirs = smile.process_signal(clip, _RATE).to_numpy(np.float32)[0]
            np.testing.assert_array_equal(row, theirs)
    require("A clip of 50 ms is too short for openSMILE.", holds=np.isnan(found[0]).all())
    voiced = found[3, names.index("VoicedSegmentsPerSec")]
    require("A tone has voiced stretches.", holds=voiced > 0)
    require("openSMILE gives 0 for the F0 of silence.", holds=found[5, 0] == 0)
    softer = chosen.extract([sounds[-1] * np.float32(0.999)])[0]
    level = names.index("equivalentSoundLevel_dBp")
    require("A sample of 1 does not wrap.", holds=abs(found[-1, level] - softer[level]) < 0.1)
    backwards = chosen.extract(sounds[::-1])[::-1]
    require("A row does not depend on its batch.", holds=backwards.tobytes() == found.tobytes())
    with ThreadPoolExecutor(4) as pool:
        alone = list(pool.map(lambda clip: chosen.extract([clip]), sounds * 2))
    same = np.concatenate(alone).tobytes() == np.concatenate([found, found]).tobytes()
    require("A row does not depend on its thread.", holds=same)
    joined = features.get("egemaps+mfcc").extract(sounds)
    require("A joined set has the same values.", holds=joined[:, :88].tobytes() == found.tobytes())
    start = time.process_time()
    for _ in range(50):
        chosen.extract([sounds[2]])
    cost = (time.process_time() - start) / 50
    print(f"egemaps: 88 columns equal openSMILE's; {cost * 1e3:.1f} ms of CPU per clip of 0.4 s")


if __name__ == "__main__":
    main()
