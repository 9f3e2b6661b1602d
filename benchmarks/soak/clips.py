"""Clips of every format, whole and damaged, and the right answer of each model version."""

import io
import random
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final, TypeAlias

import numpy as np
import soundfile
from numpy.typing import NDArray

from benchmarks.damage.files import damaged, whole_files
from vocalbaby.audio import AudioLimits, decode
from vocalbaby.entity.prediction import Prediction
from vocalbaby.exception import VocalBabyError
from vocalbaby.inference import Predictor

__all__ = ["Answers", "Clip", "make_clips", "outcome", "voice"]

#: What the service says about a clip: a prediction, or the code of an error.
Outcome: TypeAlias = Prediction | str
#: The outcome of each model version.
Answers: TypeAlias = Mapping[str, Outcome]

#: Files of each kind, whole and damaged.
_WHOLE: Final = 3
_DAMAGED: Final = 3
#: The service's own limits.
_LIMITS: Final = AudioLimits(max_s=30.0, max_bytes=32 * 2**20)


@dataclass(frozen=True)
class Clip:
    """A file that is sent.

    Attributes:
        name: Unique.
        kind: Its format, with ``, damaged`` behind it if it is.
        data: Its bytes.
        answers: The right answers.
    """

    name: str
    kind: str
    data: bytes
    answers: Answers


def make_clips(predictors: Sequence[Predictor], seed: int) -> list[Clip]:
    """Return clips of every kind with their right answers.

    Args:
        predictors: One for each model version.
        seed: Of the damages.
    """
    rng = random.Random(seed)
    files = {kind: found for kind, found in whole_files().items() if kind != "ZIP"}
    files["voice"] = [
        _wav(voice(pitch, seconds)) for pitch, seconds in ((310, 0.4), (420, 0.9), (550, 2.0))
    ]
    if m4a := _m4a():
        files["M4A"] = [m4a]
    clips = []
    for kind, found in files.items():
        whole = rng.sample(found, min(_WHOLE, len(found)))
        broken = [damaged(rng.choice(found), found, rng)[0] for _ in range(_DAMAGED)]
        for what, group in ((kind, whole), (f"{kind}, damaged", broken)):
            for number, data in enumerate(group):
                name = f"{what.replace(', ', '-').replace(' ', '_')}-{number}"
                answers = {p.version: outcome(p, data) for p in predictors}
                clips.append(Clip(name, what, data, answers))
    return clips


def outcome(predictor: Predictor, data: bytes) -> Outcome:
    """Return what a model says about a file."""
    try:
        return predictor.predict([decode(data, limits=_LIMITS)])[0]
    except VocalBabyError as error:
        return error.code


def voice(pitch: float, seconds: float) -> NDArray[np.float64]:
    """Return a harmonic sound with a varying pitch in a little noise, at 16 kHz.

    Args:
        pitch: Its mean fundamental frequency in Hz.
        seconds: Its length.
    """
    t = np.arange(round(seconds * 16_000)) / 16_000
    phase = 2 * np.pi * (pitch * t + 20 * np.sin(2 * np.pi * 3 * t) / 3)
    sound = np.sum([np.sin(k * phase) / k for k in range(1, 9)], axis=0) * np.hanning(len(t))
    noise = np.random.default_rng(0).standard_normal(len(t))
    mixed: NDArray[np.float64] = 0.2 * sound + 0.005 * noise
    return mixed


def _wav(sound: NDArray[np.float64]) -> bytes:
    file = io.BytesIO()
    soundfile.write(file, sound, 16_000, format="WAV", subtype="PCM_16")
    return file.getvalue()


def _m4a() -> bytes | None:
    """A recording of a phone; None where the extra that reads it is not installed."""
    try:
        import av  # noqa: PLC0415 - an extra
    except ImportError:
        return None
    file = io.BytesIO()
    samples, rate = voice(420, 1.0).astype(np.float32), 16_000
    with av.open(file, "w", format="ipod") as out:
        stream = out.add_stream("aac", rate=rate)
        frame = av.AudioFrame.from_ndarray(samples[None], format="fltp", layout="mono")
        frame.sample_rate = rate
        for packet in (*stream.encode(frame), *stream.encode(None)):
            out.mux(packet)
    return file.getvalue()
