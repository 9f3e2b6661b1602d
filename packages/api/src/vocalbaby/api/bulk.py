"""An archive's recordings through the engine, a few at a time."""

import asyncio
from typing import Final

from starlette.requests import Request

from vocalbaby.api.archives import Archive, ArchiveLimits, Item
from vocalbaby.api.asking import classify
from vocalbaby.api.batches import Answers, Upload
from vocalbaby.api.settings import Settings
from vocalbaby.api.state import AppState
from vocalbaby.exception import VocalBabyError

__all__ = ["classify_archive", "open_archive"]

#: Recordings unpacked at a time, and bytes after which no more are.
_CLIPS: Final = 16
_SIZE: Final = 4 * 2**20


async def open_archive(data: bytes, settings: Settings) -> Archive:
    """An archive within the limits of ``settings``; see :class:`Archive` for what it raises."""
    limits = ArchiveLimits(
        members=settings.max_archive_members,
        member_bytes=settings.max_body_bytes,
        total_bytes=settings.max_archive_bytes,
        ratio=settings.max_archive_ratio,
    )
    return await asyncio.to_thread(Archive, data, limits)


async def classify_archive(request: Request, archive: Archive) -> Answers:
    """One prediction or error per recording, in the archive's order.

    Raises:
        OverloadedError: The service holds as many bytes, or clips, as it may.
        VocalBabyError: As :func:`vocalbaby.api.asking.classify`.
    """
    state: AppState = request.app.state.vocalbaby
    answers: Answers = []
    batches = archive.batches(clips=_CLIPS, size=_SIZE)
    while batch := await asyncio.to_thread(next, batches, None):
        with state.held.hold(sum(map(_size, batch))):
            answers += await _answer(request, batch)
    return answers


def _size(item: Item) -> int:
    return len(item.data) if isinstance(item, Upload) else 0


async def _answer(request: Request, batch: list[Item]) -> Answers:
    uploads = [item for item in batch if isinstance(item, Upload)]
    found = iter(await classify(request, uploads) if uploads else ())
    return [item if isinstance(item, VocalBabyError) else next(found) for item in batch]
