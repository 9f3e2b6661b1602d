"""A synthetic corpus with the layout, sizes and clip lengths of BabbleCor.

It takes the place of BabbleCor, which needs an agreement with its authors, where the
recipe of docs/babblecor.md is tried. Its sound is that of `generate`: no figure on it says
anything about BabbleCor.
"""

from collections.abc import Iterator
from typing import Final

import numpy as np
from pydantic import Field

from vocalbaby.corpora.synthetic.config import SyntheticConfig
from vocalbaby.corpora.synthetic.corpus import SyntheticClip, generate_labelled
from vocalbaby.entity.config import StrictModel
from vocalbaby.entity.labels import CLASSES, Label

__all__ = ["BabbleCorLayout", "Size", "generate_babblecor", "n_clips"]


class Size(StrictModel):
    """Size of a split.

    Attributes:
        clips: Number of clips.
        children: Number of children.

    Examples:
        >>> Size(clips=3996, children=18).clips
        3996
    """

    clips: int
    children: int


class BabbleCorLayout(StrictModel):
    """Sizes of the corpus.

    The splits are those of the Baby Sounds sub-challenge of ComParE 2019 (11,304 clips). The
    numbers of children per split are an even share of 52, and the shares of the classes are
    approximate.

    Attributes:
        seed: Seed of the random generator.
        scale: Share of the clips to generate; each class has one clip per split or more.
        splits: Sizes of the splits.
        shares: Shares of the classes.

    Examples:
        >>> n_clips(BabbleCorLayout()), n_clips(BabbleCorLayout(scale=0.02))
        (11304, 226)
    """

    seed: int = 0
    scale: float = 1.0
    splits: dict[str, Size] = Field(
        default={
            "train": Size(clips=3996, children=18),
            "devel": Size(clips=3617, children=17),
            "test": Size(clips=3691, children=17),
        }
    )
    shares: dict[Label, float] = Field(
        default={
            "Canonical": 0.11,
            "Non-canonical": 0.38,
            "Crying": 0.08,
            "Laughing": 0.01,
            "Junk": 0.42,
        }
    )


#: Lengths of the clips in seconds: mostly 0.3 to 1, as in BabbleCor.
_LENGTHS: Final = {"duration_s": (0.1, 4.0), "median_duration_s": 0.57}


def n_clips(layout: BabbleCorLayout) -> int:
    """Return the number of clips of a layout.

    Args:
        layout: Its sizes.

    Examples:
        >>> n_clips(BabbleCorLayout(scale=0.1))
        1131
    """
    return sum(len(of_child) for labels in _labels(layout).values() for of_child in labels)


def generate_babblecor(layout: BabbleCorLayout) -> Iterator[tuple[str, SyntheticClip]]:
    """Yield the clips with their splits; no child is in two.

    Args:
        layout: Sizes and seed.

    Yields:
        Name of the split, and a clip whose ``clip_ID`` is ``<split>_<number>.wav``.

    Examples:
        >>> split, clip = next(generate_babblecor(BabbleCorLayout(scale=0.002)))
        >>> split, clip.clip_ID, clip.child_ID, clip.corpus
        ('train', 'train_00001.wav', 'train_01', 'synthetic')
    """
    for number, (split, labels) in enumerate(_labels(layout).items()):
        config = SyntheticConfig.model_validate(
            {"seed": layout.seed * len(layout.splits) + number, "age_months": (2, 36), **_LENGTHS}
        )
        clips = generate_labelled(config, labels)
        for count, clip in enumerate(clips, start=1):
            child = int(clip.child_ID.rpartition("_")[2]) + 1
            yield (
                split,
                SyntheticClip(
                    samples=clip.samples,
                    clip_ID=f"{split}_{count:05d}.wav",
                    child_ID=f"{split}_{child:02d}",
                    Answer=clip.Answer,
                    age_mo_round=clip.age_mo_round,
                    child_gender=clip.child_gender,
                ),
            )


def _labels(layout: BabbleCorLayout) -> dict[str, list[list[Label]]]:
    """Draw the children of the clips of each class, by split."""
    found: dict[str, list[list[Label]]] = {}
    for number, (split, size) in enumerate(layout.splits.items()):
        total = max(round(size.clips * layout.scale), len(CLASSES))
        exact = np.array([layout.shares[name] * total for name in CLASSES])
        counts = np.maximum(np.floor(exact).astype(int), 1)
        counts[np.argmax(exact)] += total - counts.sum()
        labels = np.repeat(np.arange(len(CLASSES)), counts)
        rng = np.random.default_rng([layout.seed, number])
        # Children differ in how much they vocalize, but each has a clip.
        n_children = min(size.children, total)
        weights = rng.dirichlet(np.full(n_children, 5.0))
        children = np.append(
            np.arange(n_children), rng.choice(n_children, total - n_children, p=weights)
        )
        rng.shuffle(children)
        found[split] = [
            [CLASSES[label] for label in labels[children == child]] for child in range(n_children)
        ]
    return found
