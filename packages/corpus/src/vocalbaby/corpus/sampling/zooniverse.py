"""Short chunks of sound for citizen scientists, as ChildProject's pipeline makes for Zooniverse.

Half a second of sound does not let a listener understand what is spoken (Cychosz et al. 2021,
*Vocal development in a large-scale crosslinguistic corpus*, Developmental Science 24; Semenzin et
al. 2021, *Describing vocalizations in young children*, JSLHR 64). Chunks are numbered in a random
order, so that neither names nor numbers say which are of the same recording.
"""

import csv
import importlib
import io
import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final, Literal

import numpy as np
from numpy.typing import NDArray

from vocalbaby.audio import wav_bytes
from vocalbaby.corpus.sampling.manifest import SampledStretch
from vocalbaby.corpus.sampling.sounds import cut, source_of
from vocalbaby.entity.clip import SAMPLE_RATE
from vocalbaby.exception import AudioError, ConfigError, DataError
from vocalbaby.utils.extras import needs_extra

__all__ = ["CHUNKS", "Chunk", "SoundFormat", "chunks_of", "write_chunks"]

Samples = NDArray[np.float32]
#: Format of the chunks.
SoundFormat = Literal["mp3", "wav"]
#: Name of the table of chunks, which stays with the laboratory.
CHUNKS: Final = "chunks.csv"
_SUBJECTS: Final = "subjects.csv"
_FADE_S: Final = 0.01
_BIT_RATE: Final = 64_000
#: ChildProject's columns, and the stretch of the sample.
_COLUMNS: Final = (
    "index",
    "recording_filename",
    "onset",
    "offset",
    "segment_onset",
    "segment_offset",
    "wav",
    "mp3",
    "date_extracted",
    "uploaded",
    "project_id",
    "subject_set",
    "zooniverse_id",
    "keyword",
    "chunk_id",
    "sample_id",
)


@dataclass(frozen=True, slots=True)
class Chunk:
    """A chunk of a stretch.

    Attributes:
        stretch: The stretch of the sample.
        onset_ms: Begin in milliseconds from the start of the recording.
        offset_ms: End in milliseconds.
    """

    stretch: SampledStretch
    onset_ms: int
    offset_ms: int


def chunks_of(stretch: SampledStretch, length_ms: int = 500, fewest: int = 1) -> list[Chunk]:
    """Divide a stretch into chunks of equal length, which extend beyond both of its ends equally.

    This is what ChildProject's function ``pad_interval`` does. At the begin of a recording, the
    chunks are moved to the begin instead of being left out.

    Args:
        stretch: The stretch.
        length_ms: Length of a chunk in milliseconds.
        fewest: Smallest number of chunks.

    Returns:
        The chunks, in order of time.

    Raises:
        ConfigError: A length or number is not positive.

    Examples:
        >>> stretch = SampledStretch("r1-1", "day1", 10.0, 10.8)
        >>> [(c.onset_ms, c.offset_ms) for c in chunks_of(stretch)]
        [(9900, 10400), (10400, 10900)]
    """
    if length_ms < 1 or fewest < 1:
        raise ConfigError(f"{fewest} chunks of {length_ms} ms are impossible.")
    onset, offset = int(1000 * stretch.onset_s + 1e-6), int(1000 * stretch.offset_s + 1e-6)
    n = max(fewest, math.ceil((offset - onset) / length_ms))
    begin = max(int(onset - (n * length_ms - (offset - onset)) / 2), 0)
    return [Chunk(stretch, begin + i * length_ms, begin + (i + 1) * length_ms) for i in range(n)]


