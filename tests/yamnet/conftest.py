"""The sounds of the unit tests of embeddings."""

from packages.core.tests.features.embedding.conftest import sounds

__all__ = ["sounds"]
