"""The sounds of the synthetic corpus, whose fingerprints golden_sounds.csv pins.

After a change of the sound that is meant, write the file anew, and read the difference:

    .venv/bin/python -m packages.core.tests.corpora.synthetic.golden_sounds
"""

from collections.abc import Iterator
from pathlib import Path

import numpy as np

from packages.core.tests.fingerprints import Sound, write
from vocalbaby.corpora.synthetic import SyntheticConfig, generate, generate_per_class
from vocalbaby.corpora.synthetic import day as days
from vocalbaby.corpora.synthetic.background import background
from vocalbaby.corpora.synthetic.corpus import synthesize
from vocalbaby.corpora.synthetic.day import SCENES
from vocalbaby.corpora.synthetic.junk import KINDS, synthesize_kind
from vocalbaby.corpora.synthetic.junk.animals import SPECIES, animal
from vocalbaby.corpora.synthetic.voice import child_voice
from vocalbaby.entity.labels import CLASSES

GOLDEN = Path(__file__).with_name("golden_sounds.csv")

DURATIONS = (0.2, 0.55, 0.9, 1.3)
SPEAKERS = ((3, "F"), (12, "M"), (28, "F"))  # months, gender


def rng(seed: int) -> np.random.Generator:
    return np.random.default_rng(seed)


def sounds() -> Iterator[tuple[str, Sound]]:  # noqa: C901 - a loop for each kind of sound
    """Each class by each kind of speaker, each kind of junk, clips and scenes, with their names."""
    for label in CLASSES:
        for seed in range(8):
            for month, gender in SPEAKERS:
                name = f"{label}, {month} months, {seed}"
                draw = rng(1000 * seed + month)
                voice = child_voice(draw, month, gender)
                yield name, synthesize(draw, voice, label, DURATIONS[seed % 4])
    for kind in KINDS:
        for seed in range(4):
            yield f"{kind}, {seed}", synthesize_kind(rng(seed), kind, DURATIONS[seed])
    for name in SPECIES:
        for seed in range(2):
            yield f"{name}, {seed}", animal(rng(seed), DURATIONS[1 + seed], name)
    for seed in range(16):
        yield f"background, {seed}", background(rng(seed), 0.7)
    config = SyntheticConfig(n_children=4, clips_per_child=4, seed=16)
    for clip in (*generate(config), *generate_per_class(config.model_copy(update={"seed": 17}))):
        yield f"{clip.clip_ID}, {clip.Answer}, {clip.age_mo_round} months", clip.samples
    for name in SCENES:
        child = days._Speaker(child_voice(rng(6), 9, "M"), (0.4, 0.5, 0.1))
        scene = days._scene(rng(5), name, 16_000 * 20, child)
        heard = ", ".join(
            f"{s.onset_s} to {s.offset_s} {s.attributes['kind']}" for s in scene.segments
        )
        yield f"scene {name}: {heard}", scene.samples


if __name__ == "__main__":
    write(GOLDEN, sounds())
