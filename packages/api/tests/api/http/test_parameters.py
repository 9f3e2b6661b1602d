"""Parameters of headers are read as by python-multipart, in time that grows with their length."""

import time
from collections.abc import Callable

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from python_multipart.multipart import parse_options_header

from vocalbaby.api.http import parameters

_TEXTS = st.text("ab;= .:\xe9\t", max_size=8).map(lambda text: text.encode("latin-1"))
_QUOTED = _TEXTS.map(lambda text: b'"' + text.replace(b"a", rb"\"") + b'"')
_PLAIN = _TEXTS.map(lambda text: text.replace(b";", b"").strip(b" \t"))
_NAMES = st.sampled_from([b"name", b"filename", b"FileName", b"boundary"])
_PAIRS = st.builds(
    lambda before, name, equals, value: before + name + equals + value,
    st.sampled_from([b";", b"; ", b" ; "]),
    _NAMES,
    st.sampled_from([b"=", b" = "]),
    st.one_of(_QUOTED, _PLAIN),
)


@given(pairs=st.lists(_PAIRS, max_size=4), end=st.sampled_from([b"", b" ", b";"]))
@example(pairs=[b'; filename="c:\\x\\y.wav"'], end=b"")
def test_headers_are_read_as_by_python_multipart(pairs: list[bytes], end: bytes) -> None:
    header = b"Form-Data" + b"".join(pairs) + end
    kind, options = parse_options_header(header)
    ours_kind, ours = parameters.parse(header)
    assert ours_kind == kind
    assert {k: v for k, v in ours.items() if k} == {k: v for k, v in options.items() if k}


def test_a_name_in_quotes_is_no_extended_name() -> None:
    _, options = parameters.parse(b"""form-data; name="a;filename*=utf-8''b.wav" """)
    assert options == {b"name": b"a;filename*=utf-8''b.wav"}
    assert parameters.file_name(options) is None


@pytest.mark.parametrize("start", [b"x;a=", b'x;a="', b"x"])
@pytest.mark.parametrize(
    "piece", [b";", b'";', b'\\"', b"\\", b'"', b"=", b";a=", b';a="', b"; ", b" ", b";a=b", b'="']
)
def test_the_time_grows_with_the_length(start: bytes, piece: bytes) -> None:
    def seconds(size: int) -> float:
        header = start + piece * (size // len(piece))
        return min(cpu(lambda: parameters.parse(header)) for _ in range(3))

    # With the square of the length it would be 256 times as much, and seconds.
    assert seconds(2**16) < 80 * seconds(2**12) + 0.01


def cpu(call: Callable[[], object]) -> float:
    start = time.process_time()
    call()
    return time.process_time() - start
