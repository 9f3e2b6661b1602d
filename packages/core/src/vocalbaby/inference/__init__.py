"""The Python interface: load a model and predict."""

from vocalbaby.inference.loading import load
from vocalbaby.inference.predictor import Predictor

__all__ = ["Predictor", "load"]
