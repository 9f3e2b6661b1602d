import os

import pytest

from vocalbaby.monitoring.shared_slot import SharedSlot


def put_in_child(slot: SharedSlot, worker: int, data: bytes) -> None:
    child = os.fork()
    if child == 0:
        slot.attach_worker(worker)
        slot.put(data)
        os._exit(0)
    assert os.waitpid(child, 0)[1] == 0


def test_every_process_reads_the_newest_bytes() -> None:
    slot = SharedSlot(3)
    assert slot.get() is None
    for worker, data in ((1, b"one"), (0, b"two"), (1, b""), (2, b"four" * 9), (2, b"5")):
        put_in_child(slot, worker, data)
        assert slot.get() == data


def test_half_written_bytes_of_a_killed_worker_are_not_read() -> None:
    slot = SharedSlot(1)
    slot.put(b"first")
    slot.put(b"second")
    before = bytes(slot._memory)
    slot.put(b"third" * 100)
    after = bytes(slot._memory)
    changed = [i for i, (x, y) in enumerate(zip(before, after, strict=True)) if x != y]
    for end in range(changed[0] + 1, changed[-1], 7):
        slot._memory[:] = after[:end] + before[end:]
        assert slot.get() == b"second"
        slot._memory[:] = before
    slot.put(b"fourth")
    assert slot.get() == b"fourth"


def test_too_many_bytes_are_refused() -> None:
    slot = SharedSlot(1, max_bytes=10)
    slot.put(b"x" * 10)
    with pytest.raises(ValueError, match="11 bytes"):
        slot.put(b"x" * 11)
    assert slot.get() == b"x" * 10
