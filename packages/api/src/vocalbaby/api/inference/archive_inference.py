"""An archive's recordings through the engine, a few at a time."""

import asyncio
import contextlib
from collections.abc import Iterator
from typing import Final, NamedTuple

from starlette.requests import Request

from vocalbaby.api.http.archives import Archive, ArchiveLimits, Item
from vocalbaby.api.inference.admission import Backlog, Place
from vocalbaby.api.inference.batches import Answers
from vocalbaby.api.inference.classify import classify_part
from vocalbaby.api.inference.state import AppState
from vocalbaby.api.settings import Settings
from vocalbaby.api.upload import Upload
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

    It is accepted by the sound of its first part, as if the rest were alike.

    Raises:
        OverloadedError: The service holds as many bytes, or as much sound, as it may.
        VocalBabyError: As :func:`vocalbaby.api.inference.classify.classify`.
    """
    state: AppState = request.app.state.vocalbaby
    answers: Answers = []
    parts = _parts(archive, state.backlog)
    with contextlib.ExitStack() as stack:
        place: Place | None = None
        seen_s = 0.0
        while part := await asyncio.to_thread(next, parts, None):
            seen_s += sum(part.lengths_s)
            sound_s = seen_s * len(archive.names) / (len(answers) + len(part.items))
            if place is None:
                place = stack.enter_context(state.backlog.enter(sound_s))
            else:
                state.backlog.expect(place, sound_s)
            with state.memory.hold(sum(len(upload.data) for upload in part.uploads)):
                answers += await _answer(request, part, place)
    return answers


class _Part(NamedTuple):
    """Some recordings of an archive, unpacked; those that are, and their lengths in seconds."""

    items: list[Item]
    uploads: list[Upload]
    lengths_s: list[float]


def _parts(archive: Archive, backlog: Backlog) -> Iterator[_Part]:
    for items in archive.batches(clips=_CLIPS, size=_SIZE):
        uploads = [item for item in items if isinstance(item, Upload)]
        yield _Part(items, uploads, backlog.measure([upload.data for upload in uploads]))


async def _answer(request: Request, part: _Part, place: Place) -> Answers:
    asked = classify_part(request, part.uploads, part.lengths_s, place) if part.uploads else None
    found = iter(await asked if asked else ())
    return [item if isinstance(item, VocalBabyError) else next(found) for item in part.items]
