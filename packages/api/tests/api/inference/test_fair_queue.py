"""The order in which the clips of waiting requests are taken."""

from unittest import mock

from vocalbaby.api.inference.fair_queue import FairQueue
from vocalbaby.api.inference.requests import BatchSlice, InferenceRequest, QueueTicket
from vocalbaby.api.upload import Upload


def request(
    name: str, clips: int, duration_s: float = 1.0, ticket: QueueTicket | None = None
) -> InferenceRequest:
    return InferenceRequest(
        [Upload(name, b"")] * clips,
        "",
        mock.Mock(),
        durations_s=[duration_s] * clips,
        ticket=ticket or QueueTicket(),
    )


def clips_by_name(slices: list[BatchSlice]) -> dict[str, int]:
    return {part.request.uploads[0].name: part.end - part.start for part in slices}


def test_a_batch_is_bounded_by_clips_and_by_sound_and_has_at_least_one_clip() -> None:
    queue = FairQueue()
    queue.add(request("a", 5, 25.0))
    assert [clips_by_name(queue.take(16, 60.0)) for _ in range(2)] == [{"a": 2}, {"a": 2}]
    queue.add(request("b", 1, 90.0))
    queue.add(request("c", 20, 0.25))
    taken = [clips_by_name(queue.take(16, 60.0)) for _ in range(4)]
    assert {"b": 1} in taken
    assert [sum(batch.values()) <= 16 for batch in taken] == [True] * 4
    assert sum(sum(batch.values()) for batch in taken) == 22
    assert not queue
    assert queue.clips == 0


def test_every_second_clip_is_of_the_request_that_was_served_least() -> None:
    """As long as the clips are equally long; the next clip counts as served."""
    queue = FairQueue()
    for name in "abc":
        queue.add(request(name, 10))
    assert clips_by_name(queue.take(9, 60.0)) == {"a": 5, "b": 2, "c": 2}
    queue.add(request("large", 1, 9.0))
    queue.add(request("short", 1, 0.5))
    assert "short" in clips_by_name(queue.take(2, 60.0))


def test_half_of_the_sound_is_of_the_oldest_request_however_many_arrive() -> None:
    queue = FairQueue()
    queue.add(request("old", 20, 1.0))
    served_s = 0.0
    for _ in range(100):
        queue.add(request("new", 10, 3.0))
        queue.add(request("tiny", 10, 0.25))
        taken = queue.take(4, 60.0)
        served_s += sum(part.request.durations_s[0] * (part.end - part.start) for part in taken)
        if not any(waiting.uploads[0].name == "old" for waiting in queue):
            break
    assert served_s <= 2 * 20.0 + 2 * 3.0


def test_the_next_chunk_of_an_archive_keeps_its_arrival() -> None:
    queue, ticket = FairQueue(), QueueTicket()
    queue.add(request("b", 2))
    ticket.served_s = 1.0
    queue.add(request("a", 1, ticket=ticket))
    assert [waiting.uploads[0].name for waiting in queue] == ["a", "b"]
