"""Generate the clips of a synthetic corpus, and write them to disk."""

import hashlib
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from vocalbaby.audio import wav_bytes
from vocalbaby.audio.acoustics.noise import add_at_snr
from vocalbaby.audio.acoustics.recording import record
from vocalbaby.corpora.synthetic.background import background
from vocalbaby.corpora.synthetic.canonical import canonical
from vocalbaby.corpora.synthetic.config import SyntheticConfig
from vocalbaby.corpora.synthetic.crying import crying
from vocalbaby.corpora.synthetic.junk import junk
from vocalbaby.corpora.synthetic.laughing import laughing
from vocalbaby.corpora.synthetic.noncanonical import noncanonical
from vocalbaby.corpora.synthetic.render import render
from vocalbaby.corpora.synthetic.voice import Voice, child_voice
from vocalbaby.entity.clip import SAMPLE_RATE
from vocalbaby.entity.labels import CLASSES, Label
from vocalbaby.entity.manifest import ClipRecord, Manifest
from vocalbaby.entity.progress import ProgressCallback

__all__ = [
    "SyntheticClip",
    "generate",
    "generate_labelled",
    "generate_per_class",
    "synthesize",
    "write_corpus",
]

_SYNTHESIZERS = {
    "Canonical": canonical,
    "Non-canonical": noncanonical,
    "Crying": crying,
    "Laughing": laughing,
}


@dataclass(frozen=True, slots=True, eq=False)
class SyntheticClip:
    """A clip; the field names are those of the manifest.

    Attributes:
        samples: float32, shape (n_samples,), 16 kHz, within [-1, 1].
        clip_ID: Identifier, unique within the corpus; ends in ``.wav``.
        child_ID: Identifier of the child.
        Answer: Class of the clip.
        age_mo_round: Age in months.
        child_gender: ``M`` or ``F``.
        corpus: ``synthetic``.

    Examples:
        >>> from vocalbaby.corpora.synthetic import SyntheticConfig, generate
        >>> clip = next(generate(SyntheticConfig(seed=1)))
        >>> clip.clip_ID, clip.samples.dtype, clip.corpus
        ('synthetic_1_0000_00000.wav', dtype('float32'), 'synthetic')
    """

    samples: NDArray[np.float32]
    clip_ID: str  # noqa: N815 - BabbleCor's column - BabbleCor's column names
    child_ID: str  # noqa: N815 - BabbleCor's column
    Answer: Label
    age_mo_round: int
    child_gender: str
    corpus: str = "synthetic"


def generate(config: SyntheticConfig) -> Iterator[SyntheticClip]:
    """Yield the clips of a corpus, child by child.

    The random generator of a clip is seeded with the corpus seed, the number of the child
    and the number of the clip, so a clip does not depend on the size of the corpus.

    Args:
        config: Settings of the corpus.

    Yields:
        ``n_children * clips_per_child`` clips.

    Examples:
        >>> from vocalbaby.corpora.synthetic import SyntheticConfig, generate
        >>> clips = list(generate(SyntheticConfig(n_children=2, clips_per_child=1)))
        >>> [clip.child_ID for clip in clips]
        ['synthetic_0_0000', 'synthetic_0_0001']
    """
    for child in range(config.n_children):
        voice = _child(config, child)
        child_id = f"synthetic_{config.seed}_{child:04d}"
        for number in range(config.clips_per_child):
            rng = _stream(config.seed, child, number)
            label = _label(rng, config, voice.age_months)
            yield SyntheticClip(
                samples=_recorded(rng, config, voice, label),
                clip_ID=f"{child_id}_{number:05d}.wav",
                child_ID=child_id,
                Answer=label,
                age_mo_round=voice.age_months,
                child_gender=voice.gender,
            )


def generate_per_class(
    config: SyntheticConfig, classes: Collection[Label] = CLASSES
) -> Iterator[SyntheticClip]:
    """Yield ``clips_per_child`` clips of each class for every child, child by child.

    A clip depends on the seed, the child, its class and its number within the class, and
    not on the number of children or clips or on the other classes.

    Args:
        config: Settings of the corpus. ``shares`` are not used, so young children have
            canonical babble, too.
        classes: The classes, in any order.

    Yields:
        The clips.

    Examples:
        >>> from vocalbaby.corpora.synthetic import SyntheticConfig, generate_per_class
        >>> config = SyntheticConfig(n_children=1, clips_per_child=1)
        >>> [clip.Answer for clip in generate_per_class(config, classes=["Crying", "Laughing"])]
        ['Crying', 'Laughing']
    """
    for child in range(config.n_children):
        voice = _child(config, child)
        child_id = f"synthetic_{config.seed}_{child:04d}"
        for number in range(config.clips_per_child * len(CLASSES)):
            label = CLASSES[number % len(CLASSES)]
            if label not in classes:
                continue
            yield SyntheticClip(
                samples=_recorded(_stream(config.seed, child, number), config, voice, label),
                clip_ID=f"{child_id}_{number:05d}.wav",
                child_ID=child_id,
                Answer=label,
                age_mo_round=voice.age_months,
                child_gender=voice.gender,
            )


