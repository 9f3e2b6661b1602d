"""The Python interface: load a model, predict clips, and segment recordings.

Importing this package reads no file and imports neither pandas nor training libraries.

Examples:
    >>> import numpy as np
    >>> from vocalbaby import inference
    >>> noise = np.random.default_rng(0).normal(0, 0.1, 8000)
    >>> [prediction] = inference.predict(noise, sample_rate=16000)
    >>> prediction.label
    'Junk'
"""

from vocalbaby.inference.loading import load
from vocalbaby.inference.prediction import predict
from vocalbaby.inference.predictor import Predictor
from vocalbaby.inference.segmenting import load_listener, segment

__all__ = ["Predictor", "load", "load_listener", "predict", "segment"]
