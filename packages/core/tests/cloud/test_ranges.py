"""An object that is read in ranges gives the bytes of a file, and requests few of them."""

import io
import random

import pytest

from vocalbaby.cloud.ranges import buffered

DATA = random.Random(0).randbytes(1000)


def reader(requests: list[tuple[int, int]], block: int = 64) -> io.BufferedReader:
    def fetch(start: int, length: int) -> bytes:
        assert 0 < length <= block
        assert start + length <= len(DATA)
        requests.append((start, length))
        return DATA[start : start + length]

    return buffered(fetch, len(DATA), block=block)


def test_any_order_of_reads_and_seeks_gives_the_bytes_of_a_file() -> None:
    rng = random.Random(1)
    ours, file = reader([]), io.BytesIO(DATA)
    for _ in range(500):
        if rng.random() < 0.5:
            whence = rng.randrange(3)
            offset = rng.randint(-1100, 1100)
            base = (0, file.tell(), len(DATA))[whence]
            if base + offset >= 0:
                assert ours.seek(offset, whence) == file.seek(offset, whence)
        else:
            n = rng.choice([0, 1, 7, 63, 64, 65, 400, 2000])
            assert ours.read(n) == file.read(n)
        assert ours.tell() == file.tell()


def test_reading_forward_requests_each_byte_once() -> None:
    requests: list[tuple[int, int]] = []
    ours = reader(requests)
    ours.seek(0, io.SEEK_END)  # as decoders ask for the size
    ours.seek(0)
    while ours.read(10):
        pass
    assert requests == [(start, min(64, 1000 - start)) for start in range(0, 1000, 64)]


def test_an_index_at_the_end_is_not_requested_again_for_each_piece_of_sound() -> None:
    requests: list[tuple[int, int]] = []
    ours = reader(requests)
    for start in range(0, 900, 30):
        ours.seek(start)
        ours.read(30)
        ours.seek(-20, io.SEEK_END)
        ours.read(20)
    assert sum(length for _, length in requests) <= len(DATA)


def test_a_negative_position_is_refused() -> None:
    with pytest.raises(ValueError, match="negative"):
        reader([]).seek(-1)
