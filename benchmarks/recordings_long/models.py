"""The model that is measured: the recipe of the default model without the groups of one half."""

from pathlib import Path

from benchmarks.transfer.recipe import load_recipe
from benchmarks.transfer.recordings import read_recordings
from benchmarks.transfer.splits import Half
from vocalbaby.inference import Predictor

__all__ = ["model_without"]


def model_without(half: Half, data: Path, recipe: Path, cache: Path) -> Predictor:
    """Train a model that heard no group of a half, or take it from the cache.

    Args:
        half: The half.
        data: Folder of the real recordings.
        recipe: Folder of the settings.
        cache: Folder of the cached features and models.
    """
    groups = {(r.corpus, r.child_ID) for c in read_recordings(data) for r in c.of_half(half)}
    found = load_recipe(recipe, cache)
    return found.fit(found.with_groups_held_out(groups, []))
