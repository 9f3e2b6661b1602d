from typing import Any

import numpy as np
import pytest

from vocalbaby import kernel
from vocalbaby.entity.bundle import Calibration
from vocalbaby.models.novelty import Novelty

PLAIN: dict[str, Any] = {
    "temperature": 2.0,
    "bias": (0.0, 1.0, 0.0),
    "abstain_below": 0.3,
    "novelty_center": (1.0, -1.0, 0.0),
    "novelty_scale": (2.0, 1.0, 0.5),
    "novelty_components": ((0.6, 0.8, 0.0),),
    "novelty_variances": (4.0, 2.0),
    "novelty_threshold": 3.0,
    "missing_limit": 0.5,
}


def test_novelty_follows_its_definition() -> None:
    x = np.array([[3.0, 0.0, 1.0]], np.float32)  # z = 1, 1, 2; along the axis 1.4
    expected = np.sqrt((1.4**2 / 4 + (6 - 1.4**2) / 2) / 2)
    np.testing.assert_allclose(Novelty(Calibration(**PLAIN)).score(x), expected, rtol=1e-5)


@pytest.mark.skipif(kernel.native is None, reason="no C compiler built the kernel")
@pytest.mark.parametrize("n_axes", [0, 1, 7, 24])
def test_kernel_and_numpy_give_the_same_bits(n_axes: int, monkeypatch: pytest.MonkeyPatch) -> None:
    rng = np.random.default_rng(5)
    fitted = {
        "novelty_center": tuple(rng.normal(size=105)),
        "novelty_scale": tuple(rng.uniform(0.1, 9, 105)),
        "novelty_components": tuple(map(tuple, rng.uniform(-1, 1, (n_axes, 105)))),
        "novelty_variances": tuple(rng.uniform(0.1, 9, n_axes + 1)),
    }
    novelty = Novelty(Calibration(**{**PLAIN, **fitted}))
    x = (rng.standard_normal((50, 105)) * 10 ** rng.uniform(-3, 3, 105)).astype(np.float32)
    x[rng.random(x.shape) < 0.1] = np.nan
    x[0], x[1, 3], x[2, 4] = np.nan, np.inf, -np.inf
    found = novelty.score(x).tobytes(), novelty.score(x[:1]).tobytes()
    monkeypatch.setattr(kernel, "native", None)
    assert found == (novelty.score(x).tobytes(), novelty.score(x[:1]).tobytes())


def test_missing_values_count_as_typical_and_extreme_values_are_bounded() -> None:
    novelty = Novelty(Calibration(**PLAIN))
    x = np.array([[np.nan] * 3, [1e30, -1e30, np.nan], [np.inf, 0, 0]], np.float32)
    none, far, infinite = novelty.score(x)
    assert none == 0
    assert 5 < far < 20
    assert 5 < infinite < 20


def test_novelty_of_a_row_is_bit_identical_in_any_batch() -> None:
    rng = np.random.default_rng(0)
    width, axes = 300, 24
    calibration = Calibration(
        **PLAIN
        | {
            "novelty_center": rng.normal(size=width).tolist(),
            "novelty_scale": rng.uniform(0.1, 3, width).tolist(),
            "novelty_components": np.linalg.qr(rng.normal(size=(width, axes)))[0].T.tolist(),
            "novelty_variances": rng.uniform(0.5, 9, axes + 1).tolist(),
        }
    )
    x = (5 * rng.normal(size=(300, width))).astype(np.float32)
    novelty = Novelty(calibration)
    alone = np.concatenate([novelty.score(row[np.newaxis]) for row in x])
    np.testing.assert_array_equal(novelty.score(x), alone)
    np.testing.assert_array_equal(novelty.score(x[7:40]), alone[7:40])
