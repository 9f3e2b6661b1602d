"""The C library's stderr: silent while it is asked to be, and left alone where there is none."""

import ctypes
import subprocess
import sys
from collections.abc import Callable, Iterator

import pytest

from vocalbaby.audio import quiet

PROGRAM = """
import ctypes
from vocalbaby.audio.quiet import c_stderr_discarded
library = ctypes.CDLL(None)
for number in (1, 2, 3):
    if number == 2:
        with c_stderr_discarded():
            library.perror(b"2")
    else:
        library.perror(str(number).encode())
"""


@pytest.fixture(autouse=True)
def _load_again() -> Iterator[None]:
    quiet._stderr.cache_clear()
    yield
    quiet._stderr.cache_clear()


def test_what_c_writes_is_discarded_only_in_the_meantime() -> None:
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM], capture_output=True, text=True, check=True, timeout=60
    )
    assert [line[0] for line in done.stderr.splitlines()] == ["1", "3"]


def no_library(_name: object) -> object:
    raise OSError("there is none")


def no_name(_name: object) -> object:
    raise TypeError("the name of a library is needed")  # of Windows


def no_function(_name: object) -> object:
    return object()


@pytest.mark.parametrize("loader", [no_library, no_name, no_function])
def test_where_there_is_no_such_library_nothing_happens(
    monkeypatch: pytest.MonkeyPatch, loader: Callable[[object], object]
) -> None:
    monkeypatch.setattr(ctypes, "CDLL", loader)
    check_nothing_happens()


def test_where_there_is_no_such_variable_nothing_happens(monkeypatch: pytest.MonkeyPatch) -> None:
    def missing(_library: object, name: str) -> object:
        raise ValueError(f"{name} not found")

    monkeypatch.setattr(ctypes.c_void_p, "in_dll", missing, raising=False)
    check_nothing_happens()


def check_nothing_happens() -> None:
    for _ in range(2):
        with quiet.c_stderr_discarded(), quiet.c_stderr_discarded():
            assert quiet._stderr()._variable.value is None
