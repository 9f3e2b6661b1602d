"""Evaluation of an ONNX file with ONNX Runtime, from the package ``onnxruntime``."""

import importlib
import math
from typing import Any

import numpy as np
from numpy.typing import NDArray

from vocalbaby.exception import FeatureSetError
from vocalbaby.features.embedding.log_mel import N_BANDS, N_FRAMES
from vocalbaby.utils.extras import needs_extra

__all__ = ["OnnxModel"]

Array = NDArray[np.float32]


class OnnxModel:
    """An ONNX model with log-mel patches as input, on one thread.

    Args:
        content: The file. Weights outside of it are not read.
        output: Name of an output of the model; ``""`` for the first one.

    Raises:
        FeatureSetError: The file is not a valid model, its input is not a patch of 96 by 64
            numbers, or it has no such output.
        MissingExtraError: The extra ``onnx`` is not installed.
    """

    def __init__(self, content: bytes, output: str) -> None:
        with needs_extra("onnx"):
            runtime = importlib.import_module("onnxruntime")
        options = runtime.SessionOptions()
        options.intra_op_num_threads = options.inter_op_num_threads = 1
        try:
            self._session: Any = runtime.InferenceSession(
                content, options, providers=["CPUExecutionProvider"]
            )
        except Exception as error:  # ONNX Runtime has one class per kind
            raise FeatureSetError(f"The ONNX file cannot be loaded: {error}.") from error
        (first, *others) = self._session.get_inputs()
        # A dimension without a number is that of the batch.
        self._shape = tuple(size if isinstance(size, int) else 1 for size in first.shape)
        wrong = others or first.type != "tensor(float)"
        if wrong or math.prod(self._shape) != N_FRAMES * N_BANDS:
            raise FeatureSetError(
                f"The input of the ONNX file has the shape {first.shape} ({first.type}).",
                hint=f"It must be one float32 patch of {N_FRAMES} by {N_BANDS} log-mel values.",
            )
        outputs = [tensor.name for tensor in self._session.get_outputs()]
        output = output or outputs[0]
        self._input, self._output = first.name, output
        if output not in outputs:
            raise FeatureSetError(
                f"The ONNX file has no output '{output}'.", hint=f"Its outputs are {outputs}."
            )

    def embed(self, patch: Array) -> Array:
        """Compute the output for one patch; see `.model_files.EmbeddingModel`."""
        (values,) = self._session.run([self._output], {self._input: patch.reshape(self._shape)})
        result: Array = np.asarray(values, np.float32).reshape(-1)
        return result
