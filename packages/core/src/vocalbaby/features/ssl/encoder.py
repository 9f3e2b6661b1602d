"""Evaluation of a speech model with PyTorch and transformers, one clip at a time."""

import importlib
from threading import Lock
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from vocalbaby.exception import FeatureSetError
from vocalbaby.features.ssl.model_files import Folder
from vocalbaby.utils.extras import needs_extra

__all__ = ["Encoder"]

Array = NDArray[np.float32]

#: Weights that only training uses.
_UNUSED: Final = frozenset({"masked_spec_embed"})


class Encoder:
    """A speech model up to one of its layers, on one thread.

    Args:
        folder: The model.
        layer: Number of the layer; 0 for the input of the first one.

    Raises:
        FeatureSetError: The weights cannot be loaded or are not complete.
        MissingExtraError: The extra ``ssl`` is not installed.

    Examples:
        >>> from pathlib import Path
        >>> from vocalbaby.features.ssl.model_files import describe
        >>> encoder = Encoder(describe(Path("hubert-base")), 6)  # doctest: +SKIP
    """

    def __init__(self, folder: Folder, layer: int) -> None:
        with needs_extra("ssl"):
            self._torch = importlib.import_module("torch")
            transformers = importlib.import_module("transformers")
        self._torch.set_num_threads(1)
        transformers.utils.logging.disable_progress_bar()
        try:
            model, found = transformers.AutoModel.from_pretrained(
                str(folder.path),
                local_files_only=True,
                use_safetensors=True,
                trust_remote_code=False,
                output_loading_info=True,
            )
        except Exception as error:  # one class per cause, of several libraries
            raise FeatureSetError(
                f"The speech model in {folder.path} cannot be loaded: {error}."
            ) from error
        missing = [k for k in found["missing_keys"] if k.rpartition(".")[2] not in _UNUSED]
        wrong = sorted(missing) + sorted(str(key) for key in found["mismatched_keys"])
        if wrong:
            raise FeatureSetError(
                f"The weights in {folder.path} are not complete: {', '.join(wrong[:3])}.",
                hint="Save the whole model with save_pretrained of transformers.",
            )
        layers = folder.description.num_hidden_layers
        if layer < layers:
            # The next layer stays: some versions normalise the output of the last one.
            model.encoder.layers = model.encoder.layers[: layer + 1]
        self._is_last = layer == layers
        self._layer = layer
        self._model: Any = model.float().eval()
        self._lock = Lock()

    def frames(self, clip: Array) -> Array:
        """Compute the output of the layer for one clip.

        Args:
            clip: float32, shape (n_samples,), at least `Description.shortest` of them.

        Returns:
            float32, shape (n_frames, hidden_size).

        Examples:
            >>> encoder.frames(np.zeros(16_000, np.float32)).shape  # doctest: +SKIP
            (49, 768)
        """
        with self._lock, self._torch.inference_mode():
            signal = self._torch.from_numpy(np.ascontiguousarray(clip, np.float32))[None]
            found = self._model(signal, output_hidden_states=not self._is_last)
            values = found.last_hidden_state if self._is_last else found.hidden_states[self._layer]
            result: Array = values[0].numpy().astype(np.float32, copy=True)
        return result
