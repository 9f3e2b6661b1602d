"""Which arguments the kernel refuses, and when it is not used.

packages/core/tests compares its values with those of numpy.
"""

import doctest
import importlib
import os
import subprocess
import sys
from types import ModuleType

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from vocalbaby import kernel

compiled = pytest.mark.skipif(kernel.native is None, reason="no C compiler built the kernel")

#: Arguments of every function: the type of a buffer, an integer, a number (n), clips (l) or
#: band edges (e).
ARGUMENTS = {
    "spectra": "l q e f f f f f f f f f f f f f f",
    "shape": "i f f e f f f f f f v f",
    "path": "q q i f f f f b f f",
    "summary": "q q i f f f f v f f f f b f f f f f",
    "margins": "f i i i i v q q d f",
    "novelty": "f i d d d d d",
    "viterbi": "f i i f f b",
    "flat_ends": "f i n n n i",
}
if not hasattr(kernel.native, "flat_ends"):  # as compiled by MSVC
    del ARGUMENTS["flat_ends"]
SIZES = (0, 1, 2, 5, 8, 300, 5000, 100_000)
EDGES = [9, 2, 9, 9, 32, 12, 60, 160, *(k for i in range(32) for k in (5 * i, 5 * i + 9))]
NOISE = np.random.default_rng(3).standard_normal(300_000)
TYPES = {
    "f": np.float32,
    "d": np.float64,
    "q": np.int64,
    "b": np.uint8,
    "v": np.int32,
    "l": np.int32,
}


def native() -> ModuleType:
    assert kernel.native is not None
    return kernel.native


@compiled
@settings(max_examples=300, deadline=None)
@given(data=st.data())
def test_wrong_arguments_are_refused_and_never_crash(data: st.DataObject) -> None:
    name = data.draw(st.sampled_from(sorted(ARGUMENTS)))
    scale = data.draw(st.sampled_from([1.0, 1e30, np.nan]))
    # Half of the time all arrays are long enough, so that their random contents are processed.
    sizes = st.just(NOISE.size) if data.draw(st.booleans()) else st.sampled_from(SIZES)
    values: list[object] = []
    for kind in ARGUMENTS[name].split():
        size = data.draw(sizes)
        if kind == "i":
            values.append(data.draw(st.integers(-2, 40) | st.just(2**62)))
        elif kind == "n":
            values.append(data.draw(st.floats()))
        elif kind == "q":
            counts = st.lists(st.integers(-1, 40) | st.integers(1, 40), max_size=8)
            values.append(np.array(data.draw(counts), np.int64))
        elif kind == "l" and name == "spectra":
            values.append([NOISE[:size].astype(np.float32)] * data.draw(st.integers(0, 2)))
        elif kind == "e":
            edges = np.array(EDGES, np.int64)
            for _ in range(data.draw(st.integers(0, 1))):
                edges[data.draw(st.integers(0, 71))] = data.draw(st.integers(-1, 300))
            values.append(edges)
        elif kind in "lvb":
            values.append((np.abs(NOISE[:size]) * 3).astype(TYPES[kind]))
        else:
            with np.errstate(all="ignore"):
                values.append((NOISE[:size] * scale).astype(TYPES[kind]))
    try:
        getattr(native(), name)(*values)
    except (ValueError, TypeError):
        return


@compiled
@pytest.mark.parametrize("name", sorted(ARGUMENTS))
def test_a_wrong_number_of_arguments_is_refused(name: str) -> None:
    function = getattr(native(), name)
    with pytest.raises(TypeError, match=f"{name} takes"):
        function()
    with pytest.raises(TypeError, match=f"{name} takes"):
        function(*[0] * 30)


