"""Loading a model from a bundle."""

from functools import cache
from pathlib import Path
from typing import TypeAlias

from vocalbaby.bundle.files import default_bundle_path, read_bundle
from vocalbaby.entity.bundle import MAX_TOTAL_BYTES
from vocalbaby.inference.predictor import Predictor

__all__ = ["Model", "load", "resolve"]

#: A model in memory, the folder or zip file of a bundle, or None for the built-in one.
Model: TypeAlias = Predictor | str | Path | None


def load(source: str | Path | None = None, *, max_bytes: int = MAX_TOTAL_BYTES) -> Predictor:
    """Load a model.

    Args:
        source: Folder or zip file of a bundle; None for the model that is part of the
            package.
        max_bytes: Largest bundle that is read, packed and unpacked.

    Returns:
        A predictor, which may be shared between threads.

    Raises:
        BundleError: There is no bundle there, or it cannot be used.

    Examples:
        >>> from vocalbaby import inference
        >>> inference.load().manifest.classes
        ('Canonical', 'Non-canonical', 'Crying', 'Laughing', 'Junk')
    """
    path = default_bundle_path() if source is None else source
    return Predictor(read_bundle(path, max_bytes=max_bytes))


def resolve(model: Model) -> Predictor:
    """Return a model in memory; the built-in one is loaded once and stays there."""
    if isinstance(model, Predictor):
        return model
    return load(model) if model else _built_in()


@cache
def _built_in() -> Predictor:
    return load()