def write_chunks(  # noqa: PLR0913 - of a folder
    stretches: Sequence[SampledStretch],
    recordings: Mapping[str, Path],
    folder: Path,
    *,
    length_ms: int = 500,
    fewest: int = 1,
    sound_format: SoundFormat = "mp3",
    keyword: str = "vocalbaby",
    seed: int = 0,
    now: datetime | None = None,
    progress: Callable[[int, int], None] | None = None,
) -> list[tuple[str, str]]:
    """Write chunks for Zooniverse.

    ``chunks/`` has the sound, one channel of 16 kHz, faded within 10 ms at both ends.
    ``subjects.csv`` is the manifest for Zooniverse, which names files and chunks only.
    ``chunks.csv`` says which chunk is from which recording and stretch, with ChildProject's
    columns; it must not be uploaded.

    Args:
        stretches: The sample.
        recordings: File of each recording.
        folder: Folder, which is made.
        length_ms: Length of a chunk in milliseconds.
        fewest: Smallest number of chunks of a stretch.
        sound_format: ``mp3``, or ``wav``.
        keyword: Word in the table, as ChildProject's.
        seed: Determines the order of the chunks.
        now: Time in the table; None for the present.
        progress: Called with chunks done and their number after each recording.

    Returns:
        Name of each stretch that lacks a chunk, and the reason.

    Raises:
        MissingExtraError: MP3 needs the extra ``media``.
        OSError: A file cannot be written.
    """
    encode = _encoder(sound_format)
    (folder / "chunks").mkdir(parents=True, exist_ok=True)
    chunks = [chunk for s in stretches for chunk in chunks_of(s, length_ms, fewest)]
    order = np.random.default_rng(seed).permutation(len(chunks))
    names = {int(at): f"chunk_{number:06d}" for number, at in enumerate(order)}
    by_recording: dict[str, list[int]] = {}
    for i, chunk in enumerate(chunks):
        by_recording.setdefault(chunk.stretch.recording_id, []).append(i)
    written: set[int] = set()
    failed: dict[str, str] = {}
    done = 0
    for name, own in by_recording.items():
        times = [(chunks[i].onset_ms / 1000, chunks[i].offset_ms / 1000) for i in own]
        try:
            for at, samples in cut(source_of(recordings, name), times):
                i = own[at]
                if not len(samples):
                    failed[chunks[i].stretch.sample_id] = f"The recording {name} ends before it."
                    continue
                padded = np.pad(samples, (0, length_ms * SAMPLE_RATE // 1000 - len(samples)))
                file = folder / "chunks" / f"{names[i]}.{sound_format}"
                file.write_bytes(encode(_faded(padded)))
                written.add(i)
        except (AudioError, DataError) as error:
            for i in set(own) - written:
                failed[chunks[i].stretch.sample_id] = error.message
        done += len(own)
        if progress is not None:
            progress(done, len(chunks))
    kept = [int(at) for at in order if int(at) in written]
    date = (now or datetime.now(UTC)).strftime("%Y-%m-%d %H:%M:%S")
    _write_tables(folder, [(names[i], chunks[i]) for i in kept], sound_format, keyword, date)
    return sorted(failed.items())


def _write_tables(
    folder: Path, chunks: Sequence[tuple[str, Chunk]], sound_format: str, keyword: str, date: str
) -> None:
    with (folder / CHUNKS).open("w", encoding="utf-8", newline="") as stream:
        table = csv.writer(stream, lineterminator="\n")
        table.writerow(_COLUMNS)
        for number, (name, chunk) in enumerate(chunks):
            s = chunk.stretch
            segment = (round(1000 * s.onset_s), round(1000 * s.offset_s))
            files = [f"{name}.{each}" if each == sound_format else "" for each in ("wav", "mp3")]
            state = ("False", "", "", 0, keyword, name, s.sample_id)
            times = (chunk.onset_ms, chunk.offset_ms, *segment)
            table.writerow([number, s.recording_id, *times, *files, date, *state])
    with (folder / _SUBJECTS).open("w", encoding="utf-8", newline="") as stream:
        table = csv.writer(stream, lineterminator="\n")
        table.writerow(("chunk_id", "file"))
        table.writerows((name, f"chunks/{name}.{sound_format}") for name, _ in chunks)


def _faded(samples: Samples) -> Samples:
    n = min(round(_FADE_S * SAMPLE_RATE), len(samples) // 2)
    ramp = np.linspace(0.0, 1.0, n, dtype=np.float32)
    faded = samples.clip(-1.0, 1.0)
    faded[:n] *= ramp
    faded[len(faded) - n :] *= ramp[::-1]
    return faded


def _encoder(sound_format: str) -> Callable[[Samples], bytes]:
    if sound_format == "wav":
        return lambda samples: wav_bytes(samples, SAMPLE_RATE, encoding="pcm16")
    if sound_format != "mp3":
        raise ConfigError(f"There is no format {sound_format!r} of chunks.", hint="Use mp3 or wav.")
    with needs_extra("media"):
        av = importlib.import_module("av")  # by name: an extra, without types
    return lambda samples: _mp3(av, samples)


def _mp3(av: Any, samples: Samples) -> bytes:  # noqa: ANN401 - a module without types
    stream = io.BytesIO()
    with av.open(stream, "w", format="mp3") as container:
        track = container.add_stream("libmp3lame", rate=SAMPLE_RATE, layout="mono")
        track.bit_rate = _BIT_RATE
        frame = av.AudioFrame.from_ndarray(
            np.round(samples * 32_767).astype(np.int16)[None, :], format="s16p", layout="mono"
        )
        frame.sample_rate = SAMPLE_RATE
        for packet in (*track.encode(frame), *track.encode(None)):
            container.mux(packet)
    return stream.getvalue()
