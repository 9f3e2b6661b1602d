"""Loading a model from a bundle."""

from pathlib import Path

from vocalbaby.bundle.files import default_bundle_path, read_bundle
from vocalbaby.inference.predictor import Predictor

__all__ = ["load"]


def load(source: str | Path | None = None) -> Predictor:
    """Load a model.

    Args:
        source: Folder or zip file of a bundle; None for the model that is part of the
            package.

    Returns:
        A predictor, which may be shared between threads.

    Raises:
        BundleError: There is no bundle there, or it cannot be used.

    Example:
        >>> from vocalbaby import inference
        >>> inference.load().manifest.classes
        ('Canonical', 'Non-canonical', 'Crying', 'Laughing', 'Junk')
    """
    return Predictor(read_bundle(default_bundle_path() if source is None else source))
