"""The rows of feature tables: clips and their augmented copies, and what identifies each."""

import hashlib
from collections.abc import Iterator
from pathlib import Path
from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray
from pydantic import Field

from vocalbaby.audio import load
from vocalbaby.audio.acoustics import RecordingConfig, augment
from vocalbaby.entity.config import StrictModel
from vocalbaby.entity.manifest import ClipRecord
from vocalbaby.exception import AudioError, DataError

__all__ = ["METHOD", "AugmentationConfig", "RowKey", "row_keys", "samples_of"]

Samples = NDArray[np.float32]

#: Changes whenever the samples of a row change for the same clip and settings.
METHOD: Final = "1"

#: Windows per copy of a long clip at most, so that no recording outweighs many others.
_MAX_WINDOWS: Final = 6


class AugmentationConfig(StrictModel):
    """Settings of data augmentation: copies of clips under other recording conditions.

    Attributes:
        copies: Number of copies of each clip of train; 0 for none.
        seed: Seed of the random generator; a copy depends on the seed and the ``clip_ID``.
        rate_change: Maximum relative change of speed.
        junk_rate_change: The same for clips of Junk. They may change more than an infant's
            voice may, as what is not an infant stays so at another speed.
        junk_reversal: Share of the copies of Junk that are played backwards.
        crop: Maximum share of a clip that is cut off.
        window_s: Copies of clips that are longer than the upper end are windows of these
            lengths in seconds, and there are proportionally more of them; null to copy whole
            clips.
        recording: Distribution of simulated rooms, noise and recorders.

    Examples:
        >>> AugmentationConfig(copies=2).seed
        0
    """

    copies: int = Field(default=1, ge=0, le=20)
    seed: int = Field(default=0, ge=0)
    rate_change: float = Field(default=0.06, ge=0.0, le=0.5)
    junk_rate_change: float = Field(default=0.06, ge=0.0, le=0.6)
    junk_reversal: float = Field(default=0.0, ge=0.0, le=1.0)
    crop: float = Field(default=0.15, ge=0.0, le=0.5)
    window_s: tuple[float, float] | None = None
    recording: RecordingConfig = RecordingConfig()


class RowKey(NamedTuple):
    """A row of a feature table.

    Attributes:
        clip: Key of the clip, or ``<clip_ID>#<n>`` for its nth copy.
        content: SHA-256 of everything that the samples of the row depend on.

    Examples:
        >>> RowKey("a1.wav#1", "0" * 64).clip
        'a1.wav#1'
    """

    clip: str
    content: str


def row_keys(record: ClipRecord, config: AugmentationConfig, copies: int) -> list[RowKey]:
    """Return the rows of a clip: the clip itself, and its copies.

    Args:
        record: The clip; its file is read, but not decoded.
        config: Settings of the augmentation.
        copies: Number of copies; more are made of long clips if windows are cut from them.

    Returns:
        The clip first. The content of a copy depends on the settings of the augmentation, the
        ``clip_ID`` and the number of the copy as well.

    Raises:
        DataError: The file cannot be read.

    Examples:
        >>> row_keys(record, AugmentationConfig(), 1)  # doctest: +SKIP
        [RowKey(clip='a1.wav', content='9f...'), RowKey(clip='a1.wav#1', content='60...')]
    """
    try:
        clip = hashlib.sha256(Path(record.path).read_bytes()).hexdigest()
    except OSError:
        samples = _decode(record)  # raises the error of the clip
        clip = hashlib.sha256(samples.tobytes()).hexdigest()
    settings = config.model_dump_json(exclude={"copies"})
    made_of = f"{clip}\n{record.clip_ID}\n{record.Answer == 'Junk'}\n{settings}"
    numbers = range(1, _copies(record, config, copies) + 1)
    return [
        RowKey(record.clip_ID, _hash(clip)),
        *(RowKey(f"{record.clip_ID}#{n}", _hash(f"{made_of}\n{n}")) for n in numbers),
    ]


def samples_of(record: ClipRecord, config: AugmentationConfig, copies: int) -> Iterator[Samples]:
    """Decode a clip, and make its copies.

    Args:
        record: The clip.
        config: Settings of the augmentation.
        copies: As for `row_keys`.

    Yields:
        Mono float32 at 16 kHz, shape (n_samples,), in the order of `row_keys`.

    Raises:
        DataError: The audio file does not exist or cannot be used.

    Examples:
        >>> clip, copy = samples_of(record, AugmentationConfig(), 1)  # doctest: +SKIP
    """
    samples = _decode(record)
    yield samples
    rng = _generator(record.clip_ID, config.seed)
    for _ in range(_copies(record, config, copies)):
        junk = record.Answer == "Junk"
        backwards = junk and rng.random() < config.junk_reversal
        yield augment(
            samples[::-1] if backwards else samples,
            rng,
            config.recording,
            rate_change=config.junk_rate_change if junk else config.rate_change,
            crop=config.crop,
            window_s=config.window_s,
        )


def _hash(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


def _copies(record: ClipRecord, config: AugmentationConfig, copies: int) -> int:
    """Number of copies of a clip: in proportion to its length where windows are cut from it."""
    if config.window_s is None:
        return copies
    return copies * max(1, min(round(record.duration_s / config.window_s[1]), _MAX_WINDOWS))


def _decode(record: ClipRecord) -> Samples:
    try:
        return load(record.path).samples
    except AudioError as error:
        raise DataError(
            f"The clip {record.clip_ID} ({record.path}) cannot be used. {error.message}",
            hint="Run `vocalbaby validate` to find all such clips.",
        ) from error


def _generator(clip_id: str, seed: int) -> np.random.Generator:
    """Random generator of one clip, whose copies thus do not depend on other clips."""
    digest = hashlib.sha256(clip_id.encode()).digest()
    return np.random.default_rng([seed, int.from_bytes(digest[:8], "little")])
