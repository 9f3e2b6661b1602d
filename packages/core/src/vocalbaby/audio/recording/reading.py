"""The samples of a recording of any length: one channel, 16 kHz, block by block."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO, Final

import numpy as np
import soxr
from numpy.typing import NDArray

from vocalbaby.audio.base import AudioStream
from vocalbaby.audio.recording.defect_marks import Defect, DefectMarks
from vocalbaby.audio.recording.low_cut import cut_low_frequencies
from vocalbaby.audio.recording.mixing import Mixer
from vocalbaby.audio.stream import open_stream
from vocalbaby.entity.clip import SAMPLE_RATE
from vocalbaby.exception import EmptyAudioError

__all__ = ["Recording", "open_recording"]

Samples = NDArray[np.float32]

#: Decisions about channels are made for so many seconds, and for fewer if these are more samples.
_BLOCK_S: Final = 4.0
_MAX_SAMPLES: Final = 2**21
#: Lossy codecs overshoot full scale a little; a higher peak means wrong scaling.
_OVERSHOOT: Final = 2.0
#: A sample that exceeds what 99 % of a block stay below by this factor is damage, not sound.
_IMPULSE: Final = 1000.0
#: Damaged samples that are closer than this, in seconds, are one gap.
_GAP_S: Final = 0.1
#: A longer stretch of lost sound is an error of the numbers in the file.
_LONGEST_GAP_S: Final = 86_400
#: Seconds by which a header's length may differ from that of the samples.
_LENGTH_S: Final = 1.0


class Recording:
    """An open recording of any length; `vocalbaby.audio.open_recording` opens it.

    Args:
        stream: The samples as they are in the file.

    Attributes:
        rate: Frames per second of the file.
        channels: Number of channels of the file.
        duration_hint_s: Length by its header in seconds, or None. It is for progress bars.
        duration_s: Length of the samples that were read, in seconds.

    Examples:
        >>> import numpy as np
        >>> from vocalbaby import audio
        >>> noise = np.random.default_rng(0).normal(0, 0.1, (96_000, 2))
        >>> with audio.open_recording(audio.wav_bytes(noise, 48_000)) as recording:
        ...     print(recording.rate, recording.channels, recording.duration_hint_s)
        ...     print(sum(len(block) for block in recording.blocks()), recording.duration_s)
        48000 2 2.0
        32000 2.0
    """

    def __init__(self, stream: AudioStream) -> None:
        self._stream: Final = stream
        self.rate: Final = stream.rate
        self.channels: Final = stream.channels
        hint = stream.frames_hint
        self.duration_hint_s: Final = None if hint is None else hint / stream.rate
        self.duration_s = 0.0
        self._marks: Final = DefectMarks(stream.rate)
        self._known: str | None = None
        self._held = np.empty((0, self.channels), np.float32)
        self._lost = 0  # frames of silence that stand before those that are held
        self._silent = 0  # in place of all that was lost

    @property
    def defects(self) -> tuple[Defect, ...]:
        """Defects of what was read so far, in the order of their onsets."""
        return self._marks.found

    def blocks(self) -> Iterator[Samples]:
        """Yield the samples until the real end; this is possible once.

        Yields:
            float32, shape (n,), 16 kHz, n > 0; nearly all blocks have 16,384 samples.

        Raises:
            UnreadableAudioError: Nothing can be decoded at all.
            EmptyAudioError: There are no samples.
        """
        yield from cut_low_frequencies(self._resampled())

    def _resampled(self) -> Iterator[Samples]:
        """Yield one channel at 16 kHz."""
        mixed = self._mixed()
        if self.rate == SAMPLE_RATE:
            yield from mixed
            return
        resampler = soxr.ResampleStream(self.rate, SAMPLE_RATE, 1, dtype="float32", quality="HQ")
        for block in mixed:
            if len(converted := resampler.resample_chunk(block)):
                yield converted
        if len(rest := resampler.resample_chunk(np.empty(0, np.float32), last=True)):
            yield rest

    def _mixed(self) -> Iterator[Samples]:
        """Yield one channel at the rate of the file."""
        mixer, marks = Mixer(self.rate, self.channels), self._marks
        size = max(1, min(round(_BLOCK_S * self.rate), _MAX_SAMPLES // self.channels))
        done, gain = 0, 1.0
        for read in self._of_size(size):
            frames = self._undamaged(read, done)
            channels = frames.T if self.channels == 1 else np.ascontiguousarray(frames.T)
            mono = mixer.mix(channels)
            end = done + len(mono)
            for channel in mixer.dead:
                text = f"Channel {channel + 1} of {self.channels} is dead and is left out."
                marks.add("dead_channel", done, end, text)
            gain = self._gain(mono, gain, done)
            used = channels[list(mixer.used)]
            marks.clipping(used if gain == 1.0 else used * np.float32(gain), done)
            marks.silence(mono, done)
            done = end
            self.duration_s = done / self.rate
            yield mono if gain == 1.0 else mono * np.float32(gain)
        self._end(done)

    def _of_size(self, size: int) -> Iterator[Samples]:
        """Yield blocks of one size, so that decisions do not depend on the decoder's blocks."""
        parts: list[Samples] = []
        have = done = 0
        while True:
            block = self._next(size - have, done)
            done += len(block)
            have += len(block)
            parts += [block] if len(block) else []
            if parts and (have == size or not len(block)):
                yield parts[0] if len(parts) == 1 else np.concatenate(parts)
                parts, have = [], 0
            if not len(block):
                return

    def _next(self, n_frames: int, done: int) -> Samples:
        """Return the next frames, or silence in the place of those that are known to be lost."""
        if not self._lost and not len(self._held):
            before = self._stream.missing
            self._held = self._stream.read(n_frames)
            if len(self._held) and done:
                self._mark_gap(before, done)
        if self._lost:
            n = min(self._lost, n_frames)
            self._lost -= n
            return np.zeros((n, self.channels), np.float32)
        block, self._held = self._held[:n_frames], self._held[n_frames:]
        return block

    def _mark_gap(self, before: str | None, done: int) -> None:
        stream = self._stream
        if 0 < stream.lost_before <= _LONGEST_GAP_S * self.rate:
            self._lost, self._known = stream.lost_before, stream.missing
            self._silent += self._lost
            lost_s = self._lost / self.rate
            text = f"{lost_s:.3f} s of sound are lost; silence stands in their place."
            self._marks.add("gap", done, done + self._lost, text)
        elif stream.missing not in {None, before}:
            self._known = stream.missing
            self._marks.add("gap", done, done, _missing(self._known))

    def _undamaged(self, frames: Samples, start: int) -> Samples:
        """Replace samples that are no sound by silence, and mark them.

        They are no numbers, or exceed the others by so much that scaling them to full scale would
        silence the rest of the recording.
        """
        flat = frames.ravel()
        with np.errstate(over="ignore", invalid="ignore"):
            if flat.dot(flat) <= _OVERSHOOT**2 or max(flat.max(), -flat.min()) <= _OVERSHOOT:
                return frames
            size, finite = np.abs(frames), np.isfinite(frames)
            usual = float(np.percentile(size[finite], 99)) if finite.any() else 0.0
            damaged = ~finite | (size > max(_OVERSHOOT, _IMPULSE * usual))
        places = np.flatnonzero(damaged.any(axis=1))
        apart = np.flatnonzero(np.diff(places) > _GAP_S * self.rate) + 1
        text = "Samples are NaN, infinite or damaged and are replaced by silence."
        for run in np.split(places, apart) if len(places) else ():
            end = start + int(run[-1]) + 1
            self._marks.add("gap", start + int(run[0]), end, text, apart_s=_GAP_S)
        return np.where(damaged, np.float32(0), frames)

    def _gain(self, mono: Samples, gain: float, start: int) -> float:
        """Return a gain, a power of 2, that brings wrongly scaled samples to full scale."""
        peak = max(float(mono.max()), -float(mono.min()))
        if peak <= _OVERSHOOT:
            return gain
        text = "The samples are beyond full scale and are scaled down."
        self._marks.add("over_full_scale", start, start + len(mono), text)
        return gain if peak * gain <= _OVERSHOOT else float(2.0 ** -np.ceil(np.log2(peak)))

    def _end(self, done: int) -> None:
        """Mark what the end of the recording tells."""
        stream, marks = self._stream, self._marks
        if done == 0:
            why = f": {stream.missing}" if stream.missing else ""
            raise EmptyAudioError(
                f"The recording holds no samples that can be read{why}.",
                hint="Copy it again from its source, or record it again.",
            )
        claim = stream.frames_hint
        if stream.missing and stream.missing != self._known:
            marks.add("truncated", done, done, _missing(stream.missing))
        elif claim and claim - done > _LENGTH_S * self.rate:
            text = f"Sound may be missing: the header says {claim / self.rate:.1f} s."
            marks.add("truncated", done, done, text)
        if claim and done - self._silent - claim > _LENGTH_S * self.rate:
            text = f"The header says {claim / self.rate:.1f} s, but there is more sound."
            marks.add("longer_than_header", claim, done, text)


