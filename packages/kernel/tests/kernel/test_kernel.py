"""Which arguments the kernel refuses, and when it is not used.

packages/core/tests compares its values with those of numpy.
"""

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

#: Arguments of every function: the type of a buffer, or an integer.
ARGUMENTS = {
    "normalise": "f f",
    "window": "l q i i f d",
    "power": "q i i d f f d",
    "candidates": "i i d f f f f f f",
    "levels": "q f f q f f",
    "shape": "q f f q f f f f d",
    "valleys": "i d l f",
    "path": "q f f f f f f b f",
    "summary": "q f f f f i l f b f f f f f f",
    "margins": "f i i i i v q q d f",
    "novelty": "f i d d d d d",
}
SIZES = (0, 1, 2, 5, 8, 300, 5000, 100_000)
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
        elif kind == "q":
            counts = st.lists(st.integers(-1, 40) | st.integers(1, 40), max_size=8)
            values.append(np.array(data.draw(counts), np.int64))
        elif kind == "l" and name == "window":
            values.append([NOISE[:size].astype(np.float32)])
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


@compiled
def test_no_byte_is_read_beyond_a_buffer() -> None:
    window = native().window
    counts, hann = np.array([2]), np.ones(480, np.float32)
    clip, out = np.ones(640, np.float32), np.zeros((2, 640))
    window([clip], counts, 0, 2, hann, out)
    assert out.sum() == 2 * 480
    window([clip[:500]], counts, 0, 2, hann, out)
    assert out.sum() == 480 + 340
    for wrong in (
        ([clip], counts, 0, 3, hann, out),
        ([clip], counts, 0, 2, hann[1:], out),
        ([clip], counts, 0, 2, hann, out[1:]),
        ([clip], np.array([2, 1]), 0, 2, hann, out),
        ([clip], np.array([0]), 0, 0, hann, out),
        ([clip], np.array([2**40]), 0, 2, hann, out),
    ):
        with pytest.raises(ValueError, match=r"."):
            window(*wrong)


@compiled
def test_a_read_only_result_is_refused() -> None:
    out = np.zeros(8, np.float32)
    out.flags.writeable = False
    with pytest.raises((ValueError, BufferError)):
        native().normalise(np.ones(8, np.float32), out)


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
