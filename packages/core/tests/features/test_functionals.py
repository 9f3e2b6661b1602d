import numpy as np
import pytest

from vocalbaby.features.frames import Framing, lay_out, padded, project, sum_rows
from vocalbaby.features.functionals import mean_std, mean_std_of, quantiles, slope

FRAMING = Framing(window=512, hop=160, n_fft=1024)


@pytest.fixture
def layout():
    return lay_out([160 * n + 512 for n in (4, 0, 9)], FRAMING)


def test_mean_std_and_quantiles_equal_numpy(layout, rng) -> None:
    values = rng.standard_normal((2, 16)).astype(np.float32)
    mask = rng.random(16) < 0.7
    mask[5] = False
    mean, std = mean_std(values, layout, mask, fewest=2)
    low, high = quantiles(values[0], layout, (0.1, 0.9), mask)
    parts = [slice(0, 5), slice(5, 6), slice(6, 16)]
    for i, part in enumerate(parts):
        if i == 1:
            assert np.isnan([*mean[:, 1], *std[:, 1], low[1], high[1]]).all()
            continue
        chosen = values[:, part][:, mask[part]]
        np.testing.assert_allclose(mean[:, i], chosen.mean(axis=1), rtol=1e-5)
        np.testing.assert_allclose(std[:, i], chosen.std(axis=1), rtol=1e-5)
        np.testing.assert_allclose([low[i], high[i]], np.quantile(chosen[0], [0.1, 0.9]), rtol=1e-5)


def test_too_few_frames_have_no_deviation(layout) -> None:
    mean, std = mean_std(np.ones((1, 16), np.float32), layout, fewest=3)
    np.testing.assert_array_equal(mean, [[1, 1, 1]])
    np.testing.assert_array_equal(std, [[0, np.nan, 0]])


def test_slope_of_a_line_with_gaps(layout) -> None:
    values = (3 + 0.5 * layout.place).astype(np.float32)
    mask = layout.place % 3 != 1
    np.testing.assert_allclose(slope(values, layout, mask, 2), [0.5, np.nan, 0.5], rtol=1e-5)


def test_neighbours_stay_in_their_clip(layout) -> None:
    np.testing.assert_array_equal(layout.neighbour(2)[:6], [2, 3, 4, 4, 4, 5])
    np.testing.assert_array_equal(layout.neighbour(-2)[4:9], [2, 5, 6, 6, 6])


def test_project_is_a_matrix_product(rng) -> None:
    rows, matrix = rng.standard_normal((24, 7)), rng.standard_normal((7, 3))
    product = project(rows.astype(np.float32), matrix.astype(np.float32))
    np.testing.assert_allclose(product, rows @ matrix, rtol=1e-4, atol=1e-5)


@pytest.mark.parametrize("n", [0, 1, 2, 3, 17])
def test_sum_rows_adds_row_after_row_whatever_the_width(rng, n: int) -> None:
    values = rng.standard_normal((43, 17)).astype(np.float32)
    total = np.zeros(17, np.float32)
    for row in values:
        total += row
    assert sum_rows(values[:, :n].copy()).tobytes() == total[:n].tobytes()


def test_groups_give_the_same_values_together_and_alone(layout, rng) -> None:
    groups = [
        (rng.standard_normal((k, 16)).astype(np.float32), rng.random(shape) < 0.7)
        for k, shape in ((1, 16), (4, (4, 16)), (2, 16))
    ]
    together = mean_std_of(groups, layout, fewest=3)
    for (values, mask), found in zip(groups, together, strict=True):
        alone = mean_std(values, layout, mask, fewest=3)
        assert np.array(found).tobytes() == np.array(alone).tobytes()


def test_padding_stays_zero_when_buffers_are_reused() -> None:
    for n_rows in (3, 7, 2, 7):
        rows = padded("of a test", n_rows, 5, np.float64)
        assert not rows[:, 3:].any()
        rows[:, :3] = 1
    assert not padded("of a test", 7, 6, np.float64).any()