def arguments_of_spectra(n: int) -> list[np.ndarray]:
    """All arguments after the clips, for one clip of `n` frames; buffers as small as possible."""
    lanes = -(-n // 8) * 8
    tables = [np.ones(k, np.float32) for k in (480, 2 * 640, 32 * 9, 11 * 221, 155, 155, 180)]
    out = [np.zeros(k, np.float32) for k in (43 * lanes, n, 213 * lanes, 5 * n, 5 * n, 5 * n)]
    return [np.array([n]), np.array(EDGES), *tables, *out, np.zeros(10 * n, np.float32)]


@compiled
def test_no_byte_is_read_or_written_beyond_a_buffer() -> None:
    spectra, clip = native().spectra, NOISE[:640].astype(np.float32)
    arguments = arguments_of_spectra(1)
    for n in (2, 1):
        arguments = arguments_of_spectra(n)
        spectra([clip], *arguments)
        assert (arguments[10] > 0).all()
        for i in range(1, len(arguments)):
            if i != 8:  # the band may be narrower than the spectrum
                shorter = [*arguments[:i], arguments[i][:-1], *arguments[i + 1 :]]
                with pytest.raises(ValueError, match="needed"):
                    spectra([clip], *shorter)
    for wrong in ([3], [5], [0], [-1], [2**40], []):
        with pytest.raises(ValueError, match=r"."):
            spectra([clip], np.array(wrong, np.int64), *arguments[1:])
    with pytest.raises(ValueError, match="wider"):
        spectra([clip], *arguments[:8], np.ones(222, np.float32), *arguments[9:])
    for place in range(len(EDGES)):
        for value in (-1, 400):
            edges = arguments[1].copy()
            edges[place] = value
            with pytest.raises(ValueError, match="bands beyond"):
                spectra([clip], arguments[0], edges, *arguments[2:])


@compiled
def test_the_values_of_a_frame_do_not_depend_on_its_neighbours() -> None:
    clip = NOISE[: 480 + 160 * 19].astype(np.float32)
    whole, part = arguments_of_spectra(20), arguments_of_spectra(7)
    native().spectra([clip], *whole)
    native().spectra([clip[160 * 6 : 160 * 12 + 480]], *part)
    assert part[10].tobytes() == whole[10][6:13].tobytes()
    assert part[12].tobytes() == whole[12][30:65].tobytes()


@compiled
def test_a_read_only_result_is_refused() -> None:
    arguments = arguments_of_spectra(1)
    arguments[-1].flags.writeable = False
    with pytest.raises((ValueError, BufferError)):
        native().spectra([np.ones(480, np.float32)], *arguments)


@compiled
@pytest.mark.parametrize(("starts", "counts"), [([-1], [1]), ([3], [2]), ([0], [5]), ([], [1])])
def test_frames_beyond_the_last_are_refused(starts: list[int], counts: list[int]) -> None:
    buffers = [np.ones(1000, np.float32) for _ in range(4)]
    out = np.zeros(99, np.uint8), np.zeros(99, np.float32), np.zeros(99, np.float32)
    native().path(np.array([0]), np.array([4]), 4, *buffers, *out)
    with pytest.raises(ValueError, match=r"."):
        native().path(np.array(starts, int), np.array(counts), 4, *buffers, *out)


@compiled
@pytest.mark.parametrize(("column", "left"), [(3, 0), (-1, 0), (0, 5), (0, -1), (0, 2), (0, 3)])
def test_nodes_outside_the_forest_are_refused(column: int, left: int) -> None:
    nodes = np.zeros(3, [("threshold", "f4"), ("column", "i4"), ("left", "i4")])
    nodes["column"], nodes["left"] = 2, np.arange(3)
    nodes[0] = (-1.0, column, left)
    out = np.zeros(1, np.float32)
    x, leaves, starts, base = np.zeros(1, np.float32), np.zeros(3, int), np.zeros(1, int), [0.0]
    with pytest.raises(ValueError, match="beyond the forest"):
        native().margins(x, 1, 1, 1, 1, nodes, leaves, starts, np.array(base), out)


def test_the_environment_variable_disables_the_compiled_module() -> None:
    code = "from vocalbaby import kernel; print(kernel.name(), kernel.native)"
    environment = {**os.environ, kernel.SETTING: "numpy", "PYTHONPATH": ":".join(sys.path)}
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, check=True, env=environment, text=True
    )
    assert done.stdout.split() == ["numpy", "None"]


def test_without_the_compiled_module_numpy_computes(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delattr(kernel, "_native", raising=False)
    monkeypatch.setitem(sys.modules, "vocalbaby.kernel._native", None)
    before = kernel.native
    try:
        assert importlib.reload(kernel).native is None
        assert kernel.name() == "numpy"
    finally:
        kernel.native = before


def test_examples_give_the_results_that_they_show() -> None:
    result = doctest.testmod(kernel)
    assert result.attempted > 0
    assert result.failed == 0
