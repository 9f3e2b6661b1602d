"""Whose clips are next."""

from unittest import mock

from vocalbaby.api.inference.admission import Place
from vocalbaby.api.inference.batches import Part, Work
from vocalbaby.api.inference.fair_queue import Queue
from vocalbaby.api.upload import Upload


def work(name: str, clips: int, length_s: float = 1.0, place: Place | None = None) -> Work:
    uploads = [Upload(name, b"")] * clips
    lengths = [length_s] * clips
    return Work(uploads, "", mock.Mock(), lengths_s=lengths, place=place or Place())


def said(parts: list[Part]) -> dict[str, int]:
    return {part.work.uploads[0].name: part.end - part.start for part in parts}


def test_a_batch_is_bounded_by_clips_and_by_sound_and_has_one_clip_at_least() -> None:
    queue = Queue()
    queue.add(work("a", 5, 25.0))
    assert [said(queue.take(16, 60.0)) for _ in range(2)] == [{"a": 2}, {"a": 2}]
    queue.add(work("b", 1, 90.0))
    queue.add(work("c", 20, 0.25))
    taken = [said(queue.take(16, 60.0)) for _ in range(4)]
    assert {"b": 1} in taken
    assert [sum(batch.values()) <= 16 for batch in taken] == [True] * 4
    assert sum(sum(batch.values()) for batch in taken) == 22
    assert not queue
    assert queue.clips == 0


def test_who_was_served_least_is_next_with_its_next_clip() -> None:
    """Every second turn, while the sound is alike."""
    queue = Queue()
    for name in "abc":
        queue.add(work(name, 10))
    assert said(queue.take(9, 60.0)) == {"a": 5, "b": 2, "c": 2}
    queue.add(work("large", 1, 9.0))
    queue.add(work("short", 1, 0.5))
    assert "short" in said(queue.take(2, 60.0))


def test_half_of_the_sound_is_of_the_oldest_however_many_come() -> None:
    queue = Queue()
    queue.add(work("old", 20, 1.0))
    served_s = 0.0
    for _ in range(100):
        queue.add(work("new", 10, 3.0))
        queue.add(work("tiny", 10, 0.25))
        taken = queue.take(4, 60.0)
        served_s += sum(part.work.lengths_s[0] * (part.end - part.start) for part in taken)
        if not any(waiting.uploads[0].name == "old" for waiting in queue):
            break
    assert served_s <= 2 * 20.0 + 2 * 3.0


def test_the_next_part_of_a_request_keeps_its_age() -> None:
    queue, place = Queue(), Place()
    queue.add(work("b", 2))
    place.served_s = 1.0
    queue.add(work("a", 1, place=place))
    assert [w.uploads[0].name for w in queue] == ["a", "b"]