def generate_labelled(
    config: SyntheticConfig, labels: Sequence[Sequence[Label]]
) -> Iterator[SyntheticClip]:
    """Yield clips of given classes, child by child.

    Args:
        config: Settings of the corpus; sizes and ``shares`` are not used.
        labels: Classes of the clips of each child.

    Yields:
        The clips.

    Examples:
        >>> from vocalbaby.corpora.synthetic import SyntheticConfig, generate_labelled
        >>> clips = generate_labelled(SyntheticConfig(), [["Crying"], ["Junk", "Crying"]])
        >>> [(clip.child_ID, clip.Answer) for clip in clips][:2]
        [('synthetic_0_0000', 'Crying'), ('synthetic_0_0001', 'Junk')]
    """
    for child, of_child in enumerate(labels):
        voice = _child(config, child)
        child_id = f"synthetic_{config.seed}_{child:04d}"
        for number, label in enumerate(of_child):
            yield SyntheticClip(
                samples=_recorded(_stream(config.seed, child, number), config, voice, label),
                clip_ID=f"{child_id}_{number:05d}.wav",
                child_ID=child_id,
                Answer=label,
                age_mo_round=voice.age_months,
                child_gender=voice.gender,
            )


def write_corpus(
    config: SyntheticConfig,
    folder: Path,
    progress: ProgressCallback | None = None,
) -> Manifest:
    """Write a corpus as 16-bit PCM WAV files, one folder per child.

    The same settings give the same bytes. Existing files of the same name are replaced.

    Args:
        config: Settings of the corpus.
        folder: Folder of the corpus; created if it does not exist.
        progress: Called with (clips done, clips in all) after each clip.

    Returns:
        A manifest whose ``path`` is relative to ``folder``, without splits or rejections.

    Raises:
        OSError: A file or folder cannot be written.

    Examples:
        >>> from vocalbaby.corpora.synthetic import SyntheticConfig, write_corpus
        >>> config = SyntheticConfig(n_children=1, clips_per_child=2)
        >>> for record in write_corpus(config, Path("corpus")).records:
        ...     print(record.path)
        synthetic_0_0000/synthetic_0_0000_00000.wav
        synthetic_0_0000/synthetic_0_0000_00001.wav
    """
    total = config.n_children * config.clips_per_child
    records = []
    for done, clip in enumerate(generate(config), start=1):
        path = folder / clip.child_ID / clip.clip_ID
        path.parent.mkdir(parents=True, exist_ok=True)
        data = wav_bytes(clip.samples, SAMPLE_RATE, encoding="pcm16")
        path.write_bytes(data)
        records.append(
            ClipRecord(
                clip_ID=clip.clip_ID,
                child_ID=clip.child_ID,
                Answer=clip.Answer,
                corpus=clip.corpus,
                age_mo_round=clip.age_mo_round,
                child_gender=clip.child_gender,
                path=path.relative_to(folder).as_posix(),
                split="",
                duration_s=len(clip.samples) / SAMPLE_RATE,
                sha256=hashlib.sha256(data).hexdigest(),
            )
        )
        if progress is not None:
            progress(done, total)
    return Manifest(records=tuple(records))


def synthesize(
    rng: np.random.Generator, voice: Voice, label: Label, duration_s: float
) -> NDArray[np.float32]:
    """Synthesize a dry sound of one class, float32, shape (n_samples,), of unit RMS."""
    if label == "Junk":
        sound = junk(rng, duration_s)
    else:
        sound = render(_SYNTHESIZERS[label](rng, voice, duration_s), rng, duration_s)
    return (sound / max(float(np.sqrt(np.mean(sound**2))), 1e-9)).astype(np.float32)


def _stream(seed: int, *key: int) -> np.random.Generator:
    return np.random.Generator(np.random.PCG64(np.random.SeedSequence(seed, spawn_key=key)))


def _child(config: SyntheticConfig, child: int) -> Voice:
    rng = _stream(config.seed, child)
    age = int(rng.integers(config.age_months[0], config.age_months[1] + 1))
    return child_voice(rng, age, str(rng.choice(("F", "M"))))


def _label(rng: np.random.Generator, config: SyntheticConfig, age: int) -> Label:
    """Draw a class: canonical babbling begins between 4 and 12 months (Oller, 2000)."""
    ages = np.arange(config.age_months[0], config.age_months[1] + 1)
    readiness = np.interp(np.append(ages, age), (4, 12), (0.15, 1.0))
    shares = dict(config.shares)
    both = shares["Canonical"] + shares["Non-canonical"]
    shares["Canonical"] *= readiness[-1] / readiness[:-1].mean()
    shares["Canonical"] = min(shares["Canonical"], both)
    shares["Non-canonical"] = both - shares["Canonical"]
    weights = np.array([shares[name] for name in CLASSES])
    return CLASSES[int(rng.choice(len(CLASSES), p=weights / weights.sum()))]


def _recorded(
    rng: np.random.Generator, config: SyntheticConfig, voice: Voice, label: Label
) -> NDArray[np.float32]:
    length = np.exp(rng.normal(np.log(config.median_duration_s), 0.35))
    duration_s = float(np.clip(length, *config.duration_s))
    samples = synthesize(rng, voice, label, duration_s)
    if label != "Junk" and rng.random() < config.background_probability:
        behind = background(rng, duration_s)
        samples = add_at_snr(samples, behind, rng.uniform(*config.background_snr_db))
    return record(samples, rng, config.recording)
