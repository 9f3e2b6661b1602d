"""Evaluation of a ``.tflite`` file with LiteRT, from the package ``ai-edge-litert``."""

import importlib
import math
import warnings
from threading import Lock
from typing import Any

import numpy as np
from numpy.typing import NDArray

from vocalbaby.exception import FeatureSetError
from vocalbaby.features.embedding.log_mel import N_BANDS, N_FRAMES
from vocalbaby.utils.extras import needs_extra

__all__ = ["LiteRtModel"]

Array = NDArray[np.float32]


class LiteRtModel:
    """A TensorFlow Lite model with log-mel patches as input, on one thread.

    Args:
        content: The file.
        output: Name of the tensor to return, which need not be an output of the model;
            ``""`` for its first output.

    Raises:
        FeatureSetError: The file is not a valid model, its input is not a patch of 96 by 64
            numbers, or it has no such tensor.
        MissingExtraError: The extra ``litert`` is not installed.
    """

    def __init__(self, content: bytes, output: str) -> None:
        with needs_extra("litert"):
            runtime = importlib.import_module("ai_edge_litert.interpreter")
        try:
            with warnings.catch_warnings():
                # Tensors are preserved although that is meant for debugging: the embedding is
                # not an output of the model. It costs a few megabytes.
                warnings.simplefilter("ignore")
                self._net: Any = runtime.Interpreter(
                    model_content=content, num_threads=1, experimental_preserve_all_tensors=True
                )
            self._net.allocate_tensors()
        except (ValueError, RuntimeError) as error:
            raise FeatureSetError(f"The .tflite file cannot be loaded: {error}.") from error
        (first, *others) = self._net.get_input_details()
        if (
            others
            or first["dtype"] != np.float32
            or math.prod(first["shape"]) != N_FRAMES * N_BANDS
        ):
            raise FeatureSetError(
                f"The input of the .tflite file has the shape {first['shape'].tolist()}.",
                hint=f"It must be one float32 patch of {N_FRAMES} by {N_BANDS} log-mel values.",
            )
        self._input, self._shape = first["index"], tuple(first["shape"])
        self._output = self._find(output)
        # An interpreter has one set of tensors, so it computes one patch at a time.
        self._lock = Lock()

    def _find(self, name: str) -> dict[str, Any]:
        if not name:
            return dict(self._net.get_output_details()[0])
        for tensor in self._net.get_tensor_details():
            if tensor["name"] == name:
                return dict(tensor)
        outputs = [tensor["name"] for tensor in self._net.get_output_details()]
        raise FeatureSetError(
            f"The .tflite file has no tensor '{name}'.", hint=f"Its outputs are {outputs}."
        )

    def embed(self, patch: Array) -> Array:
        """Compute the tensor for one patch; see `.model_files.EmbeddingModel`."""
        with self._lock:
            self._net.set_tensor(self._input, patch.reshape(self._shape))
            self._net.invoke()
            values = self._net.get_tensor(self._output["index"]).reshape(-1)
        step, zero = self._output["quantization"]
        if step:
            values = (values.astype(np.float32) - np.float32(zero)) * np.float32(step)
        result: Array = values.astype(np.float32)
        return result
