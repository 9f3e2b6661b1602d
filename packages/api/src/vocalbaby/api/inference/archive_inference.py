"""Inference for the recordings of an archive, a few at a time."""

import asyncio
import contextlib
from collections.abc import Iterator
from typing import Final, NamedTuple

from starlette.requests import Request

from vocalbaby.api.http.archives import Archive, ArchiveLimits, Item
from vocalbaby.api.inference.admission import AdmissionController
from vocalbaby.api.inference.classify import classify_admitted
from vocalbaby.api.inference.requests import Outcomes, QueueTicket
from vocalbaby.api.inference.state import AppState
from vocalbaby.api.settings import Settings
from vocalbaby.api.upload import Upload
from vocalbaby.exception import VocalBabyError

__all__ = ["classify_archive", "open_archive"]

#: Most recordings that are unpacked at a time, and bytes after which no more are.
_CLIPS: Final = 16
_SIZE: Final = 4 * 2**20


async def open_archive(data: bytes, settings: Settings) -> Archive:
    """Open an archive with the limits of ``settings``; raises as `Archive`."""
    limits = ArchiveLimits(
        members=settings.max_archive_members,
        member_bytes=settings.max_body_bytes,
        total_bytes=settings.max_archive_bytes,
        ratio=settings.max_archive_ratio,
    )
    return await asyncio.to_thread(Archive, data, limits)


async def classify_archive(request: Request, archive: Archive) -> Outcomes:
    """Return one prediction or error per recording, in the archive's order.

    The archive is admitted by the sound of its first chunk, as if the rest were alike.

    Raises:
        OverloadedError: Too many bytes are in memory, or too much sound would have to be
            processed first.
        VocalBabyError: As `vocalbaby.api.inference.classify.classify`.
    """
    state: AppState = request.app.state.vocalbaby
    outcomes: Outcomes = []
    chunks = _chunks(archive, state.admission)
    with contextlib.ExitStack() as stack:
        ticket: QueueTicket | None = None
        known_s = 0.0
        while chunk := await asyncio.to_thread(next, chunks, None):
            known_s += sum(chunk.durations_s)
            sound_s = known_s * len(archive.names) / (len(outcomes) + len(chunk.items))
            if ticket is None:
                ticket = stack.enter_context(state.admission.admit(sound_s))
            else:
                state.admission.extend(ticket, sound_s)
            with state.memory.hold(sum(len(upload.data) for upload in chunk.uploads)):
                outcomes += await _classify_chunk(request, chunk, ticket)
    return outcomes


class _Chunk(NamedTuple):
    """Some members of an archive; those that were unpacked, and their seconds of sound."""

    items: list[Item]
    uploads: list[Upload]
    durations_s: list[float]


def _chunks(archive: Archive, admission: AdmissionController) -> Iterator[_Chunk]:
    for items in archive.batches(clips=_CLIPS, size=_SIZE):
        uploads = [item for item in items if isinstance(item, Upload)]
        yield _Chunk(items, uploads, admission.durations_s([upload.data for upload in uploads]))


async def _classify_chunk(request: Request, chunk: _Chunk, ticket: QueueTicket) -> Outcomes:
    found: Outcomes = []
    if chunk.uploads:
        found = await classify_admitted(request, chunk.uploads, chunk.durations_s, ticket)
    unpacked = iter(found)
    return [item if isinstance(item, VocalBabyError) else next(unpacked) for item in chunk.items]