def _missing(what: str | None) -> str:
    return f"Sound may be missing: {what}."


@contextmanager
def open_recording(source: bytes | str | Path | BinaryIO) -> Iterator[Recording]:
    """Open a recording of any length and format, to read it in constant memory.

    The channels are averaged, or the better one is used where they cancel each other, as for
    clips; the decision is made for blocks of 4 s, and a channel that is dead in a block is left
    out. The blocks are resampled in one stream, which gives the samples that resampling the
    whole would give, and low frequencies are removed from each second in which they have more than
    5 % of the energy, as from clips.

    Args:
        source: The bytes of a file, its path, or a binary file that can seek, which stays
            open.

    Yields:
        The recording, for a ``with`` statement.

    Raises:
        DataNotFoundError: There is no such file, or it may not be read.
        EmptyAudioError: No bytes.
        UnreadableAudioError: Not audio, damaged, or an impossible header.

    Examples:
        >>> import numpy as np
        >>> from vocalbaby import audio
        >>> tone = np.sin(np.arange(441_000, dtype=np.float32) / 20)
        >>> tone[44_100:88_200] = 0
        >>> with audio.open_recording(audio.wav_bytes(0.2 * tone, 44_100)) as recording:
        ...     print(recording.duration_hint_s, sum(map(len, recording.blocks())))
        ...     print([(d.kind, d.onset_s, d.offset_s) for d in recording.defects])
        10.0 160000
        [('digital_silence', 1.0, 2.0)]
    """
    with open_stream(source) as stream:
        yield Recording(stream)
