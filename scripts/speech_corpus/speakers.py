"""The voices of the corpus: pitch, formants, rate and voice quality of each speaker."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final, Literal, TypeAlias

import numpy as np

from scripts.speech_corpus.texts import PARTS, Part, texts_of

__all__ = ["KINDS", "Kind", "Speaker", "speakers"]

Kind: TypeAlias = Literal["adult", "high-pitched", "child"]

KINDS: Final[tuple[Kind, ...]] = ("adult", "high-pitched", "child")
#: Speakers of each kind.
_COUNT: Final[dict[Part, int]] = {"train": 18, "held-out": 12}


@dataclass(frozen=True, slots=True)
class Speaker:
    """A voice of espeak-ng.

    Attributes:
        name: Identifier; the ``child_ID`` of the table.
        part: Part of the corpus.
        kind: ``adult``, ``high-pitched`` (an adult whose pitch is raised by 1.6 to 2.8) or
            ``child`` (4 to 10 years).
        language: Language of espeak-ng.
        gender: ``M``, ``F``, or empty for children.
        pitch_hz: Lowest and highest F0 of a neutral sentence.
        formants: Factor on the formants of espeak-ng's male voice, whose tract is about
            17.5 cm long: a child's of 11 to 13.5 cm gives 1.3 to 1.6.
        words_per_minute: Rate.
        flutter: Slow variation of F0; espeak-ng's default is 2.
        roughness: 0 to 7; espeak-ng's default is 2.
        breath: Level of the noise at the formants, 0 to 6.
    """

    name: str
    part: Part
    kind: Kind
    language: str
    gender: str
    pitch_hz: tuple[int, int]
    formants: float
    words_per_minute: int
    flutter: int
    roughness: int
    breath: int

    def variant(self) -> str:
        """Return the file of the voice variant, in espeak-ng's format.

        >>> print(speakers("train")[0].variant().splitlines()[2])
        pitch 122 176
        """
        low, high = self.pitch_hz
        percent = round(100 * self.formants)
        lines = ["language variant", f"name {self.name}", f"pitch {low} {high}"]
        lines += [f"formant {number} {percent} 100 100" for number in range(9)]
        lines += [f"flutter {self.flutter}", f"roughness {self.roughness}"]
        if self.breath:
            lines.append("breath 0" + f" {self.breath}" * 7)
        return "\n".join(lines) + "\n"


def speakers(part: Part) -> tuple[Speaker, ...]:
    """Draw the speakers of a part, always the same; languages and kinds alternate.

    >>> len({speaker.name for part in ("train", "held-out") for speaker in speakers(part)})
    90
    """
    return tuple(_draw(part))


def _draw(part: Part) -> Iterator[Speaker]:
    languages = list(texts_of(part))
    for order, kind in enumerate(KINDS):
        for number in range(_COUNT[part]):
            rng = np.random.default_rng([PARTS.index(part), order, number])
            male = number % 2 == 0
            base = rng.uniform(85, 135) if male else rng.uniform(150, 215)
            formants = rng.uniform(0.94, 1.06) if male else rng.uniform(1.08, 1.22)
            span = rng.uniform(1.2, 1.6)
            match kind:
                case "high-pitched":
                    base *= rng.uniform(1.6, 2.8 if male else 2.4)
                    span = rng.uniform(1.2, 1.9)
                case "child":
                    base, formants = rng.uniform(230, 330), rng.uniform(1.3, 1.58)
                case "adult":
                    pass
            yield Speaker(
                name=f"espeak_{part}_{kind}_{number:02d}",
                part=part,
                kind=kind,
                language=languages[number % len(languages)],
                gender="" if kind == "child" else "FM"[male],
                pitch_hz=(round(base), round(base * span)),
                formants=round(float(formants), 2),
                words_per_minute=int(rng.integers(115, 216)),
                flutter=int(rng.integers(0, 9)),
                roughness=int(rng.integers(0, 5)),
                breath=int(rng.choice((0, 0, 2, 4))),
            )
