"""Generate a corpus of speech: adults, high-pitched adults, and children of 4 to 10 years.

    scripts/make_speech_corpus.sh OUT

OUT is a folder in the layout of BabbleCor: ``metadata.csv`` and ``clips/``. All clips are
``Junk``. The column ``corpus`` is ``espeak-train`` or ``espeak-held-out``, whose voices, languages
and texts are disjoint, and ``note`` is the kind of speech.
"""

import argparse
import csv
import sys
import tempfile
from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Final

import numpy as np
import soxr
from numpy.typing import NDArray

from scripts.speech_corpus.espeak import RATE, Espeak
from scripts.speech_corpus.speakers import Speaker, speakers
from scripts.speech_corpus.texts import PARTS, texts_of
from vocalbaby.audio import wav_bytes
from vocalbaby.entity.clip import SAMPLE_RATE

__all__ = ["COLUMNS", "build", "cut", "main"]

COLUMNS: Final = (
    "clip_ID",
    "child_ID",
    "Answer",
    "corpus",
    "age_mo_round",
    "child_gender",
    "note",
    "language",
    "text",
    "generator",
    "licence",
)

#: The GPL covers the program but not what it says, and the sentences are this project's own.
LICENCE: Final = "Apache-2.0"

_SECONDS: Final = (0.4, 1.0)
_PEAK: Final = 10 ** (-3 / 20)
#: A clip whose level is more than this below the level of the utterance is a pause.
_QUIETEST_DB: Final = -15.0
#: Clips of each speaker.
_CLIPS: Final = 14


def main(arguments: Sequence[str] | None = None) -> int:
    """Build the corpus in the folder that the command line names."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("out", type=Path, metavar="OUT", help="a folder that does not exist yet")
    out = parser.parse_args(arguments).out
    if out.exists():
        print(f"make_speech_corpus: {out} exists; name a new folder", file=sys.stderr)
        return 2
    chosen = [speaker for part in PARTS for speaker in speakers(part)]
    rows = build(out, chosen, _CLIPS)
    counts = Counter((row["corpus"], row["note"]) for row in rows)
    for (corpus, note), count in sorted(counts.items()):
        print(f"{corpus}, {note}: {count} clips")
    return 0


def build(out: Path, chosen: Sequence[Speaker], clips: int) -> list[dict[str, str]]:
    """Write the clips of speakers and the table.

    Args:
        out: Folder of the corpus; created.
        chosen: The speakers. The samples of a clip depend on the speakers before its own.
        clips: Number of clips of each speaker.

    Returns:
        The rows of the table.

    Raises:
        OSError: espeak-ng failed, or a file cannot be written.
    """
    (out / "clips").mkdir(parents=True)
    rows = []
    with tempfile.TemporaryDirectory() as data:
        espeak = Espeak(Path(data), chosen)
        for order, speaker in enumerate(chosen):
            rng = np.random.default_rng(order)
            spoken = _clips(espeak, speaker, clips, rng)
            for number, (text, samples) in enumerate(spoken):
                clip_id = f"{speaker.name}_{number:03d}.wav"
                encoded = wav_bytes(samples, SAMPLE_RATE, encoding="pcm16")
                (out / "clips" / clip_id).write_bytes(encoded)
                rows.append(_row(speaker, clip_id, text, espeak.version))
    with (out / "metadata.csv").open("w", encoding="utf-8", newline="") as stream:
        writer = csv.DictWriter(stream, COLUMNS, lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)
    return rows


def _clips(
    espeak: Espeak, speaker: Speaker, count: int, rng: np.random.Generator
) -> Iterator[tuple[str, NDArray[np.float32]]]:
    """Yield clips of all texts of the speaker's language in turn, in an order of its own."""
    texts = texts_of(speaker.part)[speaker.language]
    found: list[tuple[str, NDArray[np.float32]]] = []
    while len(found) < count:
        for number in rng.permutation(len(texts)):
            text = texts[number]
            pieces = cut(_resampled(espeak.say(speaker, text)), rng)
            # At most three of a text, so that every speaker says several.
            some = rng.permutation(len(pieces))[:3]
            found += [(text, pieces[index]) for index in some]
    yield from found[:count]


def _resampled(samples: NDArray[np.int16]) -> NDArray[np.float32]:
    scaled = samples.astype(np.float32) / np.float32(32_768)
    resampled: NDArray[np.float32] = soxr.resample(scaled, RATE, SAMPLE_RATE)
    return resampled


def cut(samples: NDArray[np.float32], rng: np.random.Generator) -> list[NDArray[np.float32]]:
    """Cut an utterance into clips of 0.4 to 1.0 s, without its pauses.

    Args:
        samples: float32, shape (n_samples,), 16 kHz.
        rng: Random generator of the lengths.

    Returns:
        Clips without mean, scaled to a peak of -3 dB.

    >>> square = np.tile(np.float32([1, -1]), 8000)
    >>> clips = cut(square, np.random.default_rng(2))
    >>> [round(len(clip) / 16_000, 2) for clip in clips]
    [0.56]
    """
    level = float(np.sqrt(np.mean(samples**2)))
    limit = level * 10 ** (_QUIETEST_DB / 20)
    clips: list[NDArray[np.float32]] = []
    start = 0
    while True:
        length = round(rng.uniform(*_SECONDS) * SAMPLE_RATE)
        piece = samples[start : start + length]
        if len(piece) < length:
            return clips
        start += length
        if float(np.sqrt(np.mean(piece**2))) > limit:
            piece = piece - piece.mean()
            clips.append(piece * np.float32(_PEAK / np.abs(piece).max()))


def _row(speaker: Speaker, clip_id: str, text: str, version: str) -> dict[str, str]:
    return {
        "clip_ID": clip_id,
        "child_ID": speaker.name,
        "Answer": "Junk",
        "corpus": f"espeak-{speaker.part}",
        "age_mo_round": "",
        "child_gender": speaker.gender,
        "note": speaker.kind,
        "language": speaker.language,
        "text": text,
        "generator": f"espeak-ng {version}",
        "licence": LICENCE,
    }


if __name__ == "__main__":
    sys.exit(main())
