import os

import pytest

from vocalbaby.monitoring.shared_slot import SharedSlot


def put_in_child(board: SharedSlot, worker: int, data: bytes) -> None:
    child = os.fork()
    if child == 0:
        board.attach_worker(worker)
        board.put(data)
        os._exit(0)
    assert os.waitpid(child, 0)[1] == 0


def test_the_newest_is_read_by_all() -> None:
    board = SharedSlot(3)
    assert board.get() is None
    for worker, data in ((1, b"one"), (0, b"two"), (1, b""), (2, b"four" * 9), (2, b"5")):
        put_in_child(board, worker, data)
        assert board.get() == data


def test_what_a_killed_worker_left_half_written_is_not_read() -> None:
    board = SharedSlot(1)
    board.put(b"first")
    board.put(b"second")
    before = bytes(board._memory)
    board.put(b"third" * 100)
    after = bytes(board._memory)
    changed = [i for i, (x, y) in enumerate(zip(before, after, strict=True)) if x != y]
    for end in range(changed[0] + 1, changed[-1], 7):
        board._memory[:] = after[:end] + before[end:]
        assert board.get() == b"second"
        board._memory[:] = before
    board.put(b"fourth")
    assert board.get() == b"fourth"


def test_what_has_no_room_is_refused() -> None:
    board = SharedSlot(1, max_bytes=10)
    board.put(b"x" * 10)
    with pytest.raises(ValueError, match="11 bytes"):
        board.put(b"x" * 11)
    assert board.get() == b"x" * 10
